import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideByPlan, trusts } from '../../runbooks/decide-by-plan';
import { loadPlan } from '../../runbooks/plan-document';
import { actions } from '../../tasks/actions/registry';

const text = readFileSync(join(__dirname, '..', '..', 'runbooks', 'network-change.yaml'), 'utf8');
const load = (it: string) => loadPlan({ file: 'plan.yaml', text: it }, { actions });

/** The line on which a text stands, from 1. */
const lineOf = (whole: string, part: string) => whole.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('a plan is refused, with its line,', () => {
  test.each<[string, (plan: string) => string, string, string]>([
    [
      'for an action that there is not',
      (it) => it.replace('- restore-interface-groups', '- restore-interfaces'),
      '- restore-interfaces',
      'there is no action restore-interfaces',
    ],
    [
      'for a condition that is no JSONata',
      (it) => it.replace('when: facts.breaksClusterTraffic', 'when: facts.breaks and ('),
      'facts.breaks and (',
      'the condition of cluster-cut-off cannot be used',
    ],
    [
      'for a field that a situation does not have',
      (it) => it.replace('when: facts.breaksClusterTraffic', 'when: facts.breaksTraffic'),
      'when: facts.breaksTraffic',
      'facts has no field breaksTraffic',
    ],
    [
      'for a value that a field never has',
      (it) => it.replace("when: facts.effect = 'none'", "when: facts.effect = 'nothing'"),
      "facts.effect = 'nothing'",
      "facts.effect is never 'nothing'",
    ],
    [
      'for a rule behind one that always holds',
      (it) => it.replace("    when: facts.effect = 'none'\n", ''),
      'id: changed-by-hand',
      'changed-by-hand is unreachable: nothing-changed before it always holds',
    ],
    [
      'for a condition that an earlier rule has',
      (it) => it.replace("when: facts.effect = 'none'", 'when: facts.breaksClusterTraffic'),
      'id: nothing-changed',
      'nothing-changed is unreachable: cluster-cut-off before it has the same condition',
    ],
    [
      'for what cannot be undone and one alone may approve',
      (it) => it.replace('- restore-interface-groups', '- delete-cluster'),
      'from: responders, within: 15m',
      'delete-cluster cannot be undone: two must approve (count: 2)',
    ],
    [
      'for a rule that goes on and asks for what a later one asks for',
      (it) => it.replace('    expel:', '    remediate:'),
      'mode: approval',
      'stolen-principal goes on, and world-open-on-a-sensitive-port after it asks for remediate as well',
    ],
    [
      'for a rule that goes on without a condition',
      (it) => it.replace("    when: $count(actor.signs) >= 2 and facts.effect != 'none'\n", ''),
      'goesOn: true',
      'stolen-principal goes on and has no condition',
    ],
    [
      'for approvers who do not exist',
      (it) => it.replace('from: responders, within: 15m', 'from: night-shift, within: 15m'),
      'from: night-shift',
      'there are no approvers night-shift',
    ],
    [
      'for more approvals than there are people',
      (it) => it.replace('from: responders, within: 15m', 'from: responders, count: 4, within: 15m'),
      'count: 4',
      '4 must approve, but responders has only 3',
    ],
    [
      'for approvers who are nobody',
      (it) => it.replace('slackUsers: [U07DAVE, U07ERIN]', 'slackUsers: []'),
      'slackUsers: []',
      'the approvers leads are nobody',
    ],
    [
      'for approvers who are looked up, and nobody to ask when that fails',
      (it) => it.replace('slackUsers: [U07DAVE, U07ERIN]', 'slackUserGroups: [S07LEADS]'),
      'slackUserGroups: [S07LEADS]',
      'name the users to ask when that fails as fallback',
    ],
    [
      'for escalating to nobody',
      (it) =>
        it.replace(
          'from: responders, within: 15m',
          'from: responders, within: 15m, escalate: { to: bosses, after: 5m }',
        ),
      'to: bosses',
      'there are no approvers bosses',
    ],
    [
      'for escalating when it is over',
      (it) =>
        it.replace(
          'from: responders, within: 15m',
          'from: responders, within: 15m, escalate: { to: leads, after: 15m }',
        ),
      'to: leads',
      'escalating after the question has ended',
    ],
    [
      'for a Slack user group that is none',
      (it) => it.replace('slackUsers: [U07DAVE, U07ERIN]', 'slackUserGroups: [leads]'),
      'slackUserGroups: [leads]',
      'a Slack user group id begins with S',
    ],
    [
      'for a duration without a unit',
      (it) => it.replace('settle: 30s', "settle: '30'"),
      "settle: '30'",
      'a duration is a whole number',
    ],
    [
      'for two rules of one name',
      (it) => it.replace('id: nothing-changed', 'id: cluster-cut-off'),
      'nowhere',
      'there are two rules cluster-cut-off',
    ],
    [
      'for a field of its own',
      (it) => it.replace('settle: 30s', 'settle: 30s\nsetle: 30s'),
      'setle: 30s',
      'the plan has no setle',
    ],
    ['for what is no YAML', (it) => `${it}\n  - [unclosed`, 'nowhere', 'not YAML'],
  ])('%s', (_, spoil, part, reason) => {
    const spoilt = spoil(text);
    expect(spoilt).not.toBe(text);
    const line = lineOf(spoilt, part);
    const where = line === 0 ? 'plan\\.yaml:\\d+' : `plan\\.yaml:${line}`;
    expect(() => load(spoilt)).toThrow(
      new RegExp(`^${where}: .*${reason.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'm'),
    );
  });

  test('once, where an anchor is repeated by aliases', () => {
    const misspelt = text.replace('- restore-interface-groups', '- restore-interfaces');
    const line = lineOf(misspelt, '- restore-interfaces');
    expect(() => load(misspelt)).toThrow(
      new RegExp(`^plan\\.yaml:${line}: there is no action restore-interfaces; did you mean [\\w-]+\\?$`),
    );
  });

  test('for a last rule with a condition', () => {
    const spoilt = text.replace('id: changed-by-hand\n', "id: changed-by-hand\n    when: actor.type = 'Root'\n");
    expect(() => load(spoilt)).toThrow(/the last rule must have no condition/);
  });
});

const situation = {
  account: '111122223333',
  region: 'eu-central-1',
  time: '2026-03-14T02:47:00Z',
  events: 1,
  actor: { type: 'AssumedRole', principalArn: 'arn:aws:iam::111122223333:role/somebody', trusted: false },
  clusters: [{ name: 'payments', tags: {} }],
  subjects: [],
  facts: {
    opensToInternet: 'no',
    ports: [] as string[],
    direction: 'ingress',
    effect: 'widens',
    protocols: ['tcp'],
    widestPrefix: { ipv4: 32, ipv6: 128 },
    sensitivePorts: [] as number[],
    touches: ['nodes'],
    breaksClusterTraffic: false,
    before: 'event',
    exposed: [],
  },
};
type Facts = Partial<typeof situation.facts>;

describe('the shipped plan decides', () => {
  test.each<[string, Facts, boolean, string]>([
    ['world-open-on-a-sensitive-port', { opensToInternet: 'yes', sensitivePorts: [22] }, false, 'critical'],
    ['world-open-on-a-sensitive-port', { opensToInternet: 'yes', sensitivePorts: [22] }, true, 'critical'],
    ['trusted-automation', {}, true, 'informational'],
    ['cluster-cut-off', { breaksClusterTraffic: true }, true, 'critical'],
    ['world-open', { opensToInternet: 'yes', ports: ['443-443'] }, false, 'high'],
    ['wide-open', { widestPrefix: { ipv4: 7, ipv6: 128 } }, false, 'high'],
    ['wide-open', { widestPrefix: { ipv4: 32, ipv6: 3 } }, false, 'high'],
    ['changed-by-hand', { widestPrefix: { ipv4: 8, ipv6: 16 } }, false, 'medium'],
    ['world-reachable', { opensToInternet: 'yes', direction: 'egress' }, false, 'medium'],
    ['before-unknown', { before: 'unknown', effect: 'unknown' }, false, 'medium'],
    ['control-plane-changed', { touches: ['control-plane'] }, false, 'high'],
    [
      'control-plane-changed',
      { opensToInternet: 'yes', direction: 'egress', touches: ['control-plane'] },
      false,
      'high',
    ],
    ['nothing-changed', { effect: 'none' }, false, 'informational'],
    ['changed-by-hand', {}, false, 'medium'],
  ])('by %s', async (rule, facts, trusted, severity) => {
    const seen = { ...situation, actor: { ...situation.actor, trusted }, facts: { ...situation.facts, ...facts } };
    const decision = await decideByPlan(load(text), seen, { at: 'now', incidentVersion: 3 });
    expect(decision).toMatchObject({ ruleId: rule, severity, incidentVersion: 3 });
  });

  test('with what a rule adds that goes on, and by the graver severity of the two', async () => {
    const signs = ['no-mfa', 'denied-calls'];
    const decision = await decideByPlan(
      load(text),
      { ...situation, actor: { ...situation.actor, signs } },
      { at: 'now', incidentVersion: 1 },
    );
    expect(decision).toMatchObject({
      ruleId: 'changed-by-hand',
      alongside: ['stolen-principal'],
      severity: 'critical',
      contain: { mode: 'never' },
      expel: { mode: 'approval', actions: ['deny-role-sessions', 'disable-access-key'], withinSeconds: 1_800 },
      remediate: { mode: 'approval', withinSeconds: 14_400 },
    });
  });

  test('with the approvers as they were then', async () => {
    const seen = { ...situation, facts: { ...situation.facts, opensToInternet: 'yes', sensitivePorts: [22] } };
    const { remediate } = await decideByPlan(load(text), seen, { at: 'now', incidentVersion: 1 });
    expect(remediate).toMatchObject({
      mode: 'approval',
      approvers: { name: 'responders', slackUsers: ['U07ALICE', 'U07BOB', 'U07CAROL'] },
      remindAfterSeconds: 450,
      escalate: null,
      moreTime: { bySeconds: 1_800, times: 1 },
      withinSeconds: 1_800,
    });
  });
});

test('a condition that fails counts as holding, and is never automatic', async () => {
  const broken = load(
    text.replace(
      'when: facts.breaksClusterTraffic\n    severity: critical\n    remediate:\n      mode: approval',
      "when: $number(account & 'x') > 1\n    severity: critical\n    remediate:\n      mode: automatic",
    ),
  );
  const decision = await decideByPlan(broken, situation, { at: 'now', incidentVersion: 1 });
  expect(decision).toMatchObject({
    ruleId: 'cluster-cut-off',
    notify: true,
    remediate: { mode: 'approval', onSilence: 'leave' },
  });
  expect(decision.because).toContain('could not be evaluated');
});

test.each([
  ['arn:aws:iam::111122223333:role/platform-terraform', true],
  ['arn:aws:iam::999988887777:role/platform-terraform', true],
  ['arn:aws:iam::111122223333:role/platform-terraform-evil', false],
  ['arn:aws:iam::111122223333:role/evil/platform-terraform', false],
  ['arn:aws:iam::1:role/x:role/platform-terraform', false],
  [null, false],
])('%s is trusted: %s', (principalArn, trusted) => {
  expect(trusts(load(text).plan, { principalArn })).toBe(trusted);
});
