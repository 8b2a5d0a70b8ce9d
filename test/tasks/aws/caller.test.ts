import { createServer, type Server } from 'node:http';
import { callerOf, proveCaller, stsUrl } from '../../../tasks/aws/caller';

const arn = 'arn:aws:sts::111122223333:assumed-role/approvers/carol';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
let sts: Server;
let url: URL;
let asked: Record<string, unknown>[];
let status = 200;

beforeAll(async () => {
  sts = createServer((request, response) => {
    asked.push({ ...request.headers });
    response.writeHead(status).end(`<GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult>`);
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  const address = sts.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = new URL(`http://127.0.0.1:${address.port}/`);
});
beforeEach(() => {
  asked = [];
  status = 200;
});
afterAll(() => {
  sts.closeAllConnections();
  return new Promise<void>((resolve) => sts.close(() => resolve()));
});

const prove = (binding: string) => proveCaller(binding, credentials, { url, region: 'eu-central-1' }, new Date());

test('who signed it is who STS says', async () => {
  expect(await callerOf(prove('approve a b'), 'approve a b', url)).toBe(arn);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ 'x-eks-incident-response': 'approve a b' });
});

test.each<[string, (proof: ReturnType<typeof prove>) => ReturnType<typeof prove>]>([
  ['is for another purpose', () => prove('reject a b')],
  ['is for another host', ({ headers }) => ({ headers: { ...headers, host: 'sts.example.com' } })],
  [
    'has the purpose among what is not signed',
    ({ headers }) => ({
      headers: { ...headers, authorization: String(headers['authorization']).replace(';x-eks-incident-response', '') },
    }),
  ],
  ['is not signed at all', () => ({ headers: { 'x-eks-incident-response': 'approve a b' } })],
])('a proof that %s is not even shown to STS', async (_, spoil) => {
  expect(await callerOf(spoil(prove('approve a b')), 'approve a b', url)).toBeNull();
  expect(asked).toEqual([]);
});

test('whom STS does not vouch for is nobody', async () => {
  status = 403;
  expect(await callerOf(prove('approve a b'), 'approve a b', url)).toBeNull();
});

test.each([
  ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com/'],
  ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn/'],
])('in %s STS is at %s', (region, address) => {
  expect(stsUrl(region).href).toBe(address);
});
