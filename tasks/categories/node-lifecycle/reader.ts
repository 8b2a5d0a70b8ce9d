import * as z from 'zod';
import {
  endingStates,
  instanceCalls,
  type NodeAct,
  type NodeEventFacts,
  type NodeTouch,
  scalingCalls,
  type Weakening,
} from '../../../runbooks/node-lifecycle';
import { clusterByTags } from '../../aws/network';
import { items, numberAt, part, readOutcome, tagsIn, textAt } from '../../triage/cloudtrail';
import type { Event } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';

/**
 * Reads what happens to instances that may be nodes: their changes of state, the EC2 calls that end, launch or change
 * them, and the Auto Scaling calls behind which somebody can do so. Whether they are nodes the record alone seldom says.
 */
export const nodeLifecycleReader: Reader<NodeEventFacts, NodeTouch> = {
  category: 'node-lifecycle',
  outcomes: ['succeeded'],
  recognizes: (event) => callOf(event) !== null || noticeOf(event) !== null,
  read(event) {
    const subjects = subjectsOf(event);
    const call = callOf(event);
    if (call === null) return { subjects, ...ofNotice(event) };
    const facts = factsOf(call);
    const changed = readOutcome(event.detail) === 'succeeded';
    return {
      subjects,
      touches: changed ? touchesOf(call, facts) : [],
      facts: changed ? facts : { ...facts, weakens: [] },
    };
  },
};

type Fields = Readonly<Record<string, unknown>>;

const ofAutoScaling = [...scalingCalls, 'SetInstanceHealth'] as const;
const callNames = z.enum([...instanceCalls, ...ofAutoScaling, 'RunInstances', 'ModifyInstanceAttribute']);
type CallName = z.infer<typeof callNames>;

interface Call {
  readonly name: CallName;
  readonly request: Fields;
  readonly response: Fields;
}

/** Null where the event is no call of this category: other services have calls of the same names. */
function callOf({ detail }: Event): Call | null {
  const name = callNames.nullable().catch(null).parse(detail['eventName']);
  const scaling = ofAutoScaling.some((known) => known === name);
  const service = scaling ? 'autoscaling.amazonaws.com' : 'ec2.amazonaws.com';
  if (name === null || detail['eventSource'] !== service) return null;
  const call = {
    name,
    request: unwrapped(detail['requestParameters'], `${name}Request`),
    response: unwrapped(detail['responseElements'], `${name}Response`),
  };
  if (name === 'RunInstances' && clusterOfLaunch(call) === null) return null;
  // That an instance is well ends none.
  if (name === 'SetInstanceHealth' && textAt(call.request, 'healthStatus') !== 'Unhealthy') return null;
  // A change of groups is a change of the network: another category has it.
  if (name === 'ModifyInstanceAttribute' && items(call.request['groupSet']).length > 0) return null;
  return call;
}

/** The younger calls of EC2 are recorded whole under one field: `ModifyInstanceMetadataOptionsRequest: {…}`. */
function unwrapped(value: unknown, wrapper: string): Fields {
  const whole = part(value);
  const inner = part(whole, wrapper);
  return Object.keys(inner).length > 0 ? inner : whole;
}

const noticeTypes: ReadonlyMap<string, NodeAct> = new Map([
  ['EC2 Instance State-change Notification', 'state-change'],
  ['EC2 Spot Instance Interruption Warning', 'notice'],
  ['EC2 Instance Rebalance Recommendation', 'notice'],
]);

function noticeOf(event: Event): NodeAct | null {
  if (event.source !== 'aws.ec2' || 'eventName' in event.detail) return null;
  const act = noticeTypes.get(event['detail-type']) ?? null;
  if (act !== 'state-change') return act;
  return endingStates.some((state) => state === event.detail['state']) ? act : null;
}

const nothing: NodeEventFacts = {
  act: null,
  state: null,
  stateReason: null,
  instanceIds: [],
  volumeIds: [],
  autoScalingGroup: null,
  cluster: null,
  attributes: [],
  weakens: [],
  instanceProfile: null,
  desiredCapacity: null,
  decrementsCapacity: null,
};

function ofNotice(event: Event): { facts: NodeEventFacts; touches: NodeTouch[] } {
  const act = noticeOf(event);
  const id = textAt(event.detail, 'instance-id', 'instance_id');
  const facts = { ...nothing, act, state: textAt(event.detail, 'state'), instanceIds: id === null ? [] : [id] };
  if (act !== 'state-change') return { facts, touches: [] };
  return {
    facts,
    touches: facts.instanceIds.map((instanceId) => ({ kind: 'instance-ended', instanceId, how: 'state-change' })),
  };
}

