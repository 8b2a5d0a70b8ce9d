import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  GetConsoleOutputCommand,
  GetConsoleScreenshotCommand,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import type { V1Pod } from '@kubernetes/client-node';
import type { NodeForensicsRequest, PodName } from '../../runbooks/node-forensics';
import { actionContext } from '../action-context';
import { filter } from '../aws/network';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { imagesOf, lookUp, mostImages } from '../forensics/images';
import { type Node, readNode } from '../forensics/node';
import { keepPieces, type Piece } from '../forensics/pieces';
import { instancesOf, requestOf } from '../forensics/request';
import { roleOfProfile } from '../forensics/roles';
import { readMembership } from '../forensics/scaling';
import { isFargate, kubernetesOf, orUnavailable, suspectsIn } from '../forensics/workload';
import { type Kubernetes, KubernetesUnavailable, type Workload } from '../kubernetes/kubernetes';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { collectNodeEvidence } from './contract';

export const task = defineTask(collectNodeEvidence, async ({ incidentId }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const problems: string[] = [];
  const { events } = await deps.store.incidents.events(incidentId);
  const stored = events.flatMap(({ name, evidence }) =>
    evidence === null ? [] : [{ kind: 'event', description: name, object: evidence, calls: [] }],
  );

  const pieces: Piece[] = [];
  for (const instanceId of instancesOf(dossier)) {
    const node = await readNode(deps.aws.ec2, instanceId);
    if (node === null) problems.push(`${instanceId}: AWS no longer knows it`);
    else
      pieces.push(...ofAws(deps, node), ...(await ofKubernetes(deps, node, requestOf(dossier)?.pods ?? [], problems)));
  }
  const request = requestOf(dossier);
  if (request !== null && isFargate(request.node)) {
    for (const { name } of dossier.clusters) pieces.push(...(await ofFargate(deps, name, request, problems)));
  }
  return keepPieces(deps, dossier, pieces, collectNodeEvidence.id, { stored, problems });
});

function ofAws({ aws }: Deps, node: Node): Piece[] {
  const { ec2, iam } = aws;
  const InstanceId = node.id;
  const piece = (kind: string, what: string, collect: Piece['collect']): Piece => ({
    kind,
    name: `${node.id}/${kind}`,
    description: `${what} of ${node.id}`,
    collect,
  });
  return [
    piece('instance', 'the description', () =>
      ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] })).then(plain),
    ),
    piece('interfaces', 'the network interfaces', () =>
      ec2
        .send(new DescribeNetworkInterfacesCommand({ Filters: [filter('attachment.instance-id', [InstanceId])] }))
        .then(plain),
    ),
    piece('volumes', 'the volumes', () =>
      ec2.send(new DescribeVolumesCommand({ Filters: [filter('attachment.instance-id', [InstanceId])] })).then(plain),
    ),
    piece('user-data', 'the user data', async () => {
      const { UserData } = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }));
      return UserData?.Value === undefined ? null : { base64: UserData.Value };
    }),
    piece('console-output', 'the console’s output', async () => {
      const { Output, Timestamp } = await ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest: true }));
      return Output === undefined || Output === '' ? null : { at: Timestamp?.toISOString() ?? null, base64: Output };
    }),
    piece('console-screenshot', 'a picture of the console', async () => {
      const { ImageData } = await ec2.send(new GetConsoleScreenshotCommand({ InstanceId, WakeUp: false }));
      return ImageData === undefined ? null : { mediaType: 'image/jpeg', base64: ImageData };
    }),
    piece('auto-scaling', 'the place in its Auto Scaling group', () => readMembership(aws.autoScaling, node.id)),
    piece('role', 'the role', async () => {
      const role = node.profileArn === null ? null : await roleOfProfile(iam, node.profileArn);
      if (role === null) return null;
      const [described, attached, inline] = await Promise.all([
        iam.send(new GetRoleCommand({ RoleName: role })),
        iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role })),
        iam.send(new ListRolePoliciesCommand({ RoleName: role })),
      ]);
      return { role: described.Role, attached: attached.AttachedPolicies, inline: inline.PolicyNames };
    }),
  ];
}

