import { suspectNodesOf } from '../../runbooks/categories';
import {
  type NodeForensicsRequest,
  type NodeForensicsSettings,
  nodeForensicsRequest,
  nodeForensicsSettings,
} from '../../runbooks/node-forensics';
import type { ActionContext } from '../actions/action';
import type { Dossier } from '../dossier';
import { isOver, type Node, readNode } from './node';

/** What the requests that an incident consists of ask for, all taken together. Other categories' events name instances alone. */
export function requestOf(dossier: Pick<Dossier, 'events'>): NodeForensicsRequest | null {
  const requests = dossier.events.flatMap(({ facts }) => {
    const parsed = nodeForensicsRequest.safeParse(facts);
    return parsed.success ? [parsed.data] : [];
  });
  const [first] = requests;
  if (first === undefined) return null;
  const distinct = <T>(values: readonly T[]): T[] => [
    ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
  ];
  return {
    ...first,
    parent: requests.find(({ parent }) => parent !== null)?.parent ?? null,
    pods: distinct(requests.flatMap(({ pods }) => pods)),
    processIds: distinct(requests.flatMap(({ processIds }) => processIds)),
    addresses: distinct(requests.flatMap(({ addresses }) => addresses)),
  };
}

/** The addresses on the other side that an incident's requests name, or were found when it was judged. */
export function addressesOf(dossier: About): string[] {
  const found = suspectNodesOf(dossier.category, dossier.decidedOn).flatMap(({ addresses }) => addresses);
  return [...new Set([...(requestOf(dossier)?.addresses ?? []), ...found])].sort();
}

/** The instances that an incident is about: those that its events name, and those that were found when it was judged. */
export function instancesOf({ category, decidedOn, events }: About): string[] {
  const named = events.flatMap(({ subjects }) => subjects).filter(({ type }) => type === 'AWS::EC2::Instance');
  const found = suspectNodesOf(category, decidedOn).map(({ node }) => node);
  return [...new Set([...named.map(({ id }) => id), ...found.filter((node) => node.startsWith('i-'))])].sort();
}

type About = Pick<Dossier, 'category' | 'decidedOn' | 'events'>;

/** What the plan sets; the defaults where an incident's category has no settings for nodes. */
export function nodeSettingsOf({ settings }: Pick<Dossier, 'settings'>): NodeForensicsSettings {
  const parsed = nodeForensicsSettings.safeParse(settings);
  return parsed.success ? parsed.data : nodeForensicsSettings.parse({});
}

/** The nodes that an incident is about and that something can still be done to. */
export async function nodesOf({ aws }: Pick<ActionContext, 'aws'>, dossier: About): Promise<Node[]> {
  const nodes = await Promise.all(instancesOf(dossier).map((id) => readNode(aws.ec2, id)));
  return nodes.flatMap((node) => (node === null || isOver(node) ? [] : [node]));
}
