import { signedHeaders } from '../../../tasks/aws/signature-v4';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

test('a request of AWS’s documentation has the signature that stands there', () => {
  const { authorization } = signedHeaders(
    {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: '',
    },
    credentials,
    { region: 'us-east-1', service: 'iam' },
    new Date('2015-08-30T12:36:00Z'),
  );
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

test('a session’s token is sent and signed', () => {
  const headers = signedHeaders(
    { method: 'POST', url: new URL('https://sts.eu-central-1.amazonaws.com/'), headers: {}, body: 'x' },
    { ...credentials, sessionToken: 'session' },
    { region: 'eu-central-1', service: 'sts' },
    new Date('2026-03-14T02:47:00Z'),
  );
  expect(headers['x-amz-security-token']).toBe('session');
  expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
});
