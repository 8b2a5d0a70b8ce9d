import { GetInstanceProfileCommand, type IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { nodeSettingsOf, nodesOf } from '../forensics/request';
import { giveProfile, profileAssociation } from '../forensics/roles';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ profile: z.string().nullable() });

/** Gives an instance a profile with only what its agent needs, or none: what it fetches from now on opens nothing. */
export const swapInstanceProfile: Action = {
  id: 'swap-instance-profile',
  description: 'Swaps an instance’s profile for one that lets its agent work and nothing else, or takes it away',
  permissions: {
    read: [
      { actions: ['ec2:DescribeIamInstanceProfileAssociations', 'ec2:DescribeInstances'], on: ['*'] },
      { actions: ['iam:GetInstanceProfile'], on: [`arn:\${Partition}:iam::\${Account}:instance-profile/*`] },
    ],
    write: [
      {
        actions: [
          'ec2:AssociateIamInstanceProfile',
          'ec2:DisassociateIamInstanceProfile',
          'ec2:ReplaceIamInstanceProfileAssociation',
        ],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`],
      },
      // Giving back the profile that the node had is passing its role.
      {
        actions: ['iam:PassRole'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
        conditions: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      },
    ],
  },
  after: [],

  async propose({ aws }, dossier) {
    const { forensicInstanceProfile } = nodeSettingsOf(dossier);
    const nodes = (await nodesOf({ aws }, dossier)).filter((node) => !node.managedByEks);
    if (nodes.length === 0) return [];
    const forensic = forensicInstanceProfile === null ? null : await arnOf(aws.iam, forensicInstanceProfile);
    const changes = nodes.map(async ({ id }): Promise<Change[]> => {
      const present = (await profileAssociation(aws.ec2, id))?.IamInstanceProfile?.Arn ?? null;
      if (present === null || present === forensic) return [];
      return [
        {
          id: `swap-instance-profile:${id}`,
          action: 'swap-instance-profile',
          target: { type: 'AWS::EC2::Instance', id },
          before: { profile: present },
          after: { profile: forensic },
          line: `${id}: instance profile ${present} makes way for ${forensic ?? 'none'}`,
          reversible: true,
          knownFrom: 'present',
          owner: null,
          warnings:
            forensicInstanceProfile !== null && forensic === null
              ? [
                  `The forensic profile ${forensicInstanceProfile} does not exist: without one no agent works on the node.`,
                ]
              : [],
        },
      ];
    });
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    return { profile: (await profileAssociation(aws.ec2, change.target.id))?.IamInstanceProfile?.Arn ?? null };
  },

  async apply(context, change) {
    await giveProfile(context.aws.ec2, change.target.id, side.parse(change.after).profile);
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has another instance profile` };
  },

  undo: inverted,
};

async function arnOf(iam: IAMClient, name: string): Promise<string | null> {
  try {
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name }));
    return InstanceProfile?.Arn ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}
