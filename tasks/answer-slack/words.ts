import type { Approval } from '../../runbooks/approval';
import type { Heard } from './hear';
import type { Undone } from './undo';

/** Why somebody's word came to nothing, for that person alone; null where it did not. */
export function refusalOf(result: Heard | Undone): string | null {
  const why = reasonOf(result);
  return why === null ? null : `Nothing was changed by you: ${why}`;
}

function reasonOf(result: Heard | Undone): string | null {
  switch (result.kind) {
    case 'decided':
    case 'counted':
    case 'extended':
    case 'undoing':
      return null;
    case 'already-decided':
      return `this is already ${result.approval.status.toLowerCase()}${byWhom(result.approval)}.`;
    case 'already-voted':
      return 'you have approved already. Others have to approve as well.';
    case 'not-an-approver':
      return 'the plan does not list you as an approver of this.';
    case 'the-actor':
      return 'you are among those whose actions this is about. Somebody else has to decide.';
    case 'outdated':
      return 'what you saw is no longer what would be done. Look at the new proposal.';
    case 'too-late':
      return 'the time for answering is over.';
    case 'no-more-time':
      return 'the plan leaves no more time than there is.';
    case 'unknown':
      return 'there is no such question.';
    case 'bot':
      return 'apps and bots decide nothing.';
    case 'deactivated':
      return 'your Slack account is deactivated.';
    case 'outsider':
      return 'you belong to another workspace.';
    case 'unverified':
      return 'Slack could not be asked who you are. Try again, or decide at the command line: eks-ir approvals list.';
    case 'not-closed':
      return 'the incident is not closed yet.';
    case 'already-undoing':
      return 'an undo has been asked for already.';
    default:
      return result satisfies never;
  }
}

function byWhom({ votes, status }: Approval): string {
  const last = votes.at(-1);
  return last === undefined || (status !== 'APPROVED' && status !== 'REJECTED') ? '' : ` by <@${last.userId}>`;
}
