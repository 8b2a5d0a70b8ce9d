import type * as z from 'zod';
import { clusterLifecycleFacts, clusterLifecycleSettings, tellClusterLifecycle } from './cluster-lifecycle';
import { endpointExposureFacts, endpointExposureSettings, tellEndpointExposure } from './endpoint-exposure';
import type { Json } from './incident';
import { networkChangeFacts, networkChangeSettings, tellNetworkChange } from './network-change';
import { compromiseFacts, compromiseSettings, suspectNodes, tellCompromise } from './node-compromise';
import { type ForensicsSubject, nodeForensicsFacts, nodeForensicsSettings, tellNodeForensics } from './node-forensics';
import { nodeLifecycleFacts, nodeLifecycleSettings, nodesInDoubt, tellNodeLifecycle } from './node-lifecycle';
import { driftFacts, driftSettings, tellDrift } from './posture-drift';

/** A line of what an incident came to: a label and what stands behind it. The text may hold event data. */
export interface Telling {
  readonly label: string;
  readonly text: string;
}

/** The words of one category. */
interface Vocabulary<Facts extends z.ZodType = z.ZodType, Settings extends z.ZodType = z.ZodType> {
  /** What the conditions of its plan may read. */
  readonly facts: Facts;
  /** What its plan may set beside its rules. */
  readonly settings: Settings;
  /** What a responder reads of the facts: few lines, the weightiest first. */
  readonly tell: (facts: z.output<Facts>) => readonly Telling[];
  /** The nodes that its facts give reason to preserve and isolate; left out: it names none, and no rule of its plan may ask for that. */
  readonly suspectNodes?: (facts: z.output<Facts>) => readonly ForensicsSubject[];
}

function words<Facts extends z.ZodType, Settings extends z.ZodType>(
  it: Vocabulary<Facts, Settings>,
): Vocabulary<Facts, Settings> {
  return it;
}

/** Every category. */
export const categories = {
  'cluster-lifecycle': words({
    facts: clusterLifecycleFacts,
    settings: clusterLifecycleSettings,
    tell: tellClusterLifecycle,
  }),
  'endpoint-exposure': words({
    facts: endpointExposureFacts,
    settings: endpointExposureSettings,
    tell: tellEndpointExposure,
  }),
  'network-change': words({
    facts: networkChangeFacts,
    settings: networkChangeSettings,
    tell: tellNetworkChange,
  }),
  'node-lifecycle': words({
    facts: nodeLifecycleFacts,
    settings: nodeLifecycleSettings,
    tell: tellNodeLifecycle,
    suspectNodes: nodesInDoubt,
  }),
  'node-compromise': words({
    facts: compromiseFacts,
    settings: compromiseSettings,
    tell: tellCompromise,
    suspectNodes,
  }),
  'posture-drift': words({
    facts: driftFacts,
    settings: driftSettings,
    tell: tellDrift,
  }),
  'node-forensics': words({
    facts: nodeForensicsFacts,
    settings: nodeForensicsSettings,
    tell: tellNodeForensics,
  }),
} as const;

export type CategoryId = keyof typeof categories;

/** What the recorded facts of an incident say to a reader; nothing before there are any. */
export function tellFacts(category: string, facts: Json): readonly Telling[] {
  const vocabulary: Vocabulary | undefined = categories[category as CategoryId];
  const parsed = vocabulary?.facts.safeParse(facts);
  return parsed?.success === true && vocabulary !== undefined ? vocabulary.tell(parsed.data) : [];
}

/** Whether a rule of this category's plan may send nodes to node-forensics. */
export function namesNodes(category: string): boolean {
  const vocabulary: Vocabulary | undefined = categories[category as CategoryId];
  return vocabulary?.suspectNodes !== undefined;
}

/** The nodes that an incident's facts give reason to preserve and isolate. */
export function suspectNodesOf(category: string, facts: Json): readonly ForensicsSubject[] {
  const vocabulary: Vocabulary | undefined = categories[category as CategoryId];
  const parsed = vocabulary?.facts.safeParse(facts);
  return parsed?.success === true ? (vocabulary?.suspectNodes?.(parsed.data) ?? []) : [];
}
