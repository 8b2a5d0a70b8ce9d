import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { V1Pod } from '@kubernetes/client-node';
import { mockClient } from 'aws-sdk-client-mock';
import { ecrImage, imagesOf, lookUp } from '../../../tasks/forensics/images';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const host = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const shop = { registryId: '111122223333', region: 'eu-central-1', repository: 'shop/checkout' };

test.each([
  [`${host}/shop/checkout:4.2`, `${host}/shop/checkout@${digest}`, { ...shop, tag: '4.2', digest }],
  [`${host}/shop/checkout`, `${host}/shop/checkout@${digest}`, { ...shop, tag: 'latest', digest }],
  [`${host}/shop/checkout@${digest}`, '', { ...shop, tag: null, digest }],
  [
    `${host}/shop/checkout:4.2@${digest}`,
    `docker-pullable://${host}/shop/checkout@${other}`,
    { ...shop, tag: '4.2', digest: other },
  ],
  [`${host}/shop/checkout:4.2`, '', { ...shop, tag: '4.2', digest: null }],
  ['111122223333.dkr-ecr.eu-central-1.on.aws/shop/checkout:4.2', '', { ...shop, tag: '4.2', digest: null }],
  ['docker.io/library/nginx:1.29', `docker.io/library/nginx@${digest}`, null],
  [`${host}.example.com/shop/checkout:4.2`, '', null],
  [`example.com/${host}/shop/checkout:4.2`, '', null],
  ['nginx', '', null],
])('%s, running as %j', (image, id, expected) => {
  expect(ecrImage(image, id)).toEqual(expected);
});

test('each image is looked up once, with all containers that run it: init and ephemeral ones too', () => {
  const image = `${host}/shop/checkout:4.2`;
  const pod: V1Pod = {
    metadata: { namespace: 'shop', name: 'checkout-1' },
    spec: {
      initContainers: [{ name: 'migrate', image }],
      containers: [
        { name: 'checkout', image },
        { name: 'proxy', image: 'docker.io/envoy:1' },
      ],
      ephemeralContainers: [{ name: 'debugger', image: `${host}/debug:1` }],
    },
  };
  expect(imagesOf([pod]).map(({ containers }) => containers)).toEqual([
    ['shop/checkout-1/migrate', 'shop/checkout-1/checkout'],
    ['shop/checkout-1/debugger'],
  ]);
});

describe('what runs is compared with what the registry has', () => {
  const mock = mockClient(ECRClient);
  const ecr = new ECRClient({ region: 'eu-central-1' });
  const notFound = Object.assign(new Error('no such image'), { name: 'ImageNotFoundException' });
  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  const image = { ...shop, tag: '4.2', digest };
  const asked = { registryId: '111122223333', repositoryName: 'shop/checkout' };
  beforeEach(() => mock.reset());

  const cases: [string, string | Error, string | Error, string][] = [
    ['the tag is still what runs', digest, digest, 'same'],
    ['the tag was moved since', digest, other, 'moved'],
    ['the tag was deleted since', digest, notFound, 'moved'],
    ['what runs was deleted', notFound, other, 'gone'],
    ['nobody may look', denied, denied, 'unknown'],
  ];
  test.each(cases)('%s', async (_, byDigest, byTag, verdict) => {
    const answer = (imageIds: object[], found: string | Error) =>
      typeof found === 'string'
        ? mock.on(DescribeImagesCommand, { ...asked, imageIds }).resolves({ imageDetails: [{ imageDigest: found }] })
        : mock.on(DescribeImagesCommand, { ...asked, imageIds }).rejects(found);
    answer([{ imageDigest: digest }], byDigest);
    answer([{ imageTag: '4.2' }], byTag);
    expect((await lookUp(ecr, 'eu-central-1', { image, containers: [] })).verdict).toBe(verdict);
  });

  test('a registry in another Region is not asked', async () => {
    expect(await lookUp(ecr, 'us-east-1', { image, containers: [] })).toMatchObject({
      verdict: 'unknown',
      because: 'its registry is in eu-central-1',
    });
    expect(mock.calls()).toHaveLength(0);
  });
});
