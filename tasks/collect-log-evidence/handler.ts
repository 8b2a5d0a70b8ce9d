import { DescribeFlowLogsCommand, type EC2Client, type FlowLog } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { PodName } from '../../runbooks/node-forensics';
import { actionContext } from '../action-context';
import { filter } from '../aws/network';
import { withCalls } from '../aws/observed-calls';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { type Node, readNode, readNodeInterfaces } from '../forensics/node';
import { keepPieces, type Piece } from '../forensics/pieces';
import { instancesOf, nodeSettingsOf, requestOf } from '../forensics/request';
import { kubernetesOf } from '../forensics/workload';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { readDossier } from '../read-dossier';
import { defineTask, lambdaFunction } from '../task';
import { collectLogEvidence } from './contract';
import { anyOf, ask, type Logged, type Wanted } from './query';

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
  for (const instanceId of instancesOf(dossier)) {
    const node = await readNode(deps.aws.ec2, instanceId);
    if (node === null) continue;
    const pods = requestOf(dossier)?.pods ?? [];
    const attempt = async (what: string, find: () => Promise<Piece[]>) => {
      try {
        pieces.push(...(await find()));
      } catch (error) {
        problems.push(`${what}: ${errorName(error)}`);
      }
    };
    await attempt(`the flow logs of ${instanceId}`, () => ofFlowLogs(deps, node, query, problems));
    await attempt(`the audit log around ${instanceId}`, () => ofAudit(deps, node, pods, query, problems));
  }
  return keepPieces(deps, dossier, pieces, collectLogEvidence.id, { problems });
});

type Query = (what: string, wanted: Wanted) => Promise<Logged>;

/** Where flow logs see the node, and what they have of it. Those that go to S3 or to Firehose are named, not read. */
async function ofFlowLogs({ aws }: Deps, node: Node, query: Query, problems: string[]): Promise<Piece[]> {
  const interfaces = await readNodeInterfaces(aws.ec2, node.id);
  const seen = [node.vpcId, node.subnetId, ...interfaces.map(({ id }) => id)];
  const { value: all, calls } = await withCalls(() => flowLogsOn(aws.ec2, seen));
  if (all.length === 0) {
    problems.push(`no flow log sees ${node.id}: neither its VPC nor its subnet nor its interfaces have one`);
    return [];
  }
  for (const { FlowLogId, ResourceId, LogDestinationType, LogDestination } of all.filter(
    (it) => groupOf(it) === null,
  )) {
    problems.push(
      `flow log ${FlowLogId} of ${ResourceId} is not read: it goes to ${LogDestination ?? LogDestinationType ?? 'nobody knows where'}`,
    );
  }
  if (interfaces.length === 0)
    problems.push(`the interfaces of ${node.id} are gone: no flow log can be asked for them`);
  const groups = interfaces.length === 0 ? [] : [...new Set(all.flatMap((it) => groupOf(it) ?? []))].sort();
  const what = `the flow logs of ${node.id}`;
  return [
    {
      kind: 'flow-logs',
      name: `${node.id}/flow-logs`,
      description: `the flow logs that see ${node.id}`,
      collect: async () => all,
      calls,
    },
    ...groups.map((group, index) => ({
      kind: 'flow-log-records',
      name: `${node.id}/flow-log-records-${index + 1}`,
      description: `${what} in ${group}`,
      collect: () =>
        query(what, {
          group,
          // By the interface all flows of the node and of its pods, whatever address they have there and whatever format it is.
          message: [new RegExp(`(^|\\s)${anyOf(interfaces.map(({ id }) => id))}(\\s|$)`)],
        }),
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

/** What the API server's audit log has of the node's own identity, of the suspect pods and of their service accounts. */
async function ofAudit(
  deps: Deps,
  node: Node,
  pods: readonly PodName[],
  query: Query,
  problems: string[],
): Promise<Piece[]> {
  const { cluster: name } = node;
  if (name === null) return [];
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
  const ofNode = `what ${node.id} has asked of the API server of ${name}`;
  const ofPods = `what the suspect pods, and others for or with them, have asked of the API server of ${name}`;
  const accounts = await serviceAccounts(deps, name, pods);
  const concerns = [
    ...accounts.map((account) => `"username":"${anyOf([`system:serviceaccount:${account}`])}"`),
    ...pods.map((pod) => `"namespace":"${anyOf([pod.namespace])}","name":"${anyOf([pod.name])}"`),
  ];
  return [
    {
      kind: 'audit-log',
      name: `${node.id}/audit-log`,
      description: ofNode,
      collect: () =>
        query(ofNode, {
          ...audit,
          message: [new RegExp(`"username":"${anyOf([`system:node:${node.privateDnsName}`])}"`)],
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
