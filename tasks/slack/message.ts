import { tellFacts } from '../../runbooks/categories';
import type { Change } from '../../runbooks/change';
import type { Approval } from '../../runbooks/decision';
import type { Actor, Severity } from '../../runbooks/incident';
import { type Block, type Button, limits, mrkdwn, plainText } from './blocks';
import type { Message } from './client';
import { escaped, inert, shortened, within } from './text';
import type { IncidentView, ProposalView } from './view';

/** The head message of an incident, as it stands. Pure: the same view gives the same message. */
export function incidentMessage(view: IncidentView): Message {
  const { incident } = view;
  const severity = incident.severity ?? 'informational';
  const headline = `${marks[severity]} ${severity.toUpperCase()} · ${incident.category} · ${clusterNames(view)}`;
  const blocks: Block[] = [
    { type: 'header', text: plainText(shortened(headline, limits.header)) },
    section(whatHappened(view)),
    { type: 'section', fields: facts(view).map((text) => mrkdwn(within(text, limits.field))) },
    ...why(view),
    ...view.proposals.flatMap((proposal) => proposalBlocks(view, proposal)),
    ...problems(view),
    section(standing(view)),
    { type: 'context', elements: [mrkdwn(links(view))] },
  ];
  return {
    text: shortened(`${headline}: ${plainStanding(view)}`, limits.section),
    blocks: blocks.slice(0, limits.blocks),
  };
}

const marks: Readonly<Record<Severity, string>> = {
  critical: '🔴',
  high: '🟠',
  medium: '🟡',
  low: '🔵',
  informational: '⚪',
};

function section(text: string): Block {
  return { type: 'section', text: mrkdwn(within(text, limits.section)) };
}

function clusterNames({ reach }: IncidentView): string {
  const names = reach.clusters.map(({ name }) => shortened(name.replace(/[^\w.-]/g, '?'), 40));
  return names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
    : names.join(', ') || 'no cluster';
}

function whatHappened({ events }: IncidentView): string {
  const names = [...new Set(events.map(({ name }) => name.replace(/^.*:/, '')))];
  const subjects = [...new Set(events.flatMap((event) => event.subjects.map(({ id }) => id)))];
  const actor = events[0]?.actor ?? null;
  const listed = (all: readonly string[], most: number) =>
    `${all
      .slice(0, most)
      .map((one) => inert(one, 60))
      .join(', ')}${all.length > most ? ` and ${all.length - most} more` : ''}`;
  const how = events.length === 1 ? '' : ` in ${events.length} events`;
  return `${inert(actorName(actor), 80)} called ${listed(names, 4)} on ${listed(subjects, 4)}${how}.`;
}

function actorName(actor: Actor | null): string {
  return actor?.sessionName ?? actor?.name ?? actor?.service ?? 'somebody whom the record does not name';
}

function facts({ incident, events }: IncidentView): string[] {
  const first = events[0];
  const actor = first?.actor ?? null;
  const mfa = actor?.mfa == null ? 'not said' : actor.mfa ? 'yes' : 'no';
  return [
    `*Who*\n${inert(actor?.type ?? 'unknown', 40)} ${inert(actor?.principalArn ?? actor?.arn ?? '', 160)}`,
    `*From*\n${inert(actor?.sourceIp ?? 'unknown', 60)} · ${inert(actor?.userAgent ?? 'unknown', 80)} · MFA: ${mfa}${keyAge(incident, actor)}`,
    `*When*\n${first === undefined ? 'unknown' : date(first.time)}`,
    `*Account and Region*\n${inert(incident.account, 20)} · ${inert(incident.region, 30)}`,
    ...tellFacts(incident.category, incident.facts)
      .slice(0, limits.fields - 4)
      .map(({ label, text }) => `*${escaped(label, 60)}*\n${inert(text, 200)}`),
  ];
}

function keyAge({ keys }: IncidentView['incident'], actor: Actor | null): string {
  const key = keys.find(({ accessKeyId }) => accessKeyId === actor?.accessKeyId);
  return key === undefined ? '' : ` · key made ${key.createdAt.slice(0, 10)}`;
}

