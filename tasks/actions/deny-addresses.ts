import { DescribeVpcsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import type { NetworkAclEntry } from '../../runbooks/network-change';
import { filter, type NetworkAcl, ownerByTags, readInterfaces, readNetworkAcls } from '../aws/network';
import { readNodeInterfaces } from '../forensics/node';
import { addressesOf, nodesOf } from '../forensics/request';
import { isOnInternet, isWithin, singleAddress } from '../network/addresses';
import { readNetwork } from '../permissions';
import type { Action, ActionContext } from './action';
import { networkAclPlaces, type Place, standing, writeNetworkAcls } from './network-acl-places';

/**
 * So many entries of one direction and one address family a network ACL takes unless AWS was asked for more, the last one,
 * which denies everything, included: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
 */
const quota = 20;

/**
 * Denies the addresses that a finding names at the node's subnets. No network ACL can single out a node, but it knows no
 * tracked connections: what survives a change of security groups ends here.
 */
export const denyAddresses: Action = {
  id: 'deny-addresses',
  description: 'Denies the addresses that a finding names, both ways, in the network ACLs of a node’s subnets',
  permissions: { read: [readNetwork], write: [writeNetworkAcls] },
  after: [],

  async propose(context, dossier) {
    const addresses = addressesOf(dossier);
    if (addresses.length === 0) return [];
    const { ec2 } = context.aws;
    const acls = new Map<string, NetworkAcl>();
    for (const { id, subnetId } of await nodesOf(context, dossier)) {
      const interfaces = await readNodeInterfaces(ec2, id);
      const subnets = [...new Set([subnetId, ...interfaces.map((it) => it.subnetId)])];
      for (const acl of await readNetworkAcls(ec2, filter('association.subnet-id', subnets))) acls.set(acl.id, acl);
    }
    const changes = [];
    for (const acl of [...acls.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      changes.push(...(await proposeFor(context, acl, addresses)));
    }
    return changes;
  },

  ...networkAclPlaces,
};

async function proposeFor(context: ActionContext, acl: NetworkAcl, addresses: readonly string[]): Promise<Change[]> {
  const { ec2 } = context.aws;
  const own = await cidrsOf(ec2, acl.vpcId);
  const wanted: Place[] = [];
  for (const address of addresses) {
    const cidr = singleAddress(address);
    if (cidr === null || !isOnInternet(cidr)) {
      context.left.add(
        `${address} is not denied: it is no address of the internet, and what answers there may be ours.`,
      );
    } else if (own.some((it) => isWithin(cidr, it))) {
      context.left.add(`${address} is not denied: it is ${acl.vpcId}’s own.`);
    } else {
      for (const egress of [false, true]) {
        const entry = denial([...acl.entries, ...wanted.flatMap((it) => it.entry ?? [])], cidr, egress);
        if (entry === 'full') {
          context.left.add(
            `${address} is not denied ${egress ? 'outwards' : 'inwards'} in ${acl.id}: it has no place left before its first allow, of ${quota} entries.`,
          );
        } else if (entry !== null) wanted.push({ ruleNumber: entry.ruleNumber, egress, entry });
      }
    }
  }
  if (wanted.length === 0) return [];
  const subnets = acl.associations.map(({ subnetId }) => subnetId).sort();
  const reached = await readInterfaces(ec2, filter('subnet-id', subnets));
  const owner = ownerByTags(acl.tags);
  const denied = [...new Set(wanted.flatMap(({ entry }) => entry?.cidr ?? []))];
  return [
    {
      id: `deny-addresses:${acl.id}`,
      action: 'deny-addresses',
      target: { type: 'AWS::EC2::NetworkAcl', id: acl.id },
      before: { entries: wanted.map((it) => standing(acl.entries, it)) },
      after: { entries: wanted },
      line: `${acl.id}: deny ${denied.join(', ')} both ways`,
      reversible: true,
      knownFrom: 'present',
      owner,
      warnings: [
        `It holds for all ${reached.length} interface(s) of ${subnets.join(', ')}, not for the node alone.`,
        'Whoever works from other addresses is not held by it, nor is what goes through a proxy or the VPC’s resolver.',
        ...(owner === null ? [] : [`${owner} made this network ACL and may change it again at its next run.`]),
      ],
    },
  ];
}

/** The entry that denies an address in one direction; null where nothing lets it through, `full` where there is no place for it. */
function denial(entries: readonly NetworkAclEntry[], cidr: string, egress: boolean): NetworkAclEntry | 'full' | null {
  const inDirection = entries.filter((it) => it.egress === egress);
  const allows = inDirection.filter(({ action }) => action === 'allow').map(({ ruleNumber }) => ruleNumber);
  if (allows.length === 0) return null;
  const first = Math.min(...allows);
  const denied = inDirection.some(
    (it) => it.action === 'deny' && it.protocol === '-1' && it.ruleNumber < first && isWithin(cidr, it.cidr),
  );
  if (denied) return null;
  const ofFamily = inDirection.filter((it) => it.cidr.includes(':') === cidr.includes(':'));
  if (ofFamily.length >= quota - 1) return 'full';
  const taken = new Set(inDirection.map(({ ruleNumber }) => ruleNumber));
  let ruleNumber = 1;
  while (taken.has(ruleNumber)) ruleNumber++;
  return ruleNumber < first
    ? { ruleNumber, egress, action: 'deny', protocol: '-1', cidr, fromPort: null, toPort: null, icmp: null }
    : 'full';
}

async function cidrsOf(ec2: EC2Client, vpcId: string): Promise<string[]> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [filter('vpc-id', [vpcId])] }));
  return (Vpcs ?? []).flatMap((vpc) => [
    ...(vpc.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock }) => CidrBlock ?? []),
    ...(vpc.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
    ...(vpc.CidrBlock === undefined ? [] : [vpc.CidrBlock]),
  ]);
}
