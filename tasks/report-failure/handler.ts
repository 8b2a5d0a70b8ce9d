import { PublishCommand } from '@aws-sdk/client-sns';
import { standingStates } from '../close-incident/outcome';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { letGoOfTargets, sealIncident } from '../seal';
import { settleLedger } from '../settle-ledger';
import { defineTask, lambdaFunction } from '../task';
import { nameOf } from '../triage/cloudtrail';
import { event } from '../triage/event';
import { subjectsOf } from '../triage/subjects';
import { reportFailure } from './contract';

export const task = defineTask(reportFailure, async ({ incidentId, executionArn, error, cause, input }, deps) => {
  const { store } = deps;
  const incident =
    incidentId === null ? await store.incidents.ownedBy(executionArn) : await store.incidents.read(incidentId);
  if (incident === null) {
    // It owns no incident: it failed before there was one, or it was to undo one. A human must look at it.
    // The machine tells of it itself, and then the rule on failed executions hears of it too.
    if (await store.incidents.toldOf(executionArn)) return { told: false };
    await publish('an execution failed', `The execution ${executionArn} ended: ${error}\n\n${aboutEvent(input)}`, deps);
    await store.incidents.noteTold(executionArn, Math.floor(deps.now().getTime() / 1_000) + 30 * 86_400);
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
    const stands = (await settleLedger(await store.ledger.all(id), deps)).some(({ state }) =>
      standingStates.has(state),
    );
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

/** Which event nobody has seen to: on one line each, and no more of an attacker's text than it takes to find it. */
function aboutEvent(input: unknown): string {
  const parsed = event.safeParse(input);
  if (!parsed.success) return 'Look at its input in the Step Functions console.';
  const { id, account, region, time } = parsed.data;
  const subjects = subjectsOf(parsed.data).map((it) => `${it.type} ${it.id}`);
  const lines = {
    event: `${nameOf(parsed.data)} (${id})`,
    where: `${account} ${region}, ${time}`,
    about: subjects.slice(0, 5).join(', ') || 'nothing that it names',
  };
  const told = Object.entries(lines).map(
    ([name, text]) => `${name}: ${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300)}`,
  );
  return `Nobody has seen to this event, and it is kept with the evidence:\n${told.join('\n')}`;
}

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
