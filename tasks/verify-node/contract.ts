import * as z from 'zod';
import { actions } from '../actions/registry';
import { contract } from '../contract';
import { makeIsolationGroups } from '../forensics/isolation-groups';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const verifyNode = contract({
  id: 'verify-node',
  description:
    'Looks once more at an isolated node, cuts off what it has got since, says what could not be cut, and seals the evidence',
  input: z.strictObject({
    incidentId: z.string(),
    /** Whether this is the last look: how the node stands is kept and told then, and the evidence sealed. Before, it only cuts off. */
    last: z.boolean(),
  }),
  output: z.strictObject({
    /** Interfaces that came after the isolation and have been cut off now. */
    cutOff: z.array(z.string()),
    /** What still lets something through, in words. */
    open: z.array(z.string()),
  }),
  errors: [],
  timeoutSeconds: 120,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    ...tellResponders,
    ...actions.flatMap(({ permissions }) => permissions.read),
    // What was decided with the isolation: interfaces that come later are cut off, too, whatever became of the groups.
    ...makeIsolationGroups,
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      on: [
        `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
        `arn:\${Partition}:ec2:\${Region}:\${Account}:network-interface/*`,
        `arn:\${Partition}:ec2:\${Region}:\${Account}:security-group/*`,
      ],
    },
    { actions: ['kms:Sign'], on: ['sealing-key'] },
  ],
});