/** Without what belongs to the answer and not to the thing. */
function plain<T extends { $metadata: unknown }>({ $metadata: _metadata, ...rest }: T): Omit<T, '$metadata'> {
  return rest;
}

async function ofKubernetes(deps: Deps, node: Node, pods: readonly PodName[], problems: string[]): Promise<Piece[]> {
  const kubernetes = await kubernetesOf(actionContext(deps), node.cluster);
  if (kubernetes instanceof KubernetesUnavailable) {
    problems.push(`nothing from Kubernetes: ${kubernetes.message}`);
    return [];
  }
  const look = async () => {
    const found = await kubernetes.nodeOf(node.id);
    if (found === null) return null;
    const onNode = (await kubernetes.pods()).filter(({ spec }) => spec?.nodeName === found.metadata?.name);
    return { node: found, pods: onNode };
  };
  // Both pieces need the pods, and a large cluster has thousands of them.
  let looked: ReturnType<typeof look> | undefined;
  const podsHere = () => {
    looked ??= look();
    return looked;
  };
  return [
    {
      kind: 'kubernetes-node',
      name: `${node.id}/kubernetes-node`,
      description: `the Kubernetes node and the pods on ${node.id}`,
      collect: async () => {
        const here = await podsHere();
        return here === null ? null : { node: here.node, pods: here.pods.map(inventoryOf) };
      },
    },
    {
      kind: 'images',
      name: `${node.id}/images`,
      description: `what ECR has of the images that run on ${node.id}`,
      collect: async () => {
        // Why Kubernetes does not say is said of the pods themselves.
        const here = await orUnavailable(podsHere);
        const images = here instanceof KubernetesUnavailable ? [] : imagesOf(here?.pods ?? []);
        if (images.length === 0) return null;
        if (images.length > mostImages) {
          problems.push(`ECR is asked for ${mostImages} of the ${images.length} images on ${node.id}`);
        }
        const { region } = deps.configuration;
        const found = await Promise.all(images.slice(0, mostImages).map((it) => lookUp(deps.aws.ecr, region, it)));
        for (const { verdict, because, containers, repository, digest } of found) {
          if (verdict !== 'moved' && verdict !== 'gone') continue;
          const [first = '', ...others] = containers;
          const more = others.length === 0 ? '' : ` and ${others.length} more`;
          problems.push(`${first}${more} runs ${repository}@${digest}, but ${because}`);
        }
        return found;
      },
    },
    ...pods.map(({ namespace, name }) => podPiece(kubernetes, namespace, name, problems)),
  ];
}

/** Behind a node of Fargate there is no instance: what there is, Kubernetes has. */
async function ofFargate(
  deps: Deps,
  cluster: string,
  request: NodeForensicsRequest,
  problems: string[],
): Promise<Piece[]> {
  const { node } = request;
  try {
    const kubernetes = await actionContext(deps).kubernetes(cluster);
    const suspects = await suspectsIn(kubernetes, request);
    const here = suspects.map(({ metadata: { namespace = '', name = '' } = {} }) => ({ namespace, name }));
    // Of those that have gone it is said.
    const named = new Map([...here, ...request.pods].map((it) => [`${it.namespace}/${it.name}`, it]));
    return [
      {
        kind: 'kubernetes-node',
        name: `${node}/kubernetes-node`,
        description: `the Kubernetes node ${node}`,
        collect: async () => ({ node: await kubernetes.node(node), pods: suspects.map(inventoryOf) }),
      },
      ...[...named.values()].map(({ namespace, name }) => podPiece(kubernetes, namespace, name, problems)),
    ];
  } catch (error) {
    if (!(error instanceof KubernetesUnavailable)) throw error;
    problems.push(`nothing from Kubernetes: ${error.message}`);
    return [];
  }
}

