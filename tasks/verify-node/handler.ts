import type { Change } from '../../runbooks/change';
import { actionContext } from '../action-context';
import { allowanceOf } from '../actions/mark-isolated';
import { actionById } from '../actions/registry';
import { filter } from '../aws/network';
import { isTransient } from '../contract';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { groupsOfInterfaces, isolationName } from '../forensics/isolation-groups';
import { isOver, type Node, readNode, readNodeInterfaces } from '../forensics/node';
import { instancesOf, nodesOf, requestOf } from '../forensics/request';
import { profileAssociation } from '../forensics/roles';
import { readMembership } from '../forensics/scaling';
import { isFargate, kubernetesOf } from '../forensics/workload';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { verifyNode } from './contract';
import { cutOffLate } from './late-interfaces';

/** Somebody who attaches interfaces as fast as they are cut off is named, not raced. */
const sweeps = 3;

export const task = defineTask(verifyNode, async ({ incidentId, last }, deps) => {
  const { incident, dossier } = await readDossier(deps, incidentId);
  const ledger = await deps.store.ledger.all(incidentId);
  const standing = ledger
    .filter(({ state }) => state === 'applied' || state === 'verified')
    .map(({ change }) => change);
  const markOf = (instanceId: string) =>
    standing.findLast(({ action, target }) => action === 'mark-isolated' && target.id === instanceId);
  const cutOff: string[] = [];
  const open: string[] = [];
  const seen: unknown[] = [];
  if (!last) {
    for (const node of await nodesOf(deps, dossier)) {
      cutOff.push(...(await sweep(deps, incidentId, node, markOf(node.id), open)));
    }
    if (cutOff.length > 0) await deps.responders.tell(incidentId, cameSince(cutOff));
    return { cutOff, open };
  }
  for (const instanceId of instancesOf(dossier)) {
    const node = await readNode(deps.aws.ec2, instanceId);
    if (node === null || isOver(node)) {
      open.push(`${instanceId} has ended: there is nothing left to isolate`);
      continue;
    }
    const mark = markOf(instanceId);
    cutOff.push(...(await sweep(deps, incidentId, node, mark, open)));
    const look = await lookAt(deps, node, open);
    seen.push({ instanceId, ...look });
    open.push(...whatIsOpen(node, look, mark !== undefined));
  }
  const request = requestOf(dossier);
  if (request !== null && isFargate(request.node)) {
    open.push(
      `${request.node} is Fargate’s: the network interface of its pod is AWS’s, and its security groups stay as they are`,
      'NetworkPolicy is not enforced on Fargate: only deleting the pod cuts it off, once its evidence is enough',
    );
  }
  for (const change of standing) {
    const found = await orSaid(`whether this still stands is not known: ${change.line}`, open, () =>
      actionById(change.action).verify(actionContext(deps), change, null),
    );
    if (found?.state === 'failed') open.push(`${change.line}: no longer so, ${found.reason}`);
  }
  if (cutOff.length > 0) open.push(cameSince(cutOff));

  await deps.evidence.preserve(
    incidentId,
    'verification',
    `version-${incident.version}/verification`,
    'how the node stood when everything that was decided had been done',
    { seen, cutOff, open },
    verifyNode.id,
  );
  // What is ended afterwards is ended on evidence that nobody can change any more.
  await deps.evidence.sealChain(incidentId, 'evidence');
  const lines = [...new Set(open)];
  if (lines.length > 0) {
    await deps.responders.tell(incidentId, `What is not cut off:\n${lines.map((line) => `• ${line}`).join('\n')}`);
  }
  return { cutOff, open: lines };
});

/** What a call that fails would have shown is said: everything else is looked at all the same. */
async function orSaid<T>(what: string, open: string[], look: () => T | Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isTransient(error)) throw error;
    open.push(`${what} (${errorName(error)})`);
    return null;
  }
}

