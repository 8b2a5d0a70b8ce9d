import type { Permission } from '../permission';
import { readClusters, readConfigHistory, readNetwork } from '../permissions';

/** What every action on a network reads before it proposes. */
export const readForProposal: readonly Permission[] = [readNetwork, readClusters, readConfigHistory];

export function writeNetwork(kind: string, ...calls: readonly string[]): Permission {
  return {
    actions: calls.map((call) => `ec2:${call}` as const),
    on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:${kind}/*`],
  };
}
