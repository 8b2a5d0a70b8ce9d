import type { Resource } from '../../../runbooks/incident';
import { networkChangeSettings } from '../../../runbooks/network-change';
import type { ActionContext } from '../../actions/action';
import { filter, readCluster, readInstances, readInterfaces, readNetworkAcls, readRules } from '../../aws/network';
import { readNetworkState } from '../../network/state';
import { readClusters, readConfigHistory, readNetwork } from '../../permissions';
import type { AnyReader } from '../../triage/reading';
import { byPrincipalAnywhere, type Category } from '../category';
import { factsOf } from './facts';
import { reachOf } from './reach';
import { networkChangeReader } from './reader';

/** A changed security group or network ACL, or what has them. */
export const networkChange: Category = {
  id: 'network-change',
  reader: networkChangeReader as AnyReader,
  permissions: [readNetwork, readClusters, readConfigHistory],
  correlation: byPrincipalAnywhere,
  reach: reachOf,
  facts: (context, dossier, reach, { plan }) =>
    factsOf(context, dossier, reach, networkChangeSettings.parse(plan.settings).sensitivePorts),
  state: ({ aws }, target) => readNetworkState(aws, target),
  baselineOf,
};

/** The groups, subnets, network ACLs, interfaces and prefix lists that a cluster's traffic depends on. */
async function baselineOf(
  { aws }: Pick<ActionContext, 'aws'>,
  clusters: readonly string[],
): Promise<readonly Resource[]> {
  const found = new Map<string, Resource>();
  const add = (type: string, ids: readonly string[]) => {
    for (const id of ids) found.set(`${type} ${id}`, { type, id });
  };
  for (const name of clusters) {
    const cluster = await readCluster(aws.eks, name);
    if (cluster === null) continue;
    const nodes = await readInstances(aws.ec2, filter('tag-key', [`kubernetes.io/cluster/${name}`]));
    const instanceIds = nodes.map(({ id }) => id);
    const interfaces =
      instanceIds.length === 0 ? [] : await readInterfaces(aws.ec2, filter('attachment.instance-id', instanceIds));
    const pods = await readInterfaces(aws.ec2, filter('tag:cluster.k8s.amazonaws.com/name', [name]));
    const subnets = [...new Set([...cluster.subnetIds, ...interfaces.map(({ subnetId }) => subnetId)])];
    const acls = subnets.length === 0 ? [] : await readNetworkAcls(aws.ec2, filter('association.subnet-id', subnets));
    const clusterGroup = cluster.clusterSecurityGroupId;
    add('AWS::EC2::SecurityGroup', clusterGroup === null ? [] : [clusterGroup]);
    add('AWS::EC2::SecurityGroup', cluster.controlPlaneGroupIds);
    for (const it of [...interfaces, ...pods]) {
      add('AWS::EC2::NetworkInterface', [it.id]);
      add('AWS::EC2::SecurityGroup', it.groupIds);
    }
    add('AWS::EC2::Subnet', subnets);
    add(
      'AWS::EC2::NetworkAcl',
      acls.map(({ id }) => id),
    );
  }
  const groupIds = [...found.values()].filter(({ type }) => type === 'AWS::EC2::SecurityGroup').map(({ id }) => id);
  const peers = (await readRules(aws.ec2, groupIds)).map(({ rule }) => rule.peer);
  add(
    'AWS::EC2::PrefixList',
    peers.flatMap((peer) => (peer.kind === 'prefix-list' ? [peer.id] : [])),
  );
  return [...found.values()];
}
