import type { IncidentView, ProposalView } from './view';

/** So many changes fit into an e-mail that somebody reads at night. */
const changesShown = 20;

/**
 * An incident as a message that needs no Slack: what is asked, until when, and the commands that decide it. Event data stands
 * in it only within the lines of changes, with whatever could end a line taken out.
 */
export function inWords({ incident, proposals }: IncidentView): string {
  const lines = [
    `Incident ${incident.id} (${incident.category}) in account ${incident.account}, ${incident.region}: ${incident.status}.`,
    ...(incident.decision === null ? [] : [`Severity ${incident.decision.severity}: ${incident.decision.because}`]),
    `Execution: ${incident.executionArn}`,
    ...proposals.flatMap(asked),
  ];
  return lines.map(oneLine).join('\n');
}

function asked({ approval, changes, purpose }: ProposalView): string[] {
  if (approval?.status !== 'PENDING') return [];
  const { id, changeSetHash, needed, votes, deadline, onSilence } = approval;
  const more = changes.length - changesShown;
  const shown = changeSetHash.slice(0, 12);
  return [
    '',
    `${needed} approval(s) are needed to ${purpose}; ${votes.length} given. Until ${deadline}; then ${onSilence === 'apply' ? 'it is applied' : 'everything is left as it is'}.`,
    ...changes
      .slice(0, changesShown)
      .map(({ line, reversible }) => `- ${line}${reversible ? '' : ' (cannot be undone)'}`),
    ...(more > 0 ? [`- and ${more} more: they are listed by the first command`] : []),
    '',
    'Decide in Slack as soon as it is back, or at the command line, with AWS credentials that may:',
    '  npm run --silent eks-ir -- approvals list',
    `  npm run --silent eks-ir -- approvals approve ${id} --shown ${shown}`,
    `  npm run --silent eks-ir -- approvals reject ${id} --shown ${shown} --reason "…"`,
  ];
}

function oneLine(text: string): string {
  return text.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, ' ').slice(0, 400);
}
