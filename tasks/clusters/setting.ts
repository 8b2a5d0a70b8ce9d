import type { Cluster, EKSClient, UpdateClusterConfigCommandInput } from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Json } from '../../runbooks/incident';
import { readUpdateInProgress } from '../aws/clusters';

/** What UpdateClusterConfig sets in one call: EKS carries out one such update of a cluster at a time. */
export interface ClusterSetting<State extends Json = Json> {
  /** A state as changes hold it: what is equal has equal fields. */
  readonly schema: z.ZodType<State>;
  /** How EKS describes it. */
  of(cluster: Pick<Cluster, 'resourcesVpcConfig' | 'logging' | 'deletionProtection'>): State;
  /** EKS's type of the update that changes it. */
  readonly updateType: string;
  /** What such an update makes of it, by the update's parameters. */
  pending(params: ReadonlyMap<string, string>, now: State): State;
  input(state: State): Omit<UpdateClusterConfigCommandInput, 'name'>;
  /** As a responder reads it. */
  tell(state: State): string;
  /** What a responder should know before it is changed so. */
  effects(now: State, after: State): readonly string[];
}

/** The setting as it will be when EKS has carried out what it was asked to: until then a cluster is described as it was. */
export async function readSetting<State extends Json>(
  eks: EKSClient,
  cluster: Cluster,
  setting: ClusterSetting<State>,
): Promise<State> {
  const now = setting.of(cluster);
  if (cluster.status !== 'UPDATING' || cluster.name === undefined) return now;
  const update = await readUpdateInProgress(eks, cluster.name);
  if (update?.type !== setting.updateType) return now;
  const said = (update.params ?? []).flatMap(({ type, value }) =>
    type === undefined || value === undefined ? [] : [[type, value] as const],
  );
  return setting.pending(new Map(said), now);
}

/** An update's parameters are texts: of a list its JSON, or its members between commas. Null where there is none. */
export function listParameter(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return text.split(',').map((one) => one.trim());
  }
}
