import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { mockClient } from 'aws-sdk-client-mock';
import { clusterByTags, filter, ownerByTags, readClusters, readInterfaces } from '../../../tasks/aws/network';

const ec2 = mockClient(EC2Client);
const eks = mockClient(EKSClient);
beforeEach(() => {
  ec2.reset();
  eks.reset();
});

test('interfaces are read to the last page', async () => {
  ec2
    .on(DescribeNetworkInterfacesCommand)
    .resolvesOnce({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1' }], NextToken: 'more' })
    .resolvesOnce({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-2' }] });
  const found = await readInterfaces(new EC2Client({}), filter('group-id', ['sg-1']));
  expect(found.map(({ id }) => id)).toEqual(['eni-1', 'eni-2']);
  expect(ec2.commandCalls(DescribeNetworkInterfacesCommand).map(({ args }) => args[0].input.NextToken)).toEqual([
    undefined,
    'more',
  ]);
});

test('a cluster that goes away between the list and the look is left out', async () => {
  eks.on(ListClustersCommand).resolves({ clusters: ['gone', 'here'] });
  const gone = Object.assign(new Error('No cluster found for name: gone.'), { name: 'ResourceNotFoundException' });
  eks.on(DescribeClusterCommand, { name: 'gone' }).rejects(gone);
  eks.on(DescribeClusterCommand, { name: 'here' }).resolves({ cluster: { resourcesVpcConfig: { vpcId: 'vpc-1' } } });
  expect((await readClusters(new EKSClient({}))).map(({ name }) => name)).toEqual(['here']);
});

test('any other error is AWS’s own', async () => {
  eks.on(ListClustersCommand).rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
  await expect(readClusters(new EKSClient({}))).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test.each([
  [{ 'aws:eks:cluster-name': 'payments' }, 'payments'],
  [{ 'kubernetes.io/cluster/analytics': 'owned' }, 'analytics'],
  [{ 'cluster.k8s.amazonaws.com/name': 'payments' }, 'payments'],
  [{ Name: 'payments-node' }, null],
])('%j belongs to %s', (tags, cluster) => {
  expect(clusterByTags(tags)).toBe(cluster);
});

test.each([
  [{ 'aws:cloudformation:stack-name': 'network' }, 'the CloudFormation stack network'],
  [{ 'karpenter.sh/nodepool': 'spot' }, 'Karpenter'],
  [{ ManagedBy: 'Terraform' }, 'Terraform'],
  [{}, null],
])('%j is owned by %s', (tags, owner) => {
  expect(ownerByTags(tags)).toBe(owner);
});