/** In the reader's own time zone; where Slack cannot tell it, in UTC. */
function date(at: string): string {
  return `<!date^${Math.floor(Date.parse(at) / 1_000)}^{date_short_pretty} {time_secs}|${at}>`;
}

function why({ incident }: IncidentView): Block[] {
  const { decision } = incident;
  if (decision === null) return [];
  return [section(`*Why the plan asks*\n${escaped(decision.because, 400)} (rule ${inert(decision.ruleId, 60)})`)];
}

const purposes = {
  contain: 'To contain it',
  remediate: 'To put it right',
  undo: 'To undo what was changed',
} as const;

function proposalBlocks(view: IncidentView, it: ProposalView): Block[] {
  const { proposal, approval, purpose } = it;
  const heading = `*${purposes[purpose]}: ${it.changes.length} change(s)*${proposal.round > 1 ? ` · proposed for the ${ordinal(proposal.round)} time, because the world had moved` : ''}`;
  const restrained = proposal.restrainedBecause === null ? '' : `\n⚠️ ${escaped(proposal.restrainedBecause, 300)}`;
  const blocks: Block[] = [section(`${heading}${restrained}`), ...changeBlocks(it)];
  blocks.push(section(proposalStanding(it)));
  if (approval?.status === 'PENDING' && view.incident.status === 'open') blocks.push(buttons(approval, it.changes));
  if (approval?.status === 'PENDING' && purpose === 'undo') blocks.push(buttons(approval, it.changes));
  return blocks;
}

function ordinal(round: number): string {
  return round === 2 ? 'second' : round === 3 ? 'third' : `${round}th`;
}

/** So many changes are shown; the rest is counted. What is approved is named by its hash, which covers them all. */
const changesShown = 12;

