import type { Approval } from '../../runbooks/approval';
import { tellFacts } from '../../runbooks/categories';
import type { Change, LedgerState } from '../../runbooks/change';
import type { Actor, Severity } from '../../runbooks/incident';
import { unknownTouch } from '../store/incidents';
import { type Block, type Button, limits, mrkdwn, plainText } from './blocks';
import type { Message } from './client';
import { date, escaped, inert, mentions, shortened, within } from './text';
import type { IncidentView, ProposalView } from './view';

/** The head message of an incident, as it stands. Pure: the same view gives the same message. */
export function incidentMessage(view: IncidentView): Message {
  const { incident } = view;
  const { severity, category } = incident;
  // What nobody could judge is no small matter.
  const weight = severity === null ? '🔴 NOT JUDGED' : `${marks[severity]} ${severity.toUpperCase()}`;
  const headline = `${weight} · ${category} · ${clusterNames(view)}`;
  const blocks: Block[] = [
    { type: 'header', text: plainText(shortened(headline, limits.header)) },
    section(whatHappened(view)),
    { type: 'section', fields: facts(view).map((text) => mrkdwn(within(text, limits.field))) },
    ...why(view),
    ...nodes(view),
    ...view.proposals.flatMap((proposal) => proposalBlocks(view, proposal)),
    ...problems(view),
    section(standing(view)),
    ...undoButton(view),
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
  const listed = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  if (reach.touches.includes(unknownTouch)) return `cluster not known${listed === '' ? '' : `, perhaps ${listed}`}`;
  return listed || 'no cluster';
}

function whatHappened({ incident, events }: IncidentView): string {
  const calls = events.filter(({ name }) => name.includes(':'));
  const names = [...new Set((calls.length > 0 ? calls : events).map(({ name }) => name.replace(/^.*:/, '')))];
  const subjects = [...new Set(events.flatMap((event) => event.subjects.map(({ id }) => id)))];
  const actor = incident.actor ?? events[0]?.actor ?? null;
  const listed = (all: readonly string[], most: number) =>
    `${all
      .slice(0, most)
      .map((one) => inert(one, 60))
      .join(', ')}${all.length > most ? ` and ${all.length - most} more` : ''}`;
  const how = events.length === 1 ? '' : ` in ${events.length} events`;
  // Findings and notifications are nobody's calls: they tell of something.
  if (actor === null) return `${listed(names, 4)} on ${listed(subjects, 4)}${how}.`;
  return `${inert(actorName(actor), 80)} ${calls.length > 0 ? 'called' : 'stands behind'} ${listed(names, 4)} on ${listed(subjects, 4)}${how}.`;
}

function actorName(actor: Actor | null): string {
  return actor?.sessionName ?? actor?.name ?? actor?.service ?? 'somebody whom the record does not name';
}

function facts({ incident, events }: IncidentView): string[] {
  const first = events[0];
  const actor = incident.actor ?? first?.actor ?? null;
  const mfa = actor?.mfa == null ? 'not said' : actor.mfa ? 'yes' : 'no';
  const who =
    actor === null
      ? []
      : [
          `*Who*\n${inert(actor.type, 40)} ${inert(actor.principalArn ?? actor.arn ?? '', 160)}`,
          `*From*\n${inert(actor.sourceIp ?? 'unknown', 60)} · ${inert(actor.userAgent ?? 'unknown', 80)} · MFA: ${mfa}${keyAge(incident, actor)}${signsOf(incident, actor)}`,
        ];
  return [
    ...who,
    `*When*\n${first === undefined ? 'unknown' : date(first.time)}`,
    `*Account and Region*\n${inert(incident.account, 20)} · ${inert(incident.region, 30)}`,
    ...tellFacts(incident.category, incident.facts)
      .slice(0, limits.fields - 2 - who.length)
      .map(({ label, text }) => `*${escaped(label, 60)}*\n${inert(text, 200)}`),
  ];
}

function keyAge({ keys }: IncidentView['incident'], actor: Actor | null): string {
  const key = keys.find(({ accessKeyId }) => accessKeyId === actor?.accessKeyId);
  return key === undefined ? '' : ` · key made ${key.createdAt.slice(0, 10)}`;
}

/** What speaks for the actor's principal being in other hands. */
function signsOf({ signs }: IncidentView['incident'], { principalArn, arn }: Actor): string {
  const found = signs.find(({ principal }) => principal === (principalArn ?? arn))?.signs ?? [];
  return found.length === 0 ? '' : ` · ⚠️ ${found.map((sign) => sign.replaceAll('-', ' ')).join(', ')}`;
}

function why({ incident }: IncidentView): Block[] {
  const { decision } = incident;
  if (decision === null) return [];
  return [
    section(
      `*Why the plan asks*\n${escaped(decision.because, 700)} (rule ${inert([decision.ruleId, ...decision.alongside].join(' and '), 120)})`,
    ),
  ];
}

/** What becomes of the nodes is told in messages of their own: here stands where, and how it ended. */
function nodes({ nodes, partition }: IncidentView): Block[] {
  if (nodes.length === 0) return [];
  const shown = nodes.slice(0, 10).map(({ node, incident }) => {
    const { status, outcome } = incident;
    const standing =
      status === 'open'
        ? 'being worked on'
        : status === 'failed'
          ? '*failed: a human has to take over*'
          : ended(outcome);
    return `• ${inert(node, 60)}: ${standing} · <${executionLink(incident, partition)}|${incident.id}>`;
  });
  const more = nodes.length - shown.length;
  return [
    section(
      ['*Nodes, each with an incident of its own*', ...shown, ...(more > 0 ? [`• and ${more} more`] : [])].join('\n'),
    ),
  ];
}

function ended(outcome: IncidentView['incident']['outcome']): string {
  return outcome?.replaceAll('-', ' ') ?? 'without an outcome';
}

const purposes = {
  protect: 'To protect what is there',
  contain: 'To contain it',
  expel: 'To expel whoever did it',
  remediate: 'To put it right',
  undo: 'To undo what was changed',
} as const;

function proposalBlocks(view: IncidentView, it: ProposalView): Block[] {
  const { proposal, approval, purpose } = it;
  const again =
    proposal.moved > 0 ? ` · proposed for the ${ordinal(proposal.moved + 1)} time, because the world had moved` : '';
  const hash = proposal.changeSetHash === '' ? '' : ` · \`${proposal.changeSetHash.slice(0, 12)}\``;
  const heading = `*${purposes[purpose]}: ${it.changes.length} change(s)*${hash}${again}`;
  const restrained = proposal.restrainedBecause === null ? '' : `\n⚠️ ${escaped(proposal.restrainedBecause, 300)}`;
  const blocks: Block[] = [
    section(`${heading}${restrained}`),
    ...difference(it),
    ...changeBlocks(it, changesShown(view.proposals.length)),
    section(proposalStanding(it)),
  ];
  if (approval?.status === 'PENDING' && (view.incident.status === 'open' || purpose === 'undo')) {
    blocks.push(buttons(approval, it.changes));
  }
  return blocks;
}

/** What is proposed now and was not before, and the other way round. */
function difference({ before, changes, approval }: ProposalView): Block[] {
  if (before === null || approval?.status !== 'PENDING') return [];
  const effect = ({ line, target, before: from, after }: Change) => JSON.stringify([line, target, from, after]);
  const old = new Set(before.map(effect));
  const now = new Set(changes.map(effect));
  const lines = [
    ...changes.filter((it) => !old.has(effect(it))).map(({ line }) => `➕ ${inert(line, 200)}`),
    ...before.filter((it) => !now.has(effect(it))).map(({ line }) => `➖ ${inert(line, 200)}`),
  ];
  const shown = lines.slice(0, 8);
  const more = lines.length - shown.length;
  const what = lines.length === 0 ? ['the same changes, from another state'] : shown;
  return [
    section([`*Different from what was shown before*`, ...what, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')),
  ];
}

function ordinal(round: number): string {
  return round === 2 ? 'second' : round === 3 ? 'third' : `${round}th`;
}

/**
 * So many changes of each proposal are shown, so that all of them fit into a message; the rest is counted, and goes along
 * as a file. What is approved is named by its hash, which covers them all.
 */
export function changesShown(proposals: number): number {
  return Math.min(12, Math.floor(24 / Math.max(1, proposals)));
}

const marksOf: Readonly<Record<LedgerState, string>> = {
  waiting: '⏳',
  intent: '⏳',
  applied: '⏳',
  verified: '✅',
  'partly-applied': '⚠️ only in part:',
  failed: '❌',
  undone: '↩️',
};

function changeBlocks({ changes, ledger }: ProposalView, most: number): Block[] {
  const shown = changes.slice(0, most).map((change, position) => {
    const state = ledger.find((entry) => entry.position === position);
    const mark = state === undefined ? '•' : marksOf[state.state];
    const { effect, warnings, hidden: more } = linesOf(change);
    return section(
      [
        `${mark} ${effect}`,
        ...warnings,
        more === 0 ? '' : `⚠️ *${more} more warning(s)* are in the file in the thread.`,
        state?.failure == null
          ? ''
          : `${state.state === 'waiting' ? '⏳ waiting for' : '❌'} ${inert(state.failure, 300)}`,
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
  });
  const hidden = changes.slice(most);
  if (hidden.length > 0) {
    const irreversible = hidden.filter(({ reversible }) => !reversible).length;
    const warning = irreversible === 0 ? '' : ` ⛔ *${irreversible} of them cannot be undone.*`;
    shown.push(
      section(
        `… and *${hidden.length} more change(s)*: all of them are in the file in the thread. Read it before you approve.${warning}`,
      ),
    );
  }
  return shown;
}

/** For the mark, the count of what is hidden, and why a change failed. */
const roomForTheRest = 450;

/** What is said of a change: as many of its warnings as a block holds, and how many it does not. */
export function linesOf({ line, reversible, before, after, warnings }: Change) {
  const effect = [
    inert(line, 500),
    ...(reversible ? [] : ['⛔ *Cannot be undone.*']),
    `before: ${sideOf(before)}`,
    `after: ${sideOf(after)}`,
  ].join('\n');
  let room = limits.section - roomForTheRest - effect.length;
  const shown = warnings
    .map((warning) => `⚠️ ${inert(warning, 300)}`)
    .filter((text) => {
      room -= text.length + 1;
      return room >= 0;
    });
  return { effect, warnings: shown, hidden: warnings.length - shown.length };
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
    case 'unresolved':
      return '❓ Nothing could be proposed: a human has to look.';
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
      return `🚫 Rejected${by(approval)}.${reasonOf(approval)} Nothing was changed.`;
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
      const approving = given.map(({ userId }) => userId);
      const able = approval.approvers.filter((user) => !approval.barred.includes(user));
      return [
        `🗳 *${needed} approval(s) needed* by ${date(deadline)}; if nobody answers, ${silence}.`,
        approving.length === 0 ? '' : `Approved so far: ${mentions(approving)}.`,
        `May decide: ${mentions(able)}`,
        approval.barred.length === 0 ? '' : `May not, for it is about what they did: ${mentions(approval.barred)}`,
        approval.extensions.length === 0
          ? ''
          : `⏱ More time was given at the request of ${mentions(approval.extensions.map(({ userId }) => userId))}.`,
        approval.asked.some(({ as }) => as === 'escalated') ? '📣 Others have been asked as well.' : '',
        ...approval.asked
          .flatMap(({ notes }) => notes)
          .slice(0, 4)
          .map((note) => `⚠️ ${escaped(note, 200)}`),
      ]
        .filter((line) => line !== '')
        .join('\n');
    }
    case 'APPROVED':
      return `👍 Approved${by(approval)}.`;
    case 'REJECTED':
      return `🚫 Rejected${by(approval)}.${reasonOf(approval)} Nothing was changed.`;
    case 'EXPIRED':
      return '⌛ Nobody answered in time.';
    case 'VOID':
      return '♻️ No longer asked: what was shown is not what would be done.';
    default:
      return status satisfies never;
  }
}

function reasonOf(approval: Approval | null): string {
  const reason = approval?.votes.find(({ verdict }) => verdict === 'reject')?.reason;
  return reason == null ? '' : ` Because: ${inert(reason, 500)}.`;
}

function by(approval: Approval | null): string {
  if (approval === null) return ' automatically, as the plan says';
  const verdict = approval.status === 'REJECTED' ? 'reject' : 'approve';
  const people = [...new Set(approval.votes.filter((vote) => vote.verdict === verdict).map(({ userId }) => userId))];
  const typed = approval.votes.some(({ via }) => via === 'command-line') ? ', at the command line' : '';
  return people.length === 0
    ? ' because nobody answered, as the plan says'
    : ` by ${people.map((user) => `<@${user}>`).join(' and ')}${typed}`;
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
  const reject: Button = { type: 'button', action_id: 'reject', style: 'danger', text: plainText('Reject…'), value };
  const { moreTime, extensions } = approval;
  const time: Button = {
    type: 'button',
    action_id: 'more-time',
    text: plainText(`${minutes(moreTime.bySeconds)} more`),
    value,
  };
  const elements = extensions.length < moreTime.times ? [approve, reject, time] : [approve, reject];
  return { type: 'actions', block_id: `approval-${approval.id}`, elements };
}

function minutes(seconds: number): string {
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** What was changed and still stands can be taken back, once the incident is closed and unless that is under way. */
function undoButton({ incident, proposals }: IncidentView): Block[] {
  const stands = proposals.some(
    ({ purpose, ledger }) =>
      purpose !== 'undo' &&
      ledger.some(({ state, inverse }) => (state === 'applied' || state === 'verified') && inverse !== null),
  );
  const { undo } = incident.proposals;
  const underWay = undo !== null && ['proposed', 'applying', 'applied', 'verified'].includes(undo.state);
  if (incident.status !== 'closed' || !stands || underWay) return [];
  const button: Button = {
    type: 'button',
    action_id: 'undo',
    text: plainText('Undo…'),
    value: JSON.stringify({ incident: incident.id }),
    confirm: {
      title: plainText('Undo what was changed?'),
      text: plainText(
        'The inverse of every change that still stands is proposed, and needs approval before it is made.',
      ),
      confirm: plainText('Propose it'),
      deny: plainText('Go back'),
    },
  };
  return [{ type: 'actions', block_id: `undo-${incident.id}`.slice(0, limits.id), elements: [button] }];
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
  if (incident.status === 'closed') return `Closed: ${ended(incident.outcome)}`;
  return 'Being worked on';
}

/** The consoles of the partitions: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const consoles: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

function consoleOf({ executionArn, region: own }: IncidentView['incident'], partition: string) {
  const region = executionArn.split(':')[3] ?? own;
  return { region, origin: `https://${region}.${consoles[partition] ?? consoles['aws']}` };
}

function executionLink(incident: IncidentView['incident'], partition: string): string {
  const { region, origin } = consoleOf(incident, partition);
  return `${origin}/states/home?region=${region}#/v2/executions/details/${incident.executionArn}`;
}

function links({ incident, partition, evidenceBucket }: IncidentView): string {
  const { origin } = consoleOf(incident, partition);
  const evidence = `${origin}/s3/buckets/${evidenceBucket}?prefix=incidents/${incident.id}/`;
  return `<${executionLink(incident, partition)}|Execution> · <${evidence}|Evidence> · ${incident.id}`;
}
