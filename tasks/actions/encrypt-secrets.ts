import { AssociateEncryptionConfigCommand } from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { driftSettings } from '../../runbooks/posture-drift';
import { ownerByTags } from '../aws/network';
import { beginUpdate, updateStands } from '../clusters/updates';
import { readPostures } from '../permissions';
import { readPosture } from '../posture/cluster';
import { sameState } from '../same-state';
import type { Action } from './action';

const side = z.strictObject({ keyArn: z.string().nullable() });

/** Puts a customer's key over a cluster's secrets. EKS encrypts every secret again, and never takes the key off. */
export const encryptSecrets: Action = {
  id: 'encrypt-secrets',
  description: 'Encrypts the secrets of a cluster with the key that the plan names; cannot be undone',
  irreversible: true,
  permissions: {
    read: [readPostures],
    write: [
      { actions: ['eks:AssociateEncryptionConfig'], on: [`arn:\${Partition}:eks:\${Region}:\${Account}:cluster/*`] },
      // EKS takes a grant on the key in the caller's name.
      { actions: ['kms:DescribeKey', 'kms:CreateGrant'], on: [`arn:\${Partition}:kms:\${Region}:\${Account}:key/*`] },
    ],
  },
  /** EKS rewrites every secret: minutes in a small cluster, most of an hour in a large one. */
  takesSeconds: 3_600,

  async propose({ aws }, { clusters, settings, account, region }) {
    const key = driftSettings.safeParse(settings).data?.secretsKey ?? null;
    if (key === null) return [];
    const keyArn = key.replaceAll(`\${account}`, account).replaceAll(`\${region}`, region);
    const changes: Change[] = [];
    for (const { name } of clusters) {
      const posture = await readPosture(aws.eks, name);
      if (posture === null || posture.secretsKey !== null) continue;
      const owner = ownerByTags(posture.tags);
      changes.push({
        id: `encrypt-secrets:${name}`,
        action: 'encrypt-secrets',
        target: { type: 'AWS::EKS::Cluster', id: name },
        before: { keyArn: null },
        after: { keyArn },
        line: `${name}: encrypt the secrets with ${keyArn}`,
        reversible: false,
        knownFrom: 'event',
        owner,
        warnings: [
          'The key can never be taken off again. If it is deleted or disabled, the cluster cannot be recovered.',
          ...(owner === null
            ? []
            : [`${owner} made this cluster: name the key there too, or it will want to replace it.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws }, { target }) {
    const posture = await readPosture(aws.eks, target.id);
    return posture === null ? null : { keyArn: posture.secretsKey };
  },

  async apply(context, change) {
    const { eks } = context.aws;
    const present = await this.present(context, change);
    const { keyArn } = side.parse(change.after);
    if (present === null || keyArn === null || sameState(present, change.after)) return;
    const encryptionConfig = [{ resources: ['secrets'], provider: { keyArn } }];
    return beginUpdate(change.target.id, () =>
      eks.send(new AssociateEncryptionConfigCommand({ clusterName: change.target.id, encryptionConfig })),
    );
  },

  async verify(context, change, reference) {
    const begun = await updateStands(context.aws.eks, change.target.id, reference);
    if (begun !== null) return begun;
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has another key, or none` };
  },

  undo: () => null,
};
