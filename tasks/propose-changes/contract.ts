import * as z from 'zod';
import { purpose } from '../../runbooks/decision';
import { actions } from '../actions/registry';
import { contract } from '../contract';
import { readConfigHistory, tellResponders, useStore, writeEvidence } from '../permissions';

/** What is not done two hours after it was begun, deleting a cluster with its node groups included, needs a human. */
export const longestPatienceSeconds = 7_200;

export const proposeChanges = contract({
  id: 'propose-changes',
  description:
    'Proposes the exact changes that the plan asks for, or the inverse of those that were made; changes nothing',
  input: z.strictObject({
    incidentId: z.string(),
    purpose,
    /** Whether an event that joined since the decision may send the incident back to be judged. */
    mayJudgeAgain: z.boolean(),
    /** Whether there is time left to wait for another incident that is changing one of the targets. */
    mayWait: z.boolean(),
  }),
  output: z.strictObject({
    /**
     * `nothing`: the world is as it should be. `outdated`: an event has joined, judge again. `held`: another incident is
     * changing a target, propose again later. `contested`: the world moved under too many proposals, or another incident
     * holds a target for too long: a human has been told.
     */
    result: z.enum(['automatic', 'approval', 'observe', 'nothing', 'outdated', 'held', 'contested']),
    changeSetHash: z.string().nullable(),
    /** How long to wait for an approval before something is to be done about it. */
    waitSeconds: z.number().int().positive(),
    /** How long, from when they are applied, the changes may take until they stand. */
    patienceSeconds: z.number().int().positive().max(longestPatienceSeconds),
  }),
  errors: ['IncidentOpen'],
  timeoutSeconds: 120,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    ...tellResponders,
    readConfigHistory,
    ...actions.flatMap(({ permissions }) => permissions.read),
  ],
});
