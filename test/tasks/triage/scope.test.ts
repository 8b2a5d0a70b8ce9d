import { categoryById } from '../../../tasks/categories/registry';
import type { Event } from '../../../tasks/triage/event';
import { scopeOf } from '../../../tasks/triage/scope';
import { stage } from '../actions/stage';
import { calledEks } from './eks-record';
import { called, delivered } from './record';

const refusals: Readonly<Record<string, string>> = {
  ec2: 'UnauthorizedOperation',
  inspector2: 'AccessDeniedException',
};

/** What triage makes of an event where these calls, such as `ec2:DescribeInstances`, are refused. */
async function scope(category: string, event: Event, refused: readonly string[], error?: string) {
  const { context, estate, follow } = stage();
  for (const call of refused) {
    const [service = '', action = ''] = call.split(':');
    const name = error ?? refusals[service] ?? 'AccessDeniedException';
    estate.injectFault({ service, action, error: { name, message: 'not authorized' } });
  }
  const { id, reader, reach } = categoryById(category);
  const { subjects, facts, touches } = reader.read(event);
  const found = await follow(scopeOf(context, { reach }, { time: event.time, subjects, facts, touches }));
  return { id, ...found, names: found.clusters.map(({ name }) => name), problems: [...context.problems] };
}

const terminated = (instanceId: string) =>
  called(
    'TerminateInstances',
    { instancesSet: { items: [{ instanceId }] } },
    { instancesSet: { items: [{ instanceId }] } },
  );
const opened = (groupId: string) =>
  called('AuthorizeSecurityGroupIngress', {
    groupId,
    ipPermissions: {
      items: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
    },
  });
const inspected = (type: string, id: string) =>
  delivered('aws.inspector2', 'Inspector2 Finding', {
    status: 'ACTIVE',
    severity: 'CRITICAL',
    type: 'PACKAGE_VULNERABILITY',
    packageVulnerabilityDetails: { vulnerabilityId: 'CVE-2026-0001' },
    resources: [{ type, id }],
  });
const suspected = (instanceId: string) =>
  delivered('aws.guardduty', 'GuardDuty Finding', {
    id: 'f1',
    type: 'CryptoCurrency:EC2/BitcoinTool.B!DNS',
    severity: 8,
    resource: { resourceType: 'Instance', instanceDetails: { instanceId } },
    service: { detectorId: 'd1', additionalInfo: {} },
  });
const image = 'arn:aws:ecr:eu-central-1:111122223333:repository/shop/sha256:00';
const web = 'i-0b10000000000000d';

describe('what nobody may read is taken as touched', () => {
  const every = ['analytics', 'payments'];

  test.each([
    ['node-lifecycle', terminated('i-0a10000000000000a'), ['ec2:DescribeInstances']],
    ['node-lifecycle', terminated(web), ['ec2:DescribeInstances', 'cloudtrail:LookupEvents']],
    ['node-lifecycle', terminated(web), ['ec2:DescribeNetworkInterfaces']],
    ['network-change', opened('sg-0d10d10d10d10d101'), ['ec2:DescribeNetworkInterfaces']],
    ['network-change', opened('sg-0f10f10f10f10f101'), ['ec2:DescribeInstances']],
    ['node-compromise', suspected(web), ['ec2:DescribeInstances']],
    ['posture-drift', inspected('AWS_EC2_INSTANCE', web), ['ec2:DescribeInstances']],
    ['posture-drift', inspected('AWS_ECR_CONTAINER_IMAGE', image), ['inspector2:GetClustersForImage']],
  ])('by %s: %#', async (category, event, refused) => {
    const { names, touches, exposed, problems } = await scope(category, event, refused);
    expect({ names, touches, exposed }).toEqual({
      names: every,
      touches: ['unknown'],
      exposed: categoryById(category).reader.read(event).subjects,
    });
    expect(problems).toContainEqual(expect.stringMatching(/could not be read: \w+: not authorized/));
    expect(problems).toContainEqual(expect.stringMatching(/are touched is not known.*analytics, payments/));
  });
});

test('clusters that may be touched are not described for each event of a storm', async () => {
  const { names, problems } = await scope('node-lifecycle', terminated(web), [
    'ec2:DescribeInstances',
    'cloudtrail:LookupEvents',
    'eks:DescribeCluster',
  ]);
  expect(names).toEqual(['analytics', 'payments']);
  expect(problems).not.toContainEqual(expect.stringMatching(/the cluster \w+ could not be read/));
});

test('each event of a storm goes wrong in the same words', async () => {
  const problems = async (id: string) =>
    (await scope('node-lifecycle', terminated(id), ['ec2:DescribeInstances', 'cloudtrail:LookupEvents'])).problems;
  expect(await problems('i-0fff000000000000a')).toEqual(await problems('i-0fff000000000000b'));
});

describe('what is known goes on', () => {
  test.each([
    [
      'cluster-lifecycle',
      calledEks('UpdateClusterVersion', { name: 'payments', version: '1.34' }),
      ['eks:DescribeCluster'],
    ],
    [
      'endpoint-exposure',
      calledEks('CreateCluster', { name: 'payments', resourcesVpcConfig: {} }),
      ['eks:DescribeCluster'],
    ],
    ['network-change', opened('sg-0d10d10d10d10d101'), ['eks:ListClusters']],
    ['network-change', opened('sg-0d10d10d10d10d101'), ['eks:DescribeCluster']],
    [
      'node-lifecycle',
      terminated('i-0a10000000000000a'),
      ['eks:DescribeCluster', 'autoscaling:DescribeAutoScalingGroups'],
    ],
    ['posture-drift', inspected('AWS_EC2_INSTANCE', 'i-0a10000000000000a'), ['eks:DescribeCluster']],
  ])('by %s: %#', async (category, event, refused) => {
    const { names, touches, problems } = await scope(category, event, refused);
    expect(names).toEqual(['payments']);
    expect(touches).not.toContain('unknown');
    expect(problems.length).toBeGreaterThan(0);
  });
});

test.each([
  ['network-change', opened('sg-0f10f10f10f10f101')],
  ['node-lifecycle', terminated(web)],
  ['posture-drift', inspected('AWS_EC2_INSTANCE', web)],
])('%s: what is read and touches no cluster is out of scope', async (category, event) => {
  expect(await scope(category, event, [])).toMatchObject({ clusters: [], problems: [] });
});

test.each([
  ['network-change', opened('sg-0f10f10f10f10f101'), ['ec2:DescribeNetworkInterfaces', 'eks:ListClusters']],
  ['node-lifecycle', terminated(web), ['ec2:DescribeInstances', 'eks:ListClusters']],
  ['posture-drift', inspected('AWS_EC2_INSTANCE', web), ['ec2:DescribeInstances', 'eks:ListClusters']],
])(
  '%s: where nothing at all may be read, a cluster that nobody can name is touched',
  async (category, event, refused) => {
    const { clusters, touches, problems } = await scope(category, event, refused);
    expect({ clusters, touches }).toEqual({ clusters: [], touches: ['unknown'] });
    expect(problems).toContainEqual(expect.stringMatching(/are touched is not known/));
  },
);

test('what fails for another reason is tried again', async () => {
  const failing = scope('node-lifecycle', terminated(web), ['ec2:DescribeInstances'], 'InternalError');
  await expect(failing).rejects.toMatchObject({ name: 'InternalError' });
});
