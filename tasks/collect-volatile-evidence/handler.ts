import { readNode } from '../forensics/node';
import { instancesOf, nodeSettingsOf, requestOf } from '../forensics/request';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { collectVolatileEvidence, type Progress } from './contract';
import { orWithout, over, type Scene, type Step } from './host';
import { beginMemory, continueMemory } from './memory';
import { beginScript, continueScript } from './scripted';

export const task = defineTask(collectVolatileEvidence, async ({ incidentId, progress, when, last }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const [instanceId] = instancesOf(dossier);
  if (instanceId === undefined) return { state: 'done' as const, ...over };
  const scene: Scene = {
    deps,
    incidentId,
    openedAt: dossier.openedAt,
    events: dossier.events.length,
    settings: nodeSettingsOf(dossier),
    request: requestOf(dossier),
    instanceId,
    node: await readNode(deps.aws.ec2, instanceId),
    last,
  };
  const step = await next(scene, progress, when === scene.settings.volatile, when === 'after-isolation');
  return { state: step.progress === null ? ('done' as const) : ('pending' as const), ...step };
});

/** The script first, then the memory: what changes fastest is written down before what takes longest. */
async function next(
  scene: Scene,
  progress: Progress | null,
  wantsScript: boolean,
  mayTakeMemory: boolean,
): Promise<Step> {
  switch (progress?.step) {
    case undefined:
    case 'script': {
      const step = await orWithout(scene, 'volatile evidence', () => scripted(scene, progress ?? null, wantsScript));
      if (step.progress !== null || !mayTakeMemory) return step;
      return { ...(await memory(scene)), entries: step.entries };
    }
    case 'memory-waits':
      return memory(scene);
    case 'memory-is-taken':
    case 'memory-is-uploaded':
      return continueMemory(scene, progress);
  }
}

function scripted(
  scene: Scene,
  progress: Extract<Progress, { step: 'script' }> | null,
  wanted: boolean,
): Promise<Step> {
  if (progress !== null) return continueScript(scene, progress);
  return wanted ? beginScript(scene) : Promise.resolve(over);
}

function memory(scene: Scene): Promise<Step> {
  return orWithout(scene, 'memory', () => beginMemory(scene));
}

export const handler = lambdaFunction(task);
