import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';
import { loadPlan } from '../../../runbooks/plan-document';
import { actions } from '../../../tasks/actions/registry';

const root = join(__dirname, '..', '..', '..');
const shipped = readFileSync(join(root, 'runbooks', 'network-change.yaml'), 'utf8');
const incident = loadIncident(join(root, 'test', 'incidents', '01-world-open-ssh.yaml'));
const unread = loadIncident(join(root, 'test', 'incidents', 'network-change', '30-whose-it-is-may-not-be-read.yaml'));

/** The same incident, by the plan with one edit in its text and no code touched. */
async function playedWith(edit: (plan: string) => string, of = incident) {
  const text = edit(shipped);
  expect(text).not.toBe(shipped);
  const plan = loadPlan({ file: 'network-change.yaml', text }, { actions });
  const { result, moments } = await play({ ...of, plans: [plan] });
  const [found] = result.incidents;
  return { ...found, asked: moments.filter(({ text: line }) => line.includes('Waiting for a decision')).length > 0 };
}

/** An edit of the rule that decides this incident. */
const ofRule = (from: string, to: string) => (plan: string) => {
  const [before, rule] = plan.split('id: world-open-on-a-sensitive-port');
  return `${before}id: world-open-on-a-sensitive-port${rule?.replace(from, to)}`;
};

describe('an edited plan shows in a replay of the same incident', () => {
  test('approval becomes automatic: nobody is asked, and the port is closed all the same', async () => {
    const it = await playedWith(ofRule('mode: approval', 'mode: automatic'));
    expect(it).toMatchObject({ rule: 'world-open-on-a-sensitive-port', outcome: 'remediated', asked: false });
  });

  test('other approvers: who could approve before cannot now, and nobody else answers', async () => {
    const it = await playedWith(ofRule('from: responders', 'from: leads'));
    expect(it).toMatchObject({ rule: 'world-open-on-a-sensitive-port', outcome: 'unanswered', asked: true });
  });

  test('silence becomes a yes, and not where nobody may read which cluster is touched', async () => {
    const silently = (plan: string) => plan.replaceAll('onSilence: leave', 'onSilence: apply');
    const unanswered = (it: typeof incident) => ({ ...it, incident: { ...it.incident, answers: [] } });
    expect(await playedWith(silently, unanswered(incident))).toMatchObject({ outcome: 'remediated' });
    expect(await playedWith(silently, unanswered(unread))).toMatchObject({ outcome: 'unanswered' });
  });

  test('another threshold: SSH is no sensitive port any more, and a later rule decides', async () => {
    const it = await playedWith((plan) => plan.replace(/^ {6}22,\n/m, ''));
    expect(it).toMatchObject({ rule: 'world-open', severity: 'high' });
  });
});