function factsOf(call: Call): NodeEventFacts {
  const { name, request, response } = call;
  const about = { ...nothing, instanceIds: instancesOf(call) };
  switch (name) {
    case 'TerminateInstances':
      return { ...about, act: 'terminate' };
    case 'StopInstances':
      return { ...about, act: 'stop' };
    case 'RebootInstances':
      return { ...about, act: 'reboot' };
    case 'RunInstances': {
      const profile = part(request, 'iamInstanceProfile');
      const tokens = textAt(part(request, 'metadataOptions'), 'httpTokens');
      return {
        ...about,
        act: 'launch',
        cluster: clusterOfLaunch(call),
        instanceProfile: textAt(profile, 'arn', 'name'),
        weakens: tokens === 'optional' ? ['imdsv2'] : [],
      };
    }
    case 'ModifyInstanceAttribute': {
      const attributes = attributesOf(request);
      return { ...about, act: 'modify', attributes, weakens: attributes.flatMap((it) => weakenedBy(request, it)) };
    }
    case 'ModifyInstanceMetadataOptions': {
      const named = Object.keys(request).filter(
        (field) => /^http/i.test(field) || /^instanceMetadataTags$/i.test(field),
      );
      const hops = numberAt(request, 'HttpPutResponseHopLimit', 'httpPutResponseHopLimit');
      const weakens: Weakening[] = [];
      if (textAt(request, 'HttpTokens', 'httpTokens') === 'optional') weakens.push('imdsv2');
      // Two hops reach a container, which is what EKS sets for its managed nodes; more reach further.
      if (hops !== null && hops > 2) weakens.push('metadata-hop-limit');
      const attributes = named.map((field) => `${field.charAt(0).toLowerCase()}${field.slice(1)}`).sort();
      return { ...about, act: 'modify-metadata-options', attributes, weakens };
    }
    case 'AssociateIamInstanceProfile':
    case 'ReplaceIamInstanceProfileAssociation': {
      const asked = part(request['IamInstanceProfile'] ?? request['iamInstanceProfile']);
      const given = part(response, 'iamInstanceProfileAssociation', 'iamInstanceProfile');
      return {
        ...about,
        act: name === 'AssociateIamInstanceProfile' ? 'associate-profile' : 'replace-profile',
        instanceProfile: textAt(asked, 'Arn', 'arn', 'Name', 'name') ?? textAt(given, 'arn', 'Arn'),
        weakens: ['instance-profile'],
      };
    }
    case 'DisassociateIamInstanceProfile':
      return { ...about, act: 'disassociate-profile', weakens: ['instance-profile'] };
    case 'CreateReplaceRootVolumeTask':
      return { ...about, act: 'replace-root-volume', weakens: ['root-volume'] };
    case 'DetachVolume': {
      const id = textAt(request, 'volumeId') ?? textAt(response, 'volumeId');
      return { ...about, act: 'detach-volume', volumeIds: id === null ? [] : [id] };
    }
    case 'TerminateInstanceInAutoScalingGroup':
      return {
        ...about,
        act: 'terminate-in-group',
        autoScalingGroup: groupOf(call),
        decrementsCapacity: textAt(request, 'shouldDecrementDesiredCapacity') === 'true',
      };
    case 'SetDesiredCapacity':
      return {
        ...about,
        act: 'set-capacity',
        autoScalingGroup: groupOf(call),
        attributes: ['desiredCapacity'],
        desiredCapacity: numberAt(request, 'desiredCapacity'),
      };
    case 'UpdateAutoScalingGroup':
      return {
        ...about,
        act: 'update-group',
        autoScalingGroup: groupOf(call),
        attributes: Object.keys(request)
          .filter((field) => field !== 'autoScalingGroupName')
          .sort(),
        desiredCapacity: numberAt(request, 'desiredCapacity'),
      };
    case 'DeleteAutoScalingGroup':
      return { ...about, act: 'delete-group', autoScalingGroup: groupOf(call), desiredCapacity: 0 };
    case 'SetInstanceHealth':
      return { ...about, act: 'mark-unhealthy' };
    case 'DetachInstances':
    case 'EnterStandby':
      return {
        ...about,
        act: name === 'DetachInstances' ? 'detach-from-group' : 'enter-standby',
        autoScalingGroup: groupOf(call),
        decrementsCapacity: textAt(request, 'shouldDecrementDesiredCapacity') === 'true',
      };
    default:
      return name satisfies never;
  }
}

