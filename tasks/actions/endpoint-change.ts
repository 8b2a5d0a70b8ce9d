import { UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeCluster, describeUpdate } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { type Endpoint, endpoint, endpointOf, readEndpoint, tellEndpoint } from '../clusters/endpoint';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { statusOf } from '../clusters/status';
import type { Dossier } from '../dossier';
import { readConfigHistory } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** How an endpoint should be, and where that is known from; null where the action leaves it as it is. */
export interface Wanted {
  readonly endpoint: Endpoint;
  readonly knownFrom: Change['knownFrom'];
  readonly warnings: readonly string[];
}

interface EndpointAction {
  readonly id: string;
  readonly description: string;
  readonly wanted: (context: ActionContext, dossier: Dossier, name: string, now: Endpoint) => Promise<Wanted | null>;
}

/**
 * A cluster takes 10 to 15 minutes to be made, and takes no update before; an update of its endpoint takes some minutes,
 * and waits for another that is under way.
 */
const takesSeconds = 2_400;

/** Clusters in these states have an endpoint and will take an update, now or soon. */
const changeable = new Set(['CREATING', 'ACTIVE', 'UPDATING']);

/**
 * An action on a cluster's API endpoint. One call switches public and private access together: at no moment is there no
 * way to the API for the nodes.
 */
export function endpointAction({ id, description, wanted }: EndpointAction): Action {
  return {
    id,
    description,
    takesSeconds,
    permissions: {
      read: [readClustersWhole, readConfigHistory],
      write: [
        writeCluster('cluster', 'UpdateClusterConfig'),
        // Private access is a hosted zone of Route 53 that EKS associates in the caller's name.
        { actions: ['route53:AssociateVPCWithHostedZone'], on: [`arn:\${Partition}:route53:::hostedzone/*`] },
      ],
    },

    async propose(context, dossier) {
      const changes = [];
      for (const { name } of dossier.clusters) {
        const cluster = await describeCluster(context.aws.eks, name);
        const status = statusOf(cluster);
        if (cluster === null || !changeable.has(status)) continue;
        const now = await readEndpoint(context.aws.eks, cluster);
        const it = await wanted(context, dossier, name, now);
        if (it === null || sameState(now, it.endpoint)) continue;
        const owner = ownerByTags(cluster.tags ?? {});
        changes.push({
          id: `${id}:${name}`,
          action: id,
          target: { type: 'AWS::EKS::Cluster', id: name },
          before: now,
          after: it.endpoint,
          line: `${name}: API endpoint ${tellEndpoint(now)} → ${tellEndpoint(it.endpoint)}`,
          reversible: true,
          knownFrom: it.knownFrom,
          owner,
          warnings: [...it.warnings, ...effectsOf(now, it.endpoint), ...waits(status), ...comesBack(owner)],
        });
      }
      return changes;
    },

    async present({ aws }, { target }): Promise<Json | null> {
      const cluster = await describeCluster(aws.eks, target.id);
      return cluster === null || !changeable.has(statusOf(cluster))
        ? null
        : { ...(await readEndpoint(aws.eks, cluster)) };
    },

    async apply({ aws }, { target: { id: name }, after }) {
      const cluster = await describeCluster(aws.eks, name);
      const status = statusOf(cluster);
      if (status !== 'ACTIVE') return { waitingFor: `${name} to be ACTIVE: it is ${status}` };
      if (sameState({ ...endpointOf(cluster?.resourcesVpcConfig) }, after)) return undefined;
      const { publicAccess, privateAccess, publicCidrs } = endpoint.parse(after);
      try {
        const { update } = await aws.eks.send(
          new UpdateClusterConfigCommand({
            name,
            resourcesVpcConfig: {
              endpointPublicAccess: publicAccess,
              endpointPrivateAccess: privateAccess,
              ...(publicAccess ? { publicAccessCidrs: publicCidrs } : {}),
            },
          }),
        );
        return update?.id === undefined ? undefined : { reference: update.id };
      } catch (error) {
        // Somebody's update began since the cluster was looked at.
        if (error instanceof Error && error.name === 'ResourceInUseException') {
          return { waitingFor: `another update of ${name}` };
        }
        throw error;
      }
    },

    async verify({ aws }, { target: { id: name }, after }, reference) {
      const update = reference === null ? null : await describeUpdate(aws.eks, name, reference);
      if (update?.status === 'InProgress') return { state: 'pending', waitingFor: `the update ${update.id}` };
      if (update?.status === 'Failed' || update?.status === 'Cancelled') {
        const why = (update.errors ?? [])
          .map(({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`)
          .join('; ');
        return { state: 'failed', reason: `the update ${update.id} is ${update.status}: ${why || 'EKS says no more'}` };
      }
      const cluster = await describeCluster(aws.eks, name);
      const status = statusOf(cluster);
      if (cluster === null || status === 'DELETING') return { state: 'failed', reason: `${name} is ${status}` };
      if (sameState({ ...endpointOf(cluster.resourcesVpcConfig) }, after)) return { state: 'done' };
      return status === 'UPDATING'
        ? { state: 'pending', waitingFor: `${name} to be ACTIVE` }
        : { state: 'failed', reason: `the endpoint is ${tellEndpoint(endpointOf(cluster.resourcesVpcConfig))}` };
    },

    undo: inverted,
  };
}

function effectsOf(now: Endpoint, after: Endpoint): string[] {
  return [
    ...(now.publicAccess && !after.publicAccess
      ? ['People and pipelines outside the VPC no longer reach the API; nodes reach it within the VPC.']
      : []),
    ...(!now.privateAccess && after.privateAccess
      ? ['The nodes find the private endpoint only in a VPC with DNS hostnames and DNS resolution on.']
      : []),
    ...(now.privateAccess && !after.privateAccess
      ? ['The nodes must come from one of the public networks: look where their NAT gateway leads.']
      : []),
  ];
}

function waits(status: string): string[] {
  return status === 'ACTIVE' ? [] : [`The cluster is ${status}: it is done as soon as EKS takes an update.`];
}

function comesBack(owner: string | null): string[] {
  return owner === null
    ? []
    : [`${owner} made this cluster and puts its endpoint back at its next run: change it there too.`];
}
