import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import type { Approval } from '../../runbooks/decision';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { type Click, readClick, readRequest } from '../slack/interaction';
import { isSignedBySlack } from '../slack/signature';
import type { VoteResult } from '../store/approvals';
import { defineTask, lambdaFunction } from '../task';
import { answerSlack } from './contract';

export const task = defineTask(answerSlack, async (event, deps) => {
  const request = readRequest(event);
  if (request === null || request.method !== 'POST') return { statusCode: 400 };
  const { signingSecrets } = await deps.slackSecrets();
  if (!isSignedBySlack(request, signingSecrets, deps.now())) return { statusCode: 401 };
  const click = readClick(request);
  if (click === null) return { statusCode: 400 };

  // The decision is in the store before Slack hears anything: Slack does not send it again once it is acknowledged.
  const result = await deps.store.approvals.vote(click.approvalId, click.shownHash, {
    userId: click.userId,
    verdict: click.verdict,
    at: deps.now().toISOString(),
    via: 'slack',
  });
  await follow(result, deps);
  await answer(click, result, deps);
  return { statusCode: 200 };
});

/** Tells the machine what was decided; also when it was decided before and the machine may not have heard. */
async function follow(result: VoteResult, deps: Deps): Promise<void> {
  if (result.kind !== 'decided' && result.kind !== 'already-decided') return;
  const verdict = verdictOf(result.approval);
  if (verdict === null) return;
  const taskToken = await deps.store.approvals.taskToken(result.approval.id);
  if (taskToken === null) return;
  const output = JSON.stringify({ verdict, approvalId: result.approval.id });
  try {
    await deps.aws.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
  } catch (error) {
    // The machine has gone on: by an earlier answer, or by its time limit, which follows the store as well.
    if (error instanceof Error && gone.has(error.name)) return;
    deps.log('error', 'the machine could not be told of a decision', {
      approval: result.approval.id,
      error: error instanceof Error ? error.name : 'unknown',
    });
  }
}

const gone = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

function verdictOf({ status }: Approval): 'approved' | 'rejected' | null {
  if (status === 'APPROVED') return 'approved';
  return status === 'REJECTED' ? 'rejected' : null;
}

/** Rewrites the message, or tells this one person why nothing came of the click. Neither may fail the decision. */
async function answer(click: Click, result: VoteResult, deps: Deps): Promise<void> {
  const refusal = refusalOf(result);
  if (refusal === null) {
    if (result.kind === 'counted' || result.kind === 'decided')
      await deps.responders.present(result.approval.incidentId);
    return;
  }
  if (click.channel === null) return;
  try {
    await (await deps.slackApi()).whisper(click.channel, click.userId, refusal);
  } catch (error) {
    deps.log('warn', 'a refusal could not be told', { error: errorName(error) });
  }
}

function refusalOf(result: VoteResult): string | null {
  switch (result.kind) {
    case 'decided':
    case 'counted':
      return null;
    case 'already-decided':
      return `Nothing was changed by your click: this is already ${result.approval.status.toLowerCase()}.`;
    case 'already-voted':
      return 'Nothing was changed by your click: you have voted already. Others have to approve as well.';
    case 'not-an-approver':
      return 'Nothing was changed by your click: the plan does not list you as an approver of this.';
    case 'outdated':
      return 'Nothing was changed by your click: what you saw is no longer what would be done. Look at the new proposal.';
    case 'too-late':
      return 'Nothing was changed by your click: the time for answering is over.';
    case 'unknown':
      return 'Nothing was changed by your click: there is no such question.';
    default:
      return result satisfies never;
  }
}

export const handler = lambdaFunction(task);
