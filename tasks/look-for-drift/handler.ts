import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { sha256 } from '../../runbooks/change';
import { driftSettings } from '../../runbooks/posture-drift';
import { readClusters } from '../aws/network';
import { errorName } from '../errors';
import { readPosture } from '../posture/cluster';
import { type Drift, driftOf } from '../posture/drift';
import { defineTask, lambdaFunction } from '../task';
import { ownDetailTypes, ownSource } from '../triage/event';
import { lookForDrift } from './contract';

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
  for (const { name } of await readClusters(deps.aws.eks)) {
    try {
      const posture = await readPosture(deps.aws.eks, name);
      for (const drift of posture === null ? [] : driftOf(posture, settings)) {
        const known = sha256(['drift', name, drift, day]);
        if (await deps.store.incidents.firstToSee(known, lookId, sight)) entries.push(entryOf(name, drift));
      }
    } catch (error) {
      problems.push(`${name}: ${errorName(error)}`);
    }
  }
  for (let start = 0; start < entries.length; start += entriesAtOnce) {
    const Entries = entries.slice(start, start + entriesAtOnce);
    const { FailedEntryCount } = await deps.aws.events.send(new PutEventsCommand({ Entries }));
    if ((FailedEntryCount ?? 0) > 0)
      throw new Error(`${FailedEntryCount} of ${Entries.length} event(s) were not taken`);
  }
  for (const problem of problems) deps.log('warn', 'a cluster could not be looked at', { problem });
  return { told: entries.length, problems };
});

function entryOf(cluster: string, { kind, line }: Drift): PutEventsRequestEntry {
  return {
    Source: ownSource,
    DetailType: ownDetailTypes.drift,
    Detail: JSON.stringify({ cluster, kind, summary: line }),
  };
}

export const handler = lambdaFunction(task);
