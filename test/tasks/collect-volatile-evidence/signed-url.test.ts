import { S3Client } from '@aws-sdk/client-s3';
import { downloadUrl, partUrl, uploadUrl } from '../../../tasks/collect-volatile-evidence/signed-url';

const region = 'eu-central-1';
const s3 = new S3Client({ region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
const object = {
  bucket: 'evidence',
  key: 'incidents/one/volatile/i-1/memory.lime',
  region,
  now: new Date('2026-05-12T10:00:00Z'),
  seconds: 900,
};

test('an upload’s URL takes the object once, for a quarter of an hour', async () => {
  const url = new URL(await uploadUrl(s3, object));
  expect(url.pathname).toBe('/incidents/one/volatile/i-1/memory.lime');
  expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;if-none-match');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
});

test('a part’s URL takes no other bytes: their checksum is a signed header, which S3 holds against them', async () => {
  const checksum = 'GF+NsyJx/iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk=';
  const { searchParams } = new URL(await partUrl(s3, object, { uploadId: 'upload-1', number: 7, checksum }));
  expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-amz-checksum-sha256');
  expect([searchParams.get('partNumber'), searchParams.get('uploadId')]).toEqual(['7', 'upload-1']);
  const other = await partUrl(s3, object, { uploadId: 'upload-1', number: 8, checksum });
  expect(new URL(other).searchParams.get('X-Amz-Signature')).not.toBe(searchParams.get('X-Amz-Signature'));
});

test('a download’s URL reads, and does not write', async () => {
  const [read, write] = await Promise.all([downloadUrl(s3, object), uploadUrl(s3, object)]);
  expect(new URL(read).searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  expect(new URL(read).searchParams.get('X-Amz-Signature')).not.toBe(
    new URL(write).searchParams.get('X-Amz-Signature'),
  );
});
