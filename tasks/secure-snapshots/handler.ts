import { errorName } from '../errors';
import { nodeSettingsOf } from '../forensics/request';
import { copySnapshot, lockSnapshots, readSnapshots } from '../forensics/snapshots';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { secureSnapshots } from './contract';

export const task = defineTask(secureSnapshots, async ({ incidentId, last }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const { copySnapshots, snapshotLockDays } = nodeSettingsOf(dossier);
  const { ec2 } = deps.aws;
  const { region, evidenceKeyArn } = deps.configuration;
  const note = (problem: string) => deps.store.incidents.noteProblem(incidentId, problem);

  const all = await readSnapshots(ec2, incidentId);
  const originals = all.filter(({ copyOf }) => copyOf === null);
  const copied = new Set(all.flatMap(({ copyOf }) => copyOf ?? []));
  const begun = new Set<string>();
  if (copySnapshots) {
    const due = originals.filter(
      ({ id, state, kmsKeyId }) => state === 'completed' && !copied.has(id) && kmsKeyId !== evidenceKeyArn,
    );
    const copies = due.map(async (source) => {
      try {
        const id = await copySnapshot(ec2, incidentId, source, { region, evidenceKeyArn });
        begun.add(source.id);
        for (const problem of await lockSnapshots(ec2, [id], snapshotLockDays)) await note(problem);
      } catch (error) {
        await note(`${source.id} could not be copied under the evidence key: ${errorName(error)}`);
      }
    });
    await Promise.all(copies);
  }

  const open = all.filter(({ state }) => state === 'pending');
  if ((open.length > 0 || begun.size > 0) && !last) return { state: 'pending' as const, snapshots: all.length };
  for (const { id, state } of all.filter((it) => it.state !== 'completed'))
    await note(`${id} is ${state}, not complete`);
  if (all.length > 0) {
    await deps.evidence.preserve(
      incidentId,
      'snapshots',
      `version-${dossier.events.length}/snapshots`,
      `${originals.length} snapshot(s) of the node’s volumes and ${all.length - originals.length} copy(ies) under the evidence key`,
      all,
      secureSnapshots.id,
    );
  }
  return { state: 'done' as const, snapshots: all.length };
});

export const handler = lambdaFunction(task);
