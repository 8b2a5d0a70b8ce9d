import { AwsError } from '../aws-error';
import { type Account, type Input, type Output, type Trace, text } from '../command';
import type { Cluster, ClusterUpdate, State } from '../state';

/** What the calls of EKS have in common. */

const updateMs = 2 * 60_000;

export function clusterOf(state: State, name: string): Cluster {
  const found = state.clusters.get(name);
  if (found === undefined) throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`);
  return found;
}

/** A cluster that can be changed: one update at a time, and none before it is made. */
export function readyCluster(state: State, name: string): Cluster {
  const cluster = clusterOf(state, name);
  if (cluster.status === 'ACTIVE') return cluster;
  throw new AwsError('ResourceInUseException', `Cluster ${name} is in status ${cluster.status} and cannot be updated`);
}

/** Starts an update. What it does shows when it is done, and the cluster takes no other until then. */
export function begin(
  { state, scheduler, newId }: Pick<Account, 'state' | 'scheduler' | 'newId'>,
  cluster: Cluster,
  type: string,
  params: Readonly<Record<string, unknown>>,
  done: () => void,
  nodegroup: string | null = null,
): { update: object } {
  const update: ClusterUpdate = {
    id: newId('update'),
    cluster: cluster.name,
    nodegroup,
    type,
    params: Object.entries(params).map(([name, value]) => ({
      type: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
    createdAt: scheduler.now(),
    status: 'InProgress',
    errors: [],
  };
  state.clusterUpdates.set(update.id, update);
  const subject = nodegroup === null ? cluster : cluster.nodegroups[nodegroup];
  if (subject !== undefined) subject.status = 'UPDATING';
  scheduler.at(scheduler.now() + updateMs, () => {
    if (update.status !== 'InProgress') return;
    if (cluster.status === 'DELETING') {
      update.status = 'Cancelled';
      return;
    }
    done();
    if (subject?.status === 'UPDATING') subject.status = 'ACTIVE';
    update.status = 'Successful';
  });
  return { update: describedUpdate(update) };
}

/** Gives up the update that a cluster carries out: it stays as it was. */
export function giveUp(state: State, cluster: Cluster, errorCode: string, errorMessage: string): void {
  const update = [...state.clusterUpdates.values()].find(
    (it) => it.cluster === cluster.name && it.nodegroup === null && it.status === 'InProgress',
  );
  if (update === undefined) throw new AwsError('InvalidRequestException', `${cluster.name} carries out no update`);
  update.status = 'Failed';
  update.errors.push({ errorCode, errorMessage });
  if (cluster.status === 'UPDATING') cluster.status = 'ACTIVE';
}

export function describedUpdate({ id, status, type, params, createdAt, errors }: ClusterUpdate): object {
  return { id, status, type, params: [...params], createdAt: new Date(createdAt), errors: [...errors] };
}

export function paged(all: readonly string[], input: Input, field: string): Record<string, unknown> {
  const start = typeof input['nextToken'] === 'string' ? Number(input['nextToken']) : 0;
  const following = start + (typeof input['maxResults'] === 'number' ? input['maxResults'] : 100);
  return {
    [field]: all.slice(start, following),
    ...(following < all.length ? { nextToken: String(following) } : {}),
  };
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * How CloudTrail records a call of EKS: the request as the API has it, where the cluster's name is `name`, and the response
 * whole.
 */
export function traced(input: Input, output: Output | null): Trace {
  const { clusterName, ...rest } = input;
  const name = clusterName ?? input['name'];
  return {
    requestParameters: { ...rest, name },
    responseElements: output === null ? null : (JSON.parse(JSON.stringify(output)) as Record<string, unknown>),
    resources: [{ type: 'AWS::EKS::Cluster', name: String(name) }],
  };
}

/** The same of a call that has the principal in its path: there it is recorded percent-encoded. */
export function tracedByPrincipal(input: Input, output: Output | null): Trace {
  return traced({ ...input, principalArn: encodeURIComponent(text(input, 'principalArn')) }, output);
}
