import { defineTask, lambdaFunction } from '../task';
import { sealEvidence } from './contract';

export const task = defineTask(sealEvidence, async ({ incidentId }, deps) => {
  const { entries } = await deps.evidence.sealChain(incidentId, 'evidence');
  return { entries };
});

export const handler = lambdaFunction(task);