/** Cuts off what a node has got since it was isolated, which its mark says that it was. Answers the interfaces. */
async function sweep(
  deps: Deps,
  incidentId: string,
  node: Node,
  mark: Change | undefined,
  open: string[],
): Promise<string[]> {
  if (mark === undefined) return [];
  const cutOff: string[] = [];
  for (let round = 0; round < sweeps; round++) {
    const late = await orSaid(`what ${node.id} has got since is not cut off`, open, () =>
      cutOffLate(deps, incidentId, node, allowanceOf(mark)),
    );
    if (late === null || late.cutOff.length === 0) break;
    cutOff.push(...late.cutOff);
    open.push(...late.unknown.map((id) => `which groups ${id} had is not known: a release leaves it cut off`));
  }
  return [...new Set(cutOff)];
}

function cameSince(interfaces: readonly string[]): string {
  return `${interfaces.join(', ')} came after the isolation and had to be cut off as well`;
}

interface Look {
  /** Null where EC2 does not say. */
  readonly interfaces: readonly { readonly id: string; readonly groups: readonly string[] }[] | null;
  readonly profile: string | null;
  readonly autoScaling: { readonly group: string; readonly lifecycleState: string } | null;
  /** Null where the cluster does not say. */
  readonly cordoned: boolean | null;
  readonly kubernetes: string;
}

async function lookAt(deps: Deps, node: Node, open: string[]): Promise<Look> {
  const { ec2, autoScaling } = deps.aws;
  const [interfaces, profile, membership, cluster] = await Promise.all([
    orSaid(`which interfaces ${node.id} has is not known`, open, async () => {
      const ids = (await readNodeInterfaces(ec2, node.id)).map(({ id }) => id);
      return ids.length === 0 ? [] : groupsOfInterfaces(ec2, filter('network-interface-id', ids));
    }),
    orSaid(`which profile ${node.id} has is not known`, open, () => profileAssociation(ec2, node.id)),
    orSaid(`in which Auto Scaling group ${node.id} is is not known`, open, () => readMembership(autoScaling, node.id)),
    kubernetesLook(deps, node),
  ]);
  return {
    interfaces,
    profile: profile?.IamInstanceProfile?.Arn ?? null,
    autoScaling: membership === null ? null : { group: membership.group, lifecycleState: membership.lifecycleState },
    ...cluster,
  };
}

async function kubernetesLook(deps: Deps, node: Node): Promise<Pick<Look, 'cordoned' | 'kubernetes'>> {
  try {
    const kubernetes = await kubernetesOf(actionContext(deps), node.cluster);
    if (kubernetes instanceof KubernetesUnavailable) return { cordoned: null, kubernetes: kubernetes.message };
    const found = await kubernetes.nodeOf(node.id);
    return { cordoned: found?.spec?.unschedulable ?? false, kubernetes: found === null ? 'no such node' : 'reachable' };
  } catch (error) {
    if (error instanceof KubernetesUnavailable) return { cordoned: null, kubernetes: error.message };
    throw error;
  }
}

/** What the look shows, and what no look can show because AWS offers no way to cut it. */
function whatIsOpen(node: Node, look: Look, marked: boolean): string[] {
  const connected = (look.interfaces ?? []).filter(({ groups }) => groups.length !== 1 || groups[0] !== isolationName);
  const kubernetes = look.cordoned === null ? [`Not done in Kubernetes: ${look.kubernetes}`] : [];
  if (node.managedByEks) {
    return [
      `${node.id} is a node of EKS Auto Mode: AWS lets nobody change its interfaces, its profile or its attributes`,
      ...kubernetes,
    ];
  }
  if (!marked) return [`${node.id} is not isolated: ${connected.length} interface(s) are connected`, ...kubernetes];
  return [
    ...connected.map(({ id }) => `${id} of ${node.id} is still connected`),
    'Connections that were tracked through a NAT gateway, a Network Load Balancer, an interface endpoint or a Lambda function may live on until they are idle',
    'Security groups do not filter DNS to the VPC’s resolver: a tunnel through it is not cut',
    ...kubernetes,
  ];
}

export const handler = lambdaFunction(task);