function touchesOf({ name, request, response }: Call, facts: NodeEventFacts): NodeTouch[] {
  const { instanceIds, autoScalingGroup, attributes } = facts;
  const group: NodeTouch[] = autoScalingGroup === null ? [] : [{ kind: 'group-changed', group: autoScalingGroup }];
  const ended = (how: 'terminate' | 'stop' | 'reboot'): NodeTouch[] =>
    instanceIds.map((instanceId) => ({ kind: 'instance-ended', instanceId, how }));
  switch (name) {
    case 'TerminateInstances':
      return ended('terminate');
    case 'StopInstances':
      return ended('stop');
    case 'RebootInstances':
      return ended('reboot');
    case 'RunInstances':
      return instanceIds.map((instanceId) => ({ kind: 'instance-launched', instanceId }));
    case 'ModifyInstanceAttribute':
      return instanceIds.map((instanceId) => ({ kind: 'attributes-set', instanceId, attributes }));
    case 'ModifyInstanceMetadataOptions':
      return instanceIds.map((instanceId) => ({ kind: 'metadata-options-set', instanceId }));
    case 'AssociateIamInstanceProfile':
    case 'DisassociateIamInstanceProfile':
    case 'ReplaceIamInstanceProfileAssociation':
      return instanceIds.map((instanceId) => ({ kind: 'profile-replaced', instanceId }));
    case 'CreateReplaceRootVolumeTask':
      return instanceIds.map((instanceId) => ({ kind: 'root-volume-replaced', instanceId }));
    case 'DetachVolume':
      return facts.volumeIds.map((volumeId) => ({
        kind: 'volume-detached',
        volumeId,
        instanceId: instanceIds[0] ?? null,
        device: textAt(response, 'device') ?? textAt(request, 'device'),
      }));
    case 'TerminateInstanceInAutoScalingGroup':
      return [...ended('terminate'), ...group];
    case 'SetInstanceHealth':
      return ended('terminate');
    case 'SetDesiredCapacity':
    case 'UpdateAutoScalingGroup':
    case 'DetachInstances':
    case 'EnterStandby':
    case 'DeleteAutoScalingGroup':
      return group;
    default:
      return name satisfies never;
  }
}

/** A launch has its ids in the response alone, and a replaced profile its instance. */
function instancesOf({ name, request, response }: Call): string[] {
  const listed = [
    textAt(request, 'instanceId', 'InstanceId'),
    ...items(request['instancesSet']).map((it) => textAt(it, 'instanceId')),
    ...z.array(z.string()).catch([]).parse(request['instanceIds']),
    ...items(response['instancesSet']).map((it) => textAt(it, 'instanceId')),
    textAt(part(response, 'iamInstanceProfileAssociation'), 'instanceId', 'InstanceId'),
    textAt(part(response, 'replaceRootVolumeTask'), 'instanceId', 'InstanceId'),
    name === 'DetachVolume' ? textAt(response, 'instanceId') : null,
  ];
  return [...new Set(listed)].filter((id) => id !== null);
}

function groupOf({ request, response }: Call): string | null {
  return textAt(request, 'autoScalingGroupName') ?? textAt(part(response, 'activity'), 'autoScalingGroupName');
}

/** The cluster that the tags of a launch name: those asked for, or those that the launch template gave. */
function clusterOfLaunch({ request, response }: Pick<Call, 'request' | 'response'>): string | null {
  const asked = items(request['tagSpecificationSet']).map((it) => it['tags']);
  const given = items(response['instancesSet']).map((it) => it['tagSet']);
  return clusterByTags(tagsIn(...asked, ...given));
}

/** Fields of ModifyInstanceAttribute's record that name no attribute. */
const noAttributes = new Set(['instanceId', 'attribute', 'value', 'groupSet', 'dryRun']);

/** The attributes as the record names them: each a field of its own, or one under `attribute`. */
function attributesOf(request: Fields): string[] {
  const named = Object.keys(request).filter((field) => !noAttributes.has(field));
  const one = textAt(request, 'attribute');
  return [...new Set([...named, ...(one === null ? [] : [one])])].sort();
}

function weakenedBy(request: Fields, attribute: string): Weakening[] {
  const given = request[attribute];
  const value = (textAt(part(given), 'value') ?? textAt({ given }, 'given') ?? textAt(request, 'value'))?.toLowerCase();
  switch (attribute) {
    case 'userData':
      return ['user-data'];
    case 'disableApiTermination':
      return value === 'false' ? ['termination-protection'] : [];
    case 'disableApiStop':
      return value === 'false' ? ['stop-protection'] : [];
    case 'sourceDestCheck':
      return value === 'false' ? ['source-destination-check'] : [];
    case 'instanceInitiatedShutdownBehavior':
      return value === 'terminate' ? ['shutdown-behavior'] : [];
    case 'blockDeviceMapping':
      return items(given).some((it) => textAt(part(it, 'ebs'), 'deleteOnTermination') === 'true')
        ? ['volume-retention']
        : [];
    default:
      return [];
  }
}