function podPiece(kubernetes: Kubernetes, namespace: string, name: string, problems: string[]): Piece {
  return {
    kind: 'pod',
    name: `pods/${namespace}/${name}`,
    description: `the pod ${namespace}/${name} with its events, logs and rights`,
    collect: () => podEvidence(kubernetes, namespace, name, problems),
  };
}

function inventoryOf({ metadata, spec, status }: V1Pod) {
  return {
    namespace: metadata?.namespace,
    name: metadata?.name,
    owners: metadata?.ownerReferences?.map(({ kind, name }) => ({ kind, name })) ?? [],
    serviceAccount: spec?.serviceAccountName,
    hostNetwork: spec?.hostNetwork ?? false,
    // The digest says which image really runs; the tag says what somebody asked for.
    images: status?.containerStatuses?.map(({ image, imageID }) => ({ image, digest: imageID })) ?? [],
  };
}

async function podEvidence(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
  problems: string[],
): Promise<unknown> {
  const pod = await kubernetes.pod(namespace, name);
  if (pod === null) {
    problems.push(`the pod ${namespace}/${name} is no longer there: its log and its rights are gone with it`);
    return null;
  }
  const orNull = async <T>(what: string, look: () => Promise<T>): Promise<T | null> => {
    try {
      return await look();
    } catch (error) {
      const why = error instanceof KubernetesUnavailable ? error.message : errorName(error);
      problems.push(`${what} of ${namespace}/${name}: ${why}`);
      return null;
    }
  };
  const account = pod.spec?.serviceAccountName;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map((it) => it.name);
  // The API server fetches a log from the node, which may be cut off by now: that is no reason to lose the rest.
  const logOf = async (container: string, previous: boolean): Promise<string | null> => {
    try {
      return await kubernetes.log(namespace, name, container, previous);
    } catch (error) {
      // A container that has not started, or never ended before, has no such log: Kubernetes calls that a bad request.
      if (error instanceof KubernetesUnavailable) {
        problems.push(`the ${previous ? 'previous ' : ''}log of ${namespace}/${name}/${container}: ${error.message}`);
      }
      return null;
    }
  };
  const [events, owners, serviceAccount, bindings, logs] = await Promise.all([
    orNull('the events', () => kubernetes.eventsOf(namespace, name)),
    orNull('the owners', () => ownersOf(kubernetes, namespace, pod)),
    account === undefined ? null : orNull('the service account', () => kubernetes.serviceAccount(namespace, account)),
    orNull('the role bindings', () => kubernetes.roleBindings()),
    Promise.all(
      containers.map(async (container) => ({
        container,
        current: await logOf(container, false),
        previous: await logOf(container, true),
      })),
    ),
  ]);
  const reaching = bindings?.filter(({ subjects }) =>
    (subjects ?? []).some((it) => it.kind === 'ServiceAccount' && it.name === account && it.namespace === namespace),
  );
  const roleBindings = reaching ?? null;
  return { pod, inventory: inventoryOf(pod), owners, events, serviceAccount, roleBindings, logs };
}

/** A ReplicaSet and its Deployment, a Job and its CronJob: nothing of Kubernetes' own goes further, only what somebody has forged. */
const mostOwners = 3;

/** What controls a pod, and what controls that. */
async function ownersOf(kubernetes: Kubernetes, namespace: string, pod: Workload): Promise<Workload[]> {
  const found: Workload[] = [];
  for (let of = pod; found.length < mostOwners; ) {
    const references = of.metadata?.ownerReferences ?? [];
    const reference = references.find(({ controller }) => controller === true) ?? references[0];
    const owner = reference === undefined ? null : await kubernetes.ownerOf(namespace, reference);
    if (owner === null) break;
    found.push(owner);
    of = owner;
  }
  return found;
}

export const handler = lambdaFunction(task);
