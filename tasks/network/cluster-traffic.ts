import { holdsPort, portsOf } from './addresses';
import { carriesPorts, protocolName } from './protocols';

/**
 * What control plane and nodes cannot do without of each other: the API server, the kubelet and DNS.
 * https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
 */
export const clusterTraffic = [
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 10_250 },
  { protocol: 'tcp', port: 53 },
  { protocol: 'udp', port: 53 },
] as const;
export type ClusterTraffic = (typeof clusterTraffic)[number];

interface Traffic {
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
}

/** Which of it a rule or an entry is about. */
export function clusterTrafficOf({ protocol, fromPort, toPort }: Traffic): ClusterTraffic[] {
  const name = protocolName(protocol);
  if (!carriesPorts(name)) return [];
  const ranges = portsOf(name, fromPort, toPort);
  return clusterTraffic.filter(
    (needed) => (name === '-1' || name === needed.protocol) && ranges.some((range) => holdsPort(range, needed.port)),
  );
}
