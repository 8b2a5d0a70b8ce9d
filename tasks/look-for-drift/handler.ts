import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { sha256 } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { driftSettings } from '../../runbooks/posture-drift';
import { readClusters } from '../aws/network';
import { errorName } from '../errors';
import { readPosture } from '../posture/cluster';
import { driftOf } from '../posture/drift';
import { defineTask, lambdaFunction } from '../task';
import { ownDetailTypes, ownSource } from '../triage/event';
import { lookForDrift } from './contract';
import { readStanding } from './standing';

/** Drift that stays is told of once a day; a look that comes every hour tells of what is new within the hour. */
const rememberSeconds = 3 * 86_400;
/** PutEvents takes ten entries: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const entriesAtOnce = 10;

export const task = defineTask(lookForDrift, async ({ lookId }, deps) => {
  const settings = driftSettings.parse(deps.plan('posture-drift').plan.settings);
  const at = deps.now();
  const day = at.toISOString().slice(0, 10);
  const sight = {
    at: at.toISOString(),
    givenUp: day,
    forgetAt: Math.floor(at.getTime() / 1_000) + rememberSeconds,
  };
  const entries: PutEventsRequestEntry[] = [];
  const problems: string[] = [];
  const tell = async (detailType: string, detail: Json) => {
    const known = sha256(['drift', detailType, detail, day]);
    if (!(await deps.store.incidents.firstToSee(known, lookId, sight))) return;
    entries.push({ Source: ownSource, DetailType: detailType, Detail: JSON.stringify(detail) });
  };
  for (const { name } of await readClusters(deps.aws.eks)) {
    try {
      const posture = await readPosture(deps.aws.eks, name);
      for (const { kind, line } of posture === null ? [] : driftOf(posture, settings)) {
        await tell(ownDetailTypes.drift, { cluster: name, kind, summary: line });
      }
    } catch (error) {
      problems.push(`${name}: ${errorName(error)}`);
    }
  }
  try {
    for (const broken of await readStanding(deps.aws.config)) await tell(ownDetailTypes.standing, broken);
  } catch (error) {
    problems.push(`Config: ${errorName(error)}`);
  }
  for (let start = 0; start < entries.length; start += entriesAtOnce) {
    const Entries = entries.slice(start, start + entriesAtOnce);
    const { FailedEntryCount } = await deps.aws.events.send(new PutEventsCommand({ Entries }));
    if ((FailedEntryCount ?? 0) > 0)
      throw new Error(`${FailedEntryCount} of ${Entries.length} event(s) were not taken`);
  }
  for (const problem of problems) deps.log('warn', 'something could not be looked at', { problem });
  return { told: entries.length, problems };
});

export const handler = lambdaFunction(task);
