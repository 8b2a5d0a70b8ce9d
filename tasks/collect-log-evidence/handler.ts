import { DescribeFlowLogsCommand, type EC2Client, type FlowLog } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { NodeForensicsRequest, PodName } from '../../runbooks/node-forensics';
import { actionContext } from '../action-context';
import { filter } from '../aws/network';
import { withCalls } from '../aws/observed-calls';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { type Node, readNode, readNodeInterfaces } from '../forensics/node';
import { keepPieces, type Piece } from '../forensics/pieces';
import { instancesOf, nodeSettingsOf, requestOf } from '../forensics/request';
import { isFargate, kubernetesOf, orUnavailable, suspectsIn } from '../forensics/workload';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { collectLogEvidence } from './contract';
import { type Whereabouts, whereaboutsOf } from './flow-log-files';
import { anyOf, ask, type Logged, type Wanted } from './query';
import { readFiles, shortfallsOf } from './read-files';

export const task = defineTask(collectLogEvidence, async ({ incidentId }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const problems: string[] = [];
  const to = deps.now();
  const from = new Date(to.getTime() - nodeSettingsOf(dossier).logHours * 3_600_000);
  const query = async (what: string, wanted: Wanted): Promise<Logged> => {
    const logged = await ask({ logs: deps.aws.logs, now: deps.now, pause: deps.pause }, wanted, from, to);
    const { length } = logged.records;
    if (logged.matched > length) problems.push(`${what}: the first ${length} of ${logged.matched} records are kept`);
    return logged;
  };
  const pieces: Piece[] = [];
  const attempt = async (what: string, find: () => Promise<Piece[]>) => {
    try {
      pieces.push(...(await find()));
    } catch (error) {
      problems.push(`${what}: ${errorName(error)}`);
    }
  };
  const request = requestOf(dossier);
  const pods = request?.pods ?? [];
  for (const instanceId of instancesOf(dossier)) {
    const node = await readNode(deps.aws.ec2, instanceId);
    if (node === null) continue;
    await attempt(`the flow logs of ${instanceId}`, () => ofFlowLogs(deps, node, { query, from, to, problems }));
    const { cluster } = node;
    if (cluster === null) continue;
    await attempt(`the audit log around ${instanceId}`, () =>
      ofAudit(deps, { cluster, node: instanceId, kubelet: node.privateDnsName, pods }, query, problems),
    );
  }
  if (request !== null && isFargate(request.node)) {
    const { node } = request;
    for (const { name: cluster } of dossier.clusters) {
      await attempt(`the audit log around ${node}`, async () => {
        const suspects = await suspectNames(deps, cluster, request);
        return ofAudit(deps, { cluster, node, kubelet: node, pods: suspects }, query, problems);
      });
    }
  }
  return keepPieces(deps, dossier, pieces, collectLogEvidence.id, { problems });
});

type Query = (what: string, wanted: Wanted) => Promise<Logged>;

interface Asking {
  readonly query: Query;
  readonly from: Date;
  readonly to: Date;
  readonly problems: string[];
}

/** Where flow logs see the node, and what they have of it. Those that go where nobody may read are named. */
async function ofFlowLogs({ aws, now, configuration }: Deps, node: Node, asking: Asking): Promise<Piece[]> {
  const { query, from, to, problems } = asking;
  const interfaces = await readNodeInterfaces(aws.ec2, node.id);
  const seen = [node.vpcId, node.subnetId, ...interfaces.map(({ id }) => id)];
  const { value: all, calls } = await withCalls(() => flowLogsOn(aws.ec2, seen));
  if (all.length === 0) {
    problems.push(`no flow log sees ${node.id}: neither its VPC nor its subnet nor its interfaces have one`);
    return [];
  }
  const notRead = ({ FlowLogId, ResourceId, LogDestinationType, LogDestination }: FlowLog, why = '') =>
    `flow log ${FlowLogId} of ${ResourceId} is not read: it goes to ${LogDestination ?? LogDestinationType ?? 'nobody knows where'}${why}`;
  // By the interface all flows of the node and of its pods, whatever address they have there; by the instance where a format
  // has that alone.
  const wanted = new RegExp(`(^|\\s)${anyOf([...interfaces.map(({ id }) => id), node.id])}(\\s|$)`);
  const [groups, files] = [new Set<string>(), new Map<FlowLog, Whereabouts>()];
  for (const it of all) {
    const { LogFormat = `\${interface-id}` } = it;
    const group = groupOf(it);
    const whereabouts = whereaboutsOf(it, configuration.account, configuration.region);
    if (!/\$\{(interface|instance)-id\}/.test(LogFormat))
      problems.push(notRead(it, ', in a format that names no interface'));
    else if (group !== null) groups.add(group);
    else if (whereabouts === null) problems.push(notRead(it));
    else if (configuration.flowLogBuckets.includes(whereabouts.bucket)) files.set(it, whereabouts);
    else problems.push(notRead(it, ', which this deployment was not given to read'));
  }
  if (interfaces.length === 0) {
    problems.push(`the interfaces of ${node.id} are gone: no flow log can be asked for them`);
    groups.clear();
    files.clear();
  }
  const what = `the flow logs of ${node.id}`;
  return [
    {
      kind: 'flow-logs',
      name: `${node.id}/flow-logs`,
      description: `the flow logs that see ${node.id}`,
      collect: async () => all,
      calls,
    },
    ...[...groups].sort().map((group, index) => ({
      kind: 'flow-log-records',
      name: `${node.id}/flow-log-records-${index + 1}`,
      description: `${what} in ${group}`,
      collect: () => query(what, { group, message: [wanted] }),
    })),
    ...[...files].map(([flowLog, whereabouts], index) => ({
      kind: 'flow-log-records',
      name: `${node.id}/flow-log-records-${groups.size + index + 1}`,
      description: `${what} in ${flowLog.LogDestination}`,
      collect: async () => {
        try {
          const had = await readFiles({ s3: aws.s3, now }, whereabouts, wanted, from, to);
          problems.push(...shortfallsOf(`flow log ${flowLog.FlowLogId} of ${flowLog.ResourceId}`, had));
          return { flowLog: flowLog.FlowLogId, ...had };
        } catch (error) {
          problems.push(notRead(flowLog, `: ${errorName(error)}`));
          return null;
        }
      },
    })),
  ];
}

