import { sha256 } from '../../runbooks/change';
import { isTransient } from '../contract';
import { errorName } from '../errors';
import { instancesOf, nodeSettingsOf } from '../forensics/request';
import { lockSnapshots, requestSnapshots as request } from '../forensics/snapshots';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { requestSnapshots } from './contract';

export const task = defineTask(requestSnapshots, async ({ incidentId }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const { ec2 } = deps.aws;
  const asked = sha256(dossier.events.map(({ eventId, facts }) => [eventId, facts]));
  const taken = instancesOf(dossier).map(async (instanceId) => {
    try {
      const snapshots = await request(ec2, incidentId, instanceId, asked);
      const ids = snapshots.filter(({ copyOf }) => copyOf === null).map(({ id }) => id);
      return { ids, problems: await lockSnapshots(ec2, ids, nodeSettingsOf(dossier).snapshotLockDays) };
    } catch (error) {
      if (isTransient(error)) throw error;
      // No snapshot is no reason to leave a node connected: it is said, and the rest goes on.
      return { ids: [], problems: [`no snapshot of ${instanceId}: ${errorName(error)}`] };
    }
  });
  const found = await Promise.all(taken);
  const problems = found.flatMap((it) => it.problems);
  await deps.store.incidents.noteProblems(incidentId, problems);
  return {
    snapshots: found.flatMap(({ ids }) => ids).length,
    problems,
    volatileFirst: nodeSettingsOf(dossier).volatile === 'before-isolation',
  };
});

export const handler = lambdaFunction(task);
