import {
  type HttpTokensState,
  type InstanceMetadataEndpointState,
  ModifyInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import { ownerByTags } from '../aws/network';
import { readNodesById } from '../aws/nodes';
import { readNodesAndGroups, writeInstance } from '../nodes/permissions';
import { metadataOptions, nodeState } from '../nodes/state';
import { nodeTouchesOf } from '../nodes/touches';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** Gives a node's metadata service back the options that it had, or at the least asks for session tokens again. */
export const restoreMetadataOptions: Action = {
  id: 'restore-metadata-options',
  description: 'Gives a node’s metadata service back the options that it had before',
  permissions: { read: [readNodesAndGroups], write: [writeInstance('ModifyInstanceMetadataOptions')] },

  async propose(context, dossier) {
    const changes = new Map<string, Change>();
    for (const { touch, time } of nodeTouchesOf(dossier)) {
      if (touch.kind !== 'metadata-options-set' || changes.has(touch.instanceId)) continue;
      const change = await proposeFor(context, touch.instanceId, time);
      if (change !== null) changes.set(touch.instanceId, change);
    }
    return [...changes.values()];
  },

  async present({ aws }, { target }) {
    const [node] = await readNodesById(aws.ec2, [target.id]);
    return node === undefined || node.state === 'terminated' ? null : node.metadata;
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    const { httpTokens, httpEndpoint, hopLimit } = metadataOptions.parse(change.after);
    await context.aws.ec2.send(
      new ModifyInstanceMetadataOptionsCommand({
        InstanceId: change.target.id,
        HttpTokens: httpTokens as HttpTokensState,
        HttpEndpoint: httpEndpoint as InstanceMetadataEndpointState,
        HttpPutResponseHopLimit: hopLimit,
      }),
    );
    return undefined;
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has other metadata options` };
  },

  undo: inverted,
};

async function proposeFor(context: ActionContext, id: string, time: string): Promise<Change | null> {
  const target = { type: 'AWS::EC2::Instance', id };
  const [node] = await readNodesById(context.aws.ec2, [id]);
  if (node?.metadata == null || node.state === 'terminated') return null;
  const recorded = nodeState.safeParse(await context.baseline(target, time));
  const known = recorded.success ? recorded.data.metadata : null;
  const after = known ?? { ...node.metadata, httpTokens: 'required' };
  if (sameState(node.metadata, after)) return null;
  return {
    id: `restore-metadata-options:${id}`,
    action: 'restore-metadata-options',
    target,
    before: { ...node.metadata },
    after: { ...after },
    line: `${id}: metadata options ${described(node.metadata)} back to ${described(after)}`,
    reversible: true,
    knownFrom: known === null ? 'recommended-minimum' : 'baseline',
    owner: ownerByTags(node.tags),
    warnings: known === null ? ['What stood before is not known: this is the least, tokens are required again.'] : [],
  };
}

function described({
  httpTokens,
  httpEndpoint,
  hopLimit,
}: {
  httpTokens: string;
  httpEndpoint: string;
  hopLimit: number;
}) {
  return `tokens ${httpTokens}, endpoint ${httpEndpoint}, hops ${hopLimit}`;
}
