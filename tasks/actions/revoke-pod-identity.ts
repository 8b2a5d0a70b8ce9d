import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  type EKSClient,
  type PodIdentityAssociation,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeCluster, readPodIdentityAssociations } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { clusterTouchesOf } from '../clusters/touches';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

/** What a service account is given, as changes hold it; null: there is no association. */
const association = z
  .strictObject({
    roleArn: z.string(),
    targetRoleArn: z.string().nullable(),
    /** The session policy that narrows what the role may do. */
    policy: z.string().nullable(),
    disableSessionTags: z.boolean(),
    tags: z.record(z.string(), z.string()),
  })
  .nullable();
type Association = z.infer<typeof association>;
/** A service account has one association at the most: by it the association is known, whatever id EKS gives it. */
const side = z.strictObject({
  cluster: z.string(),
  namespace: z.string(),
  serviceAccount: z.string(),
  association,
});
type Side = z.infer<typeof side>;

const recorded = z.looseObject({
  podIdentityAssociations: z.array(
    z.looseObject({
      associationId: z.string(),
      roleArn: z.string(),
      targetRoleArn: z.string().optional(),
      policy: z.string().optional(),
      disableSessionTags: z.boolean().optional(),
    }),
  ),
});

/**
 * Takes the role from a service account that the incident gave it: an association that it created goes; of one that was there
 * before, the role comes back that was recorded. Credentials that pods hold already stay good until they expire.
 */
export const revokePodIdentity: Action = {
  id: 'revoke-pod-identity',
  description: 'Takes the role that a service account was given by Pod Identity, or gives it back the one that it had',
  permissions: {
    read: [readClustersWhole],
    write: [
      writeCluster('cluster', 'CreatePodIdentityAssociation'),
      writeCluster('podidentityassociation', 'DeletePodIdentityAssociation', 'UpdatePodIdentityAssociation'),
      // To associate a role is to pass it; EKS looks whether it is there.
      { actions: ['iam:GetRole'], on: [`arn:\${Partition}:iam::\${Account}:role/*`] },
      {
        actions: ['iam:PassRole'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
        conditions: { StringEquals: { 'iam:PassedToService': ['eks.amazonaws.com', 'pods.eks.amazonaws.com'] } },
      },
    ],
  },

  async propose(context, dossier) {
    const { eks } = context.aws;
    const changes: Change[] = [];
    const touches = clusterTouchesOf(dossier).filter(
      ({ resource, kind, name }) => resource === 'pod-identity' && kind !== 'attempted' && name !== null,
    );
    for (const touch of new Map(touches.toReversed().map((it) => [`${it.cluster} ${it.name}`, it])).values()) {
      const found = (await readPodIdentityAssociations(eks, touch.cluster)).find(
        ({ associationId }) => associationId === touch.name,
      );
      if (found === undefined) continue;
      const { namespace = '', serviceAccount = '' } = found;
      const now = associationOf(found);
      const id = `${touch.cluster}/${namespace}/${serviceAccount}`;
      const created = touch.kind === 'granted';
      const stood = created ? null : await recordedAssociation(context.baseline, touch);
      if (!created && stood === null) {
        context.left.add(`Nobody recorded which role ${id} had before: look at its association ${touch.name}.`);
        continue;
      }
      const after = stood === null ? null : { ...now, ...stood };
      if (sameState(now, after)) continue;
      const owner = ownerByTags({ ...found.tags });
      const which = { cluster: touch.cluster, namespace, serviceAccount };
      changes.push({
        id: `revoke-pod-identity:${id}`,
        action: 'revoke-pod-identity',
        target: { type: 'AWS::EKS::PodIdentityAssociation', id },
        before: { ...which, association: now },
        after: { ...which, association: after },
        line:
          after === null
            ? `${id}: take the role ${now.roleArn} from the service account`
            : `${id}: give the service account the role ${after.roleArn} again, in place of ${now.roleArn}`,
        reversible: true,
        knownFrom: created ? 'event' : 'baseline',
        owner,
        warnings: [
          'Credentials that its pods hold already stay good until they expire, 6 hours at the most.',
          ...(owner === null ? [] : [`${owner} made this and may make it so again at its next run.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws: { eks } }, { after }) {
    const which = side.parse(after);
    if ((await describeCluster(eks, which.cluster)) === null) return null;
    const found = await readOne(eks, which);
    return { ...which, association: found === null ? null : associationOf(found) };
  },

  async apply({ aws: { eks } }, { after }) {
    const wanted = side.parse(after);
    const { cluster: clusterName, namespace, serviceAccount, association: then } = wanted;
    const found = await readOne(eks, wanted);
    if (then === null) {
      const associationId = found?.associationId;
      if (associationId !== undefined)
        await eks.send(new DeletePodIdentityAssociationCommand({ clusterName, associationId }));
      return;
    }
    const present = found === null ? null : associationOf(found);
    if (sameState(present, then)) return;
    const { roleArn, disableSessionTags, tags } = then;
    const role = {
      ...{ roleArn, disableSessionTags },
      ...(then.targetRoleArn === null ? {} : { targetRoleArn: then.targetRoleArn }),
      ...(then.policy === null ? {} : { policy: then.policy }),
    };
    const which = { clusterName, associationId: found?.associationId };
    // An update takes neither a target role nor a policy off again: the association is made anew without it.
    const anew =
      (then.targetRoleArn === null && present?.targetRoleArn !== null) ||
      (then.policy === null && present?.policy !== null);
    if (found !== null && !anew) {
      await eks.send(new UpdatePodIdentityAssociationCommand({ ...which, ...role }));
      return;
    }
    if (found !== null) await eks.send(new DeletePodIdentityAssociationCommand(which));
    const input = { clusterName, namespace, serviceAccount, tags, ...role };
    await eks.send(new CreatePodIdentityAssociationCommand(input));
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `the service account ${change.target.id} is not as it should be` };
  },

  undo: inverted,
};

async function readOne(
  eks: EKSClient,
  { cluster, namespace, serviceAccount }: Pick<Side, 'cluster' | 'namespace' | 'serviceAccount'>,
): Promise<PodIdentityAssociation | null> {
  const all = await readPodIdentityAssociations(eks, cluster);
  return all.find((it) => it.namespace === namespace && it.serviceAccount === serviceAccount) ?? null;
}

function associationOf(it: PodIdentityAssociation): NonNullable<Association> {
  return {
    roleArn: it.roleArn ?? '',
    targetRoleArn: it.targetRoleArn ?? null,
    policy: it.policy ?? null,
    disableSessionTags: it.disableSessionTags === true,
    tags: { ...it.tags },
  };
}

/** What an association gave when it was recorded last; null where nobody recorded it. */
async function recordedAssociation(
  baseline: (target: { type: string; id: string }, before: string) => Promise<Json | null>,
  { cluster, name, time }: { readonly cluster: string; readonly name: string | null; readonly time: string },
): Promise<Omit<NonNullable<Association>, 'tags'> | null> {
  const parsed = recorded.safeParse(await baseline({ type: 'AWS::EKS::Cluster', id: cluster }, time));
  const found = parsed.data?.podIdentityAssociations.find(({ associationId }) => associationId === name);
  if (found === undefined) return null;
  const { roleArn, targetRoleArn = null, policy = null, disableSessionTags = false } = found;
  return { roleArn, targetRoleArn, policy, disableSessionTags };
}
