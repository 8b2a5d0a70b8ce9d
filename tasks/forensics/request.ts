import { isIP } from 'node:net';
import { compromiseEventFacts, compromiseTouch } from '../../runbooks/node-compromise';
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

/** The addresses on the other side that an incident's requests and findings name. Domains are left out. */
export function addressesOf(dossier: Pick<Dossier, 'events'>): string[] {
  const remotes = dossier.events.flatMap(({ facts }) => compromiseEventFacts.safeParse(facts).data?.remotes ?? []);
  const asked = requestOf(dossier)?.addresses ?? [];
  return [...new Set([...asked, ...remotes.filter((it) => isIP(it) !== 0)])].sort();
}

/** The instances that an incident is about. */
export function instancesOf({ events }: Pick<Dossier, 'events'>): string[] {
  const named = events.flatMap(({ subjects, touches }) => [
    ...subjects.flatMap(({ type, id }) => (type === 'AWS::EC2::Instance' ? [id] : [])),
    ...touches.flatMap((touch) => {
      const { data } = compromiseTouch.safeParse(touch);
      return data?.kind === 'node' ? [data.instanceId] : [];
    }),
  ]);
  return [...new Set(named)].sort();
}

/** What the plan sets; the defaults where an incident's category has no settings for nodes. */
export function nodeSettingsOf({ settings }: Pick<Dossier, 'settings'>): NodeForensicsSettings {
  const parsed = nodeForensicsSettings.safeParse(settings);
  return parsed.success ? parsed.data : nodeForensicsSettings.parse({});
}

/** The nodes that an incident is about and that something can still be done to. */
export async function nodesOf({ aws }: Pick<ActionContext, 'aws'>, dossier: Pick<Dossier, 'events'>): Promise<Node[]> {
  const nodes = await Promise.all(instancesOf(dossier).map((id) => readNode(aws.ec2, id)));
  return nodes.flatMap((node) => (node === null || isOver(node) ? [] : [node]));
}
