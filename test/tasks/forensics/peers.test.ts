import type { EstateDescription } from '../../../replay/estate/description';
import { readNode } from '../../../tasks/forensics/node';
import { whyAskAbout, whyAskNow } from '../../../tasks/forensics/peers';
import { KubernetesUnavailable } from '../../../tasks/kubernetes/kubernetes';
import { nodeStage, nodes } from '../actions/node-stage';

type Instance = EstateDescription['instances'][number];
type On = ReturnType<typeof nodeStage>;

const inGroup = 'i-0a10000000000000a';
const inPool = 'i-0a60000000000000f';
const otherInPool = 'i-0a6000000000001ff';
const ungrouped = 'i-0a8000000000000bb';
const otherUngrouped = 'i-0a8000000000001bb';

/** The estate, with some of its instances as they are given here. */
const where = (changed: Readonly<Record<string, Partial<Instance>>>, description = nodes): EstateDescription => ({
  ...description,
  instances: description.instances.map((it) => ({ ...it, ...changed[it.id] })),
});

const withTags = (tags: Readonly<Record<string, string>>): Partial<Instance> => ({ tags });

/** Whether a human is asked, and why. */
async function asked(id: string, { context, follow }: On): Promise<string | undefined> {
  const node = await follow(readNode(context.aws.ec2, id));
  if (node === null) throw new Error(`there is no ${id}`);
  return (await follow(whyAskAbout(context, node))).ask;
}

const pool = { 'kubernetes.io/cluster/analytics': 'owned' };

test.each([
  ['of an Auto Scaling group', inGroup, {}],
  ['of a node pool', inPool, {}],
  [
    'of a pool of an older Karpenter',
    inPool,
    {
      [inPool]: withTags({ ...pool, 'karpenter.sh/provisioner-name': 'spot' }),
      [otherInPool]: withTags({ ...pool, 'karpenter.sh/provisioner-name': 'spot' }),
    },
  ],
  [
    'of a pool of EKS Auto Mode',
    inPool,
    {
      [inPool]: withTags({ 'eks:eks-cluster-name': 'analytics', 'eks:kubernetes-node-pool-name': 'system' }),
      [otherInPool]: withTags({ 'eks:eks-cluster-name': 'analytics', 'eks:kubernetes-node-pool-name': 'system' }),
    },
  ],
  ['that nothing counts, beside others of its cluster', ungrouped, {}],
] as const)('a node %s goes while another stays', async (_, id, changed) => {
  expect(await asked(id, nodeStage(where(changed)))).toBeUndefined();
});

test.each([
  ['is impaired', inPool, { [otherInPool]: { impaired: true } }, 'the node pool spot of analytics'],
  [
    'is isolated',
    inPool,
    {
      [otherInPool]: withTags({ ...pool, 'karpenter.sh/nodepool': 'spot', 'eks-incident-response/isolated-by': 'it' }),
    },
    'the node pool spot of analytics',
  ],
  [
    'is of another pool',
    inPool,
    { [otherInPool]: withTags({ ...pool, 'karpenter.sh/nodepool': 'general' }) },
    'the node pool spot of analytics',
  ],
  [
    'is of another cluster’s pool of that name',
    inPool,
    { [otherInPool]: withTags({ 'kubernetes.io/cluster/payments': 'owned', 'karpenter.sh/nodepool': 'spot' }) },
    'the node pool spot of analytics',
  ],
  [
    'is in a pool, and this one in none',
    ungrouped,
    { [otherUngrouped]: withTags({ 'kubernetes.io/cluster/ledger': 'owned', 'karpenter.sh/nodepool': 'spot' }) },
    'the nodes of ledger that no Auto Scaling group or node pool counts',
  ],
  [
    'is impaired, in an Auto Scaling group',
    inGroup,
    { 'i-0a20000000000000b': { impaired: true }, 'i-0a30000000000000c': { impaired: true } },
    'the Auto Scaling group payments-general',
  ],
] as const)('a human is asked where the only other %s', async (_, id, changed, group) => {
  expect(await asked(id, nodeStage(where(changed)))).toBe(
    `It is the last healthy node of its group, ${group}: a human decides whether it may go.`,
  );
});

test('a human is asked where the only other does not run', async () => {
  const on = nodeStage(nodes);
  await on.follow(on.estate.act('alice', 'ec2:StopInstances', { InstanceIds: [otherInPool] }));
  expect(await asked(inPool, on)).toMatch(/last healthy/);
});

test('a human is asked about a node that is in no group and names no cluster', async () => {
  expect(await asked(ungrouped, nodeStage(where({ [ungrouped]: withTags({}) })))).toMatch(
    /not known: it is in no group/,
  );
});

test.each(['ec2:DescribeInstanceStatus', 'autoscaling:DescribeAutoScalingInstances'] as const)(
  'a human is asked where %s is denied',
  async (call) => {
    const on = nodeStage(nodes);
    const [service = '', action = ''] = call.split(':');
    on.estate.injectFault({ service, action, error: { name: 'AccessDenied', message: 'no' } });
    expect(await asked(inPool, on)).toMatch(/is not known: AccessDenied/);
  },
);

describe('where the cluster answers', () => {
  const kubernetesNode = (id: string, ready: 'True' | 'False', unschedulable = false) => ({
    spec: { providerID: `aws:///eu-central-1a/${id}`, unschedulable },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });
  const answering = (answer: () => Promise<unknown>): On => {
    const on = nodeStage(nodes);
    const kubernetes = (async () => ({ nodes: answer })) as unknown as On['context']['kubernetes'];
    return { ...on, context: { ...on.context, kubernetes } };
  };

  test.each([
    ['ready', [kubernetesNode(otherInPool, 'True')], undefined],
    ['not ready', [kubernetesNode(otherInPool, 'False')], /last healthy/],
    ['cordoned', [kubernetesNode(otherInPool, 'True', true)], /last healthy/],
    ['no node of it', [], /last healthy/],
  ] as const)('another that is %s decides', async (_, found, expected) => {
    const ask = await asked(
      inPool,
      answering(async () => found),
    );
    if (expected === undefined) expect(ask).toBeUndefined();
    else expect(ask).toMatch(expected);
  });

  test.each([
    ['no answer', new KubernetesUnavailable('unreachable', 'no answer')],
    ['an odd answer', new Error('Kubernetes answered 400')],
  ] as const)('%s holds nothing up', async (_, error) => {
    expect(
      await asked(
        inPool,
        answering(() => Promise.reject(error)),
      ),
    ).toBeUndefined();
  });
});

test('where it happens, the group is looked at once more', async () => {
  const on = nodeStage(nodes);
  const { context, estate, follow } = on;
  const node = await follow(readNode(context.aws.ec2, inPool));
  if (node === null) throw new Error('there is no node');
  const { group } = await follow(whyAskAbout(context, node));
  if (group === null) throw new Error('there is no group');
  expect(await follow(whyAskNow(context, group, inPool))).toBeUndefined();
  await follow(estate.act('alice', 'ec2:StopInstances', { InstanceIds: [otherInPool] }));
  expect(await follow(whyAskNow(context, group, inPool))).toMatch(/last healthy/);
});
