import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Actor } from '../../../../runbooks/incident';
import { loadPlan } from '../../../../runbooks/plan-document';
import { actions } from '../../../../tasks/actions/registry';
import {
  behindEvent,
  causesOf,
  type KnownCall,
  knownNodes,
  type Surroundings,
} from '../../../../tasks/categories/node-lifecycle/behind';
import type { JoinedEvent } from '../../../../tasks/dossier';
import { stage } from '../../actions/stage';

const file = join(__dirname, '..', '..', '..', '..', 'runbooks', 'node-lifecycle.yaml');
const plan = loadPlan({ file, text: readFileSync(file, 'utf8') }, { actions });

const time = '2026-03-01T03:00:00.000Z';
const after = (seconds: number) => Date.parse(time) + seconds * 1_000;

function actor(principalArn: string, more: Partial<Actor> = {}): Actor {
  return {
    type: 'AssumedRole',
    arn: null,
    name: principalArn.split('/').at(-1) ?? null,
    service: null,
    principalArn,
    sessionName: null,
    accountId: null,
    sourceIp: null,
    userAgent: null,
    mfa: null,
    accessKeyId: null,
    sessionSince: null,
    ...more,
  };
}

const iam = 'arn:aws:iam::111122223333';
const person = actor(`${iam}:user/mallory`, { userAgent: 'karpenter.sh-1.9.0', service: 'autoscaling.amazonaws.com' });
const karpenter = actor(`${iam}:role/karpenter-controller`, { service: 'ec2fleet.amazonaws.com' });
const terraform = actor(`${iam}:role/platform-terraform`);
const ourselves = actor(`${iam}:role/eks-incident-response/ApplyChangesRole`);
const autoscaler = actor(`${iam}:role/cluster-autoscaler`);
const autoScaling = actor(`${iam}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`);
const nodegroup = actor(`${iam}:role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup`);

const nothing = {
  act: null,
  state: null,
  instanceIds: ['i-1'],
  volumeIds: [],
  autoScalingGroup: null,
  cluster: null,
  attributes: [],
  weakens: [],
  instanceProfile: null,
  desiredCapacity: null,
  decrementsCapacity: null,
};

function event(name: string, by: Actor | null): JoinedEvent {
  return {
    eventId: 'e',
    time,
    name,
    actor: by,
    subjects: [{ type: 'AWS::EC2::Instance', id: 'i-1' }],
    facts: nothing,
    touches: [],
  };
}
const notification = event('EC2 Instance State-change Notification', null);
const terminated = (by: Actor) => event('ec2.amazonaws.com:TerminateInstances', by);

const call = (name: string, by: Actor, seconds: number, ...about: string[]): KnownCall => ({
  name,
  time: after(seconds),
  actor: by,
  about: new Set(about),
});

function around(more: Partial<Surroundings> & { reason?: string } = {}): Surroundings {
  const { reason = 'Client.UserInitiatedShutdown', ...rest } = more;
  const node = {
    stateReason: reason,
    described: null,
    gone: true,
    recorded: null,
    group: 'nodes',
    nodegroup: 'general',
  };
  return {
    calls: [],
    activities: [],
    nodes: new Map([['i-1', node]]),
    groupRoles: new Map([['nodes', autoScaling.principalArn]]),
    ...rest,
  };
}

const activity = (cause: string, seconds = 0) => ({ group: 'nodes', time: after(seconds), instanceId: 'i-1', cause });
const unhealthy = activity(
  'At … an instance was taken out of service in response to an EC2 instance status checks failure.',
);
const asked = activity('At … instance i-1 was taken out of service in response to a user request.');
const noticed = activity(
  'At … an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
);