function changeBlocks({ changes, ledger }: ProposalView): Block[] {
  const shown = changes.slice(0, changesShown).map((change, position) => {
    const state = ledger.find((entry) => entry.position === position);
    const mark =
      state === undefined
        ? '•'
        : ({ waiting: '⏳', intent: '⏳', applied: '⏳', verified: '✅', failed: '❌', undone: '↩️' } as const)[
            state.state
          ];
    return section(
      [
        `${mark} ${inert(change.line, 500)}`,
        change.reversible ? '' : '⛔ *Cannot be undone.*',
        `before: ${sideOf(change.before)}`,
        `after: ${sideOf(change.after)}`,
        ...change.warnings.slice(0, 4).map((warning) => `⚠️ ${inert(warning, 300)}`),
        state?.failure == null
          ? ''
          : `${state.state === 'waiting' ? '⏳ waiting for' : '❌'} ${inert(state.failure, 300)}`,
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
  });
  const more = changes.length - changesShown;
  if (more > 0)
    shown.push(section(`… and *${more} more change(s)*: read all of them in the evidence before you approve.`));
  return shown;
}

function sideOf(state: Change['before']): string {
  return inert(JSON.stringify(state), 600);
}

function proposalStanding({ proposal, approval, ledger }: ProposalView): string {
  switch (proposal.state) {
    case 'observed':
      return '👁 Only observed: nothing is changed.';
    case 'contested':
      return '⚔️ Contested: a human has to take over.';
    case 'void':
      return '♻️ Overtaken: the world is no longer as it was when this was proposed. Nothing was changed.';
    case 'applying':
      return `⏳ Being applied${by(approval)}.`;
    case 'applied':
      return `⏳ Applied${by(approval)}, being verified.`;
    case 'verified':
      return `✅ Applied and verified${by(approval)}.`;
    case 'failed':
      return `❌ Not all of it stands: ${ledger.filter(({ state }) => state === 'failed').length} change(s) failed. Look at each.`;
    case 'rejected':
      return `🚫 Rejected${by(approval)}. Nothing was changed.`;
    case 'unanswered':
      return '⌛ Nobody answered in time. Nothing was changed.';
    case 'proposed':
      return approval === null ? '⏳ Being decided.' : approvalStanding(approval);
    default:
      return proposal.state satisfies never;
  }
}

function approvalStanding(approval: Approval): string {
  const { status, votes, needed, deadline, onSilence } = approval;
  const given = votes.filter(({ verdict }) => verdict === 'approve');
  switch (status) {
    case 'PENDING': {
      const silence = onSilence === 'apply' ? 'it is *applied*' : 'everything is *left as it is*';
      const so = given.length === 0 ? '' : ` Approved so far: ${given.map(({ userId }) => `<@${userId}>`).join(', ')}.`;
      return `🗳 *${needed} approval(s) needed* by ${date(deadline)}; if nobody answers, ${silence}.${so}\nMay decide: ${approval.approvers.map((user) => `<@${user}>`).join(' ')}`;
    }
    case 'APPROVED':
      return `👍 Approved${by(approval)}.`;
    case 'REJECTED':
      return `🚫 Rejected${by(approval)}. Nothing was changed.`;
    case 'EXPIRED':
      return '⌛ Nobody answered in time.';
    case 'VOID':
      return '♻️ No longer asked: what was shown is not what would be done.';
    default:
      return status satisfies never;
  }
}

function by(approval: Approval | null): string {
  if (approval === null) return ' automatically, as the plan says';
  const verdict = approval.status === 'REJECTED' ? 'reject' : 'approve';
  const people = approval.votes.filter((vote) => vote.verdict === verdict).map(({ userId }) => `<@${userId}>`);
  return people.length === 0 ? ' because nobody answered, as the plan says' : ` by ${people.join(' and ')}`;
}

/** What a click carries: which question, and which hash was shown. The task token never leaves the store. */
export function buttonValue({ id, changeSetHash }: Pick<Approval, 'id' | 'changeSetHash'>): string {
  return JSON.stringify({ approval: id, shown: changeSetHash });
}

function buttons(approval: Approval, changes: readonly Change[]): Block {
  const irreversible = changes.filter(({ reversible }) => !reversible).length;
  const value = buttonValue(approval);
  const approve: Button = {
    type: 'button',
    action_id: 'approve',
    style: 'primary',
    text: plainText(`Approve ${changes.length} change(s)`),
    value,
    ...(irreversible === 0
      ? {}
      : {
          confirm: {
            title: plainText('This cannot be undone'),
            text: plainText(`${irreversible} of ${changes.length} change(s) cannot be undone. Approve all the same?`),
            confirm: plainText('Approve'),
            deny: plainText('Go back'),
          },
        }),
  };
  const reject: Button = { type: 'button', action_id: 'reject', style: 'danger', text: plainText('Reject'), value };
  return { type: 'actions', block_id: `approval-${approval.id}`, elements: [approve, reject] };
}

function problems({ incident }: IncidentView): Block[] {
  if (incident.problems.length === 0) return [];
  const shown = incident.problems.slice(0, 5).map((problem) => `• ${inert(problem, 300)}`);
  const more = incident.problems.length - shown.length;
  return [
    section(`*What went wrong on the way*\n${[...shown, ...(more > 0 ? [`• and ${more} more`] : [])].join('\n')}`),
  ];
}

function standing(view: IncidentView): string {
  const { evidence, incident } = view;
  const kept = `${evidence} piece(s) of evidence kept${incident.context.length === 0 ? '' : `, ${incident.context.length} related call(s) found in CloudTrail`}`;
  return `*${plainStanding(view)}* · ${kept}.`;
}

function plainStanding({ incident, proposals }: IncidentView): string {
  if (incident.status === 'failed') return 'The response failed: a human has to take over';
  if (proposals.some(({ approval }) => approval?.status === 'PENDING')) return 'Waiting for a decision';
  if (incident.status === 'closed') return `Closed: ${incident.outcome?.replaceAll('-', ' ') ?? 'without an outcome'}`;
  return 'Being worked on';
}

/** The consoles of the partitions: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const consoles: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

function links({ incident, partition, evidenceBucket }: IncidentView): string {
  const host = consoles[partition] ?? consoles['aws'];
  const region = incident.executionArn.split(':')[3] ?? incident.region;
  const execution = `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${incident.executionArn}`;
  const evidence = `https://${region}.${host}/s3/buckets/${evidenceBucket}?prefix=incidents/${incident.id}/`;
  return `<${execution}|Execution> · <${evidence}|Evidence> · ${incident.id}`;
}
