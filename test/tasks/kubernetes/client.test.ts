import { createServer, type Server } from 'node:http';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { kubernetesClients } from '../../../tasks/kubernetes/client';

const region = 'eu-central-1';
const eks = mockClient(EKSClient);
let server: Server;
let answer = 200;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(answer, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ kind: 'Status', code: answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  eks.reset();
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: 'payments', endpoint: 'https://payments' } });
});

const clients = () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return kubernetesClients({
    eks: new EKSClient({ region }),
    sts: new STSClient({ region, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } }),
    region,
    now: () => new Date('2026-05-12T10:00:00Z'),
    locate: () => ({ server: `http://127.0.0.1:${port}`, skipTLSVerify: true }),
  });
};

test.each([
  [401, 'no-access', /does not know our role/],
  [403, 'no-access', /does not let our role/],
  [429, 'unreachable', /it answers 429/],
  [500, 'unreachable', /it answers 500/],
  [503, 'unreachable', /it answers 503/],
])('an API server that answers %i is one that is not to be had', async (status, reason, message) => {
  answer = status;
  const kubernetes = await clients()('payments');
  await expect(kubernetes.pods()).rejects.toMatchObject({
    name: 'KubernetesUnavailable',
    reason,
    message: expect.stringMatching(message) as unknown,
  });
});

test('what is wrong with the request is not put down to the cluster', async () => {
  answer = 400;
  const kubernetes = await clients()('payments');
  await expect(kubernetes.pods()).rejects.toMatchObject({ name: 'Error', message: 'Kubernetes answered 400' });
});

test.each([
  ['AccessDeniedException', 'KubernetesUnavailable'],
  ['ResourceNotFoundException', 'KubernetesUnavailable'],
  ['ClientException', 'KubernetesUnavailable'],
  ['ThrottlingException', 'ThrottlingException'],
])('a cluster that EKS refuses to describe with %s: %s', async (name, found) => {
  eks.on(DescribeClusterCommand).rejects(Object.assign(new Error('no'), { name }));
  await expect(clients()('payments')).rejects.toMatchObject({ name: found });
});

test.each([
  ['apps/v1', 'ReplicaSet', '/apis/apps/v1/namespaces/shop/replicasets/checkout'],
  ['batch/v1', 'CronJob', '/apis/batch/v1/namespaces/shop/cronjobs/checkout'],
  ['example.com/v1', 'Backdoor', undefined],
])('what controls a pod is read where it is a workload of Kubernetes: %s %s', async (apiVersion, kind, path) => {
  answer = 404;
  asked.length = 0;
  const kubernetes = await clients()('payments');
  expect(await kubernetes.ownerOf('shop', { apiVersion, kind, name: 'checkout', uid: '1' })).toBeNull();
  expect(asked).toEqual(path === undefined ? [] : [path]);
});