/** What happened, what is known around it, and what follows: the cause, by whom, by which call, and whether to wait. */
const cases: readonly (readonly [string, JoinedEvent, Surroundings, string, Actor | null, string | null, boolean])[] = [
  ['a call by a person with Karpenter’s user agent', terminated(person), around(), 'person', person, null, true],
  [
    'a call by Karpenter’s role by way of the fleet service',
    terminated(karpenter),
    around(),
    'karpenter',
    karpenter,
    null,
    true,
  ],
  ['a call by a role that the plan lists', terminated(terraform), around(), 'automation', terraform, null, true],
  [
    'a change of state after a person’s call',
    notification,
    around({ calls: [call('ec2.amazonaws.com:TerminateInstances', person, -2, 'i-1')] }),
    'person',
    person,
    null,
    true,
  ],
  [
    'a change of state after a call on another instance',
    notification,
    around({ calls: [call('ec2.amazonaws.com:TerminateInstances', person, -2, 'i-2')] }),
    'unknown',
    null,
    null,
    false,
  ],
  ['a change of state of which nothing is known', notification, around(), 'unknown', null, null, false],
  [
    'Spot capacity taken back',
    notification,
    around({ reason: 'Server.SpotInstanceTermination' }),
    'spot',
    null,
    null,
    true,
  ],
  ['failed hardware', notification, around({ reason: 'Server.InternalError' }), 'aws', null, null, true],
  [
    'a shutdown from within',
    notification,
    around({ reason: 'Client.InstanceInitiatedShutdown' }),
    'instance',
    null,
    null,
    true,
  ],
  [
    'a shutdown from within, whose group has given it another reason since',
    { ...notification, facts: { ...nothing, stateReason: 'Client.InstanceInitiatedShutdown' } },
    around({
      calls: [call('ec2.amazonaws.com:TerminateInstances', autoScaling, 40, 'i-1')],
      activities: [
        activity(
          'At … an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
          40,
        ),
      ],
    }),
    'instance',
    null,
    null,
    true,
  ],
  [
    'Auto Scaling on nobody’s request',
    terminated(autoScaling),
    around({ activities: [unhealthy] }),
    'auto-scaling',
    autoScaling,
    null,
    true,
  ],
  [
    'a change of state that only the activity history explains',
    notification,
    around({ activities: [unhealthy] }),
    'auto-scaling',
    actor(autoScaling.principalArn ?? ''),
    null,
    true,
  ],
  [
    'a group that only noticed what somebody else did',
    notification,
    around({ activities: [noticed] }),
    'unknown',
    null,
    null,
    false,
  ],
  [
    'a person behind SetDesiredCapacity',
    terminated(autoScaling),
    around({
      activities: [asked],
      calls: [call('autoscaling.amazonaws.com:SetDesiredCapacity', person, -30, 'nodes')],
    }),
    'person',
    person,
    'autoscaling.amazonaws.com:SetDesiredCapacity',
    true,
  ],
  [
    'the Cluster Autoscaler behind TerminateInstanceInAutoScalingGroup',
    terminated(autoScaling),
    around({
      activities: [asked],
      calls: [call('autoscaling.amazonaws.com:TerminateInstanceInAutoScalingGroup', autoscaler, -1, 'i-1', 'nodes')],
    }),
    'cluster-autoscaler',
    autoscaler,
    'autoscaling.amazonaws.com:TerminateInstanceInAutoScalingGroup',
    true,
  ],
  [
    'a replacement of an instance that our own role put in standby, long before the group came to it',
    event('ec2.amazonaws.com:RunInstances', autoScaling),
    around({
      activities: [
        activity('At 2026-03-01T02:48:00Z instance i-9 was moved to standby in response to a user request. At …'),
      ],
      calls: [call('autoscaling.amazonaws.com:EnterStandby', ourselves, -720, 'i-9')],
    }),
    'automation',
    ourselves,
    'autoscaling.amazonaws.com:EnterStandby',
    true,
  ],
  [
    'a replacement of an instance that somebody put in standby meanwhile',
    event('ec2.amazonaws.com:RunInstances', autoScaling),
    around({
      activities: [
        activity('At 2026-03-01T02:58:00Z instance i-8 was moved to standby in response to a user request. At …'),
      ],
      calls: [
        call('autoscaling.amazonaws.com:EnterStandby', ourselves, -720, 'i-9', 'nodes'),
        call('autoscaling.amazonaws.com:EnterStandby', person, -120, 'i-8', 'nodes'),
      ],
    }),
    'person',
    person,
    'autoscaling.amazonaws.com:EnterStandby',
    true,
  ],
  [
    'an earlier request than the one that the history tells of',
    terminated(autoScaling),
    around({
      activities: [activity('At 2026-03-01T02:59:50Z a user request explicitly set group desired capacity …')],
      calls: [call('autoscaling.amazonaws.com:SetDesiredCapacity', person, -600, 'nodes')],
    }),
    'unknown',
    null,
    null,
    false,
  ],
  [
    'a request of which nobody is known yet',
    terminated(autoScaling),
    around({ activities: [asked] }),
    'unknown',
    null,
    null,
    false,
  ],
  ['Auto Scaling’s role without a history', terminated(autoScaling), around(), 'unknown', null, null, false],
  [
    'a person who changed the node group’s size in EKS',
    terminated(autoScaling),
    around({
      activities: [asked],
      calls: [
        call('eks.amazonaws.com:UpdateNodegroupConfig', person, -90, 'general'),
        call('autoscaling.amazonaws.com:UpdateAutoScalingGroup', nodegroup, -30, 'nodes'),
      ],
    }),
    'person',
    person,
    'eks.amazonaws.com:UpdateNodegroupConfig',
    true,
  ],
  [
    'an upgrade of the node group',
    event('autoscaling.amazonaws.com:TerminateInstanceInAutoScalingGroup', nodegroup),
    around({ calls: [call('eks.amazonaws.com:UpdateNodegroupVersion', terraform, -1_800, 'general')] }),
    'node-group-upgrade',
    terraform,
    'eks.amazonaws.com:UpdateNodegroupVersion',
    // A later one, by somebody else, may not have been told yet.
    false,
  ],
  [
    'a node group that repairs its nodes',
    event('autoscaling.amazonaws.com:TerminateInstanceInAutoScalingGroup', nodegroup),
    around(),
    'node-group',
    nodegroup,
    null,
    false,
  ],
];

test.each(cases)('%s', (_what, given, known, cause, by, callBehind, final) => {
  expect(behindEvent(given, known, plan)).toEqual({ cause, actor: by, call: callBehind, final });
});

test('daily life is what trusted principals and AWS do, and one person ends it', () => {
  const daily = [behindEvent(terminated(karpenter), around(), plan)];
  const spot = behindEvent(notification, around({ reason: 'Server.SpotInstanceTermination' }), plan);
  expect(causesOf([...daily, spot], plan)).toMatchObject({ cause: 'karpenter', dailyLife: true });
  const hand = behindEvent(terminated(person), around(), plan);
  expect(causesOf([...daily, spot, hand], plan)).toMatchObject({ cause: 'person', dailyLife: false });
});

test('what was recorded of the nodes of a storm is read beside each other', async () => {
  const { context, dossier, follow } = stage();
  const ids = Array.from({ length: 200 }, (_, index) => `i-${index}`);
  const facts = { ...nothing, instanceIds: ids };
  let asked = 0;
  let answer = () => {};
  const all = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const baseline = async () => {
    asked += 1;
    if (asked === ids.length) answer();
    await all;
    return null;
  };
  const storm = { ...dossier(), events: [{ ...notification, facts }] };
  expect(await follow(knownNodes({ ...context, baseline }, storm))).toHaveProperty('size', ids.length);
});
