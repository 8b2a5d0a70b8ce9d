import { PublishCommand } from '@aws-sdk/client-sns';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { letGoOfTargets, sealIncident } from '../seal';
import { defineTask, lambdaFunction } from '../task';
import { reportFailure } from './contract';

export const task = defineTask(reportFailure, async ({ incidentId, executionArn, error, cause }, deps) => {
  const { store } = deps;
  const incident =
    incidentId === null ? await store.incidents.ownedBy(executionArn) : await store.incidents.read(incidentId);
  if (incident === null) {
    // It owns no incident: it failed before there was one, or it was to undo one. A human must look at it.
    await publish('an execution failed', `The execution ${executionArn} ended: ${error}`, deps);
    return { told: true };
  }
  // The rule on failed executions also hears of those that have reported themselves.
  if (incidentId === null && incident.status !== 'open') return { told: false };
  const { id } = incident;
  const why = `The response could not be carried through: ${error}. A human has to take over.`;
  if (incident.status === 'open') {
    await store.incidents.noteProblem(id, `${error}: ${reasonOf(cause)}`);
    for (const proposal of Object.values(incident.proposals)) {
      if (proposal?.approvalId != null) await store.approvals.voidIt(proposal.approvalId, deps.now().toISOString());
    }
    const stands = (await store.ledger.all(id)).some(({ state }) => state === 'applied' || state === 'verified');
    await store.incidents.close(id, 'any', {
      status: 'failed',
      outcome: stands ? 'partly-applied' : 'failed',
      closedAt: deps.now().toISOString(),
    });
  }
  // From here on each step is worth taking when another one fails: the incident is closed, a human is called.
  const attempts = [
    () => letGoOfTargets(id, deps),
    () => sealIncident(id, reportFailure.id, deps),
    () => deps.responders.present(id),
    () => deps.responders.tell(id, why),
    () => publish(`incident ${id} needs a human`, why, deps),
  ];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (fault) {
      deps.log('error', 'a step of reporting a failure failed', { incidentId: id, error: errorName(fault) });
    }
  }
  return { told: true };
});

/** A Lambda function's cause is a JSON document with its stack; its first line is what a human needs. */
function reasonOf(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) {
      return String(parsed.errorMessage).slice(0, 500);
    }
  } catch {
    // Not every cause is JSON.
  }
  return cause.slice(0, 500);
}

async function publish(subject: string, message: string, { aws, configuration }: Deps): Promise<void> {
  await aws.sns.send(
    new PublishCommand({
      TopicArn: configuration.fallbackTopicArn,
      Subject: `EKS incident response: ${subject}`.slice(0, 100),
      Message: message,
    }),
  );
}

export const handler = lambdaFunction(task);
