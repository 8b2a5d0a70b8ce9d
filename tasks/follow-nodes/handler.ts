import type { Deps } from '../deps';
import { defineTask, lambdaFunction } from '../task';
import { followNodes } from './contract';

/** A machine that was started has its incident within seconds; one that has none after so many looks was not started. */
const looksUntilMissing = 5;

export const task = defineTask(followNodes, async ({ incidentId, executions, mayJudgeAgain, looks, last }, deps) => {
  const { store, responders } = deps;
  const incident = await store.incidents.read(incidentId);
  if (mayJudgeAgain && incident.version !== incident.decision?.incidentVersion) return { state: 'outdated' as const };

  const children = await store.incidents.children(incidentId);
  const started = executions.map((name) => ({ name, child: children.find(({ execution }) => execution === name) }));
  for (const { name, child } of started) {
    if (child === undefined && looks >= looksUntilMissing) await sayNotStarted(incidentId, name, deps);
  }
  // Those of an earlier judgement are waited for as well.
  const open = children.filter(({ incident: its }) => its.status === 'open');
  const allBegun = started.every(({ child }) => child !== undefined);
  if (open.length === 0 && (allBegun || looks >= looksUntilMissing)) return { state: 'done' as const };
  // By now each has an incident, which the message names; how it ended is told when this one closes.
  if (looks === 1 || incident.message === null) await responders.present(incidentId);
  if (!last) return { state: 'pending' as const };
  for (const { node, incident: its } of open) {
    await say(incidentId, `${node} is still being worked on: this incident no longer waits for ${its.id}.`, deps);
  }
  return { state: 'done' as const };
});

async function sayNotStarted(incidentId: string, execution: string, deps: Deps): Promise<void> {
  await say(
    incidentId,
    `node-forensics was not started as ${execution}: isolate that node by hand, or with eks-ir isolate.`,
    deps,
  );
}

/** Once, however often it is looked. */
async function say(incidentId: string, problem: string, { store, responders }: Deps): Promise<void> {
  const { problems } = await store.incidents.read(incidentId);
  if (problems.includes(problem)) return;
  await store.incidents.noteProblem(incidentId, problem);
  await responders.tell(incidentId, problem);
}

export const handler = lambdaFunction(task);