async function flowLogsOn(ec2: EC2Client, resources: string[]): Promise<FlowLog[]> {
  const all: FlowLog[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeFlowLogsCommand({
        Filter: [filter('resource-id', resources)],
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    all.push(...(page.FlowLogs ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return all;
}

function groupOf({ LogDestinationType, LogGroupName }: FlowLog): string | null {
  return (LogDestinationType ?? 'cloud-watch-logs') === 'cloud-watch-logs' ? (LogGroupName ?? null) : null;
}

/** A node, by the names that the audit log of its cluster has. */
interface Audited {
  readonly cluster: string;
  readonly node: string;
  /** What follows `system:node:` in its kubelet's name. */
  readonly kubelet: string;
  readonly pods: readonly PodName[];
}

/** What the API server's audit log has of the node's own identity, of the suspect pods and of their service accounts. */
async function ofAudit(
  deps: Deps,
  { cluster: name, node, kubelet, pods }: Audited,
  query: Query,
  problems: string[],
): Promise<Piece[]> {
  const { cluster } = await deps.aws.eks.send(new DescribeClusterCommand({ name }));
  const keepsAudit = cluster?.logging?.clusterLogging?.some(
    ({ enabled, types }) => enabled && types?.includes('audit'),
  );
  if (keepsAudit !== true) {
    problems.push(`${name} keeps no audit log: what was asked of its API server is not known`);
    return [];
  }
  // Where EKS puts it: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
  const audit = { group: `/aws/eks/${name}/cluster`, stream: /^kube-apiserver-audit-/ } as const;
  const ofNode = `what ${node} has asked of the API server of ${name}`;
  const ofPods = `what the suspect pods, and others for or with them, have asked of the API server of ${name}`;
  const accounts = await serviceAccounts(deps, name, pods);
  const concerns = [
    ...accounts.map((account) => `"username":"${anyOf([`system:serviceaccount:${account}`])}"`),
    ...pods.map((pod) => `"namespace":"${anyOf([pod.namespace])}","name":"${anyOf([pod.name])}"`),
  ];
  return [
    {
      kind: 'audit-log',
      name: `${node}/audit-log`,
      description: ofNode,
      collect: () =>
        query(ofNode, {
          ...audit,
          message: [new RegExp(`"username":"${anyOf([`system:node:${kubelet}`])}"`)],
          // Every ten seconds each kubelet renews its lease: that it lives says nothing.
          without: /"resource":"leases"/,
        }),
    },
    ...(concerns.length === 0
      ? []
      : [
          {
            kind: 'audit-log',
            name: `pods/audit-log`,
            description: ofPods,
            collect: () => query(ofPods, { ...audit, message: [new RegExp(concerns.join('|'))] }),
          },
        ]),
  ];
}

/** The pods that run on a Fargate node, and those that the request names; these alone where the cluster does not say. */
async function suspectNames(deps: Deps, cluster: string, request: NodeForensicsRequest): Promise<PodName[]> {
  const found = await orUnavailable(async () => suspectsIn(await actionContext(deps).kubernetes(cluster), request));
  if (found instanceof KubernetesUnavailable) return request.pods;
  return found.map(({ metadata: { namespace = '', name = '' } = {} }) => ({ namespace, name }));
}

/** `namespace:name`, as far as the cluster says under which the pods run. */
async function serviceAccounts(deps: Deps, cluster: string, pods: readonly PodName[]): Promise<string[]> {
  if (pods.length === 0) return [];
  const kubernetes = await kubernetesOf(actionContext(deps), cluster);
  if (kubernetes instanceof KubernetesUnavailable) return [];
  const accounts = pods.map(async ({ namespace, name }) => {
    try {
      const account = (await kubernetes.pod(namespace, name))?.spec?.serviceAccountName;
      return account === undefined ? [] : [`${namespace}:${account}`];
    } catch (error) {
      if (error instanceof KubernetesUnavailable) return [];
      throw error;
    }
  });
  return [...new Set((await Promise.all(accounts)).flat())].sort();
}

export const handler = lambdaFunction(task);
