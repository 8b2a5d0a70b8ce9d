import type { Actor } from '../../../runbooks/incident';
import { numberAt, readActor, readOutcome } from '../../../tasks/triage/cloudtrail';
import type { Event } from '../../../tasks/triage/event';

type Identity = Event['detail'][string];

const role = 'arn:aws:iam::111122223333:role/platform/deployer';
const session = 'arn:aws:sts::111122223333:assumed-role/deployer/alice';

it.each<[unknown, number | null]>([
  [3, 3],
  ['-1', -1],
  [9e20, null],
  ['99999999999999999999', null],
  [1.5, null],
  ['three', null],
])('a whole number is one that can be counted with: %p', (given, expected) => {
  expect(numberAt({ given }, 'given')).toBe(expected);
});

describe('the actor of a call', () => {
  const cases: [string, Identity, Partial<Actor>][] = [
    [
      'root',
      { type: 'Root', principalId: '111122223333', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
      { type: 'Root', name: 'root', principalArn: 'arn:aws:iam::111122223333:root', service: null },
    ],
    [
      'a user with a session of the console',
      {
        type: 'IAMUser',
        arn: 'arn:aws:iam::111122223333:user/bob',
        userName: 'bob',
        accessKeyId: 'ASIAEXAMPLE',
        sessionContext: { sessionIssuer: {}, attributes: { mfaAuthenticated: 'true' } },
      },
      { name: 'bob', principalArn: 'arn:aws:iam::111122223333:user/bob', mfa: true, accessKeyId: 'ASIAEXAMPLE' },
    ],
    [
      'a session of a role',
      {
        type: 'AssumedRole',
        arn: session,
        sessionContext: {
          sessionIssuer: { type: 'Role', arn: role, userName: 'deployer' },
          attributes: { mfaAuthenticated: 'false' },
        },
      },
      { name: 'deployer', sessionName: 'alice', principalArn: role, arn: session, mfa: false },
    ],
    [
      'a session of a role whose record lacks the issuer',
      { type: 'AssumedRole', arn: session },
      { name: 'alice', sessionName: 'alice', principalArn: 'arn:aws:iam::111122223333:role/deployer', mfa: null },
    ],
    [
      'a service that calls on behalf of a role',
      {
        type: 'AssumedRole',
        arn: session,
        invokedBy: 'ec2fleet.amazonaws.com',
        sessionContext: { sessionIssuer: { arn: role, userName: 'deployer' } },
      },
      { name: 'deployer', service: 'ec2fleet.amazonaws.com', principalArn: role },
    ],
    [
      'a federated user',
      {
        type: 'FederatedUser',
        arn: 'arn:aws:sts::111122223333:federated-user/carol',
        sessionContext: {
          sessionIssuer: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/broker', userName: 'broker' },
        },
      },
      { name: 'broker', sessionName: 'carol', principalArn: 'arn:aws:iam::111122223333:user/broker' },
    ],
    [
      'a SAML user',
      { type: 'SAMLUser', principalId: 'abc=:dave', userName: 'dave', identityProvider: 'saml:namequalifier' },
      { type: 'SAMLUser', name: 'dave', arn: null, principalArn: null },
    ],
    [
      'a web identity',
      {
        type: 'WebIdentityUser',
        principalId: 'accounts.google.com:app:1',
        userName: '1',
        identityProvider: 'accounts.google.com',
      },
      { type: 'WebIdentityUser', name: '1', arn: null },
    ],
    [
      'a user of Identity Center',
      {
        type: 'IdentityCenterUser',
        accountId: '111122223333',
        onBehalfOf: { userId: '544894e8-80c1', identityStoreArn: 'arn:x' },
      },
      { type: 'IdentityCenterUser', name: '544894e8-80c1', arn: null },
    ],
    [
      'another account',
      { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '444455556666' },
      { type: 'AWSAccount', name: 'AIDAEXAMPLE', accountId: '444455556666', arn: null },
    ],
    [
      'a service by itself',
      { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' },
      { type: 'AWSService', name: 'autoscaling.amazonaws.com', service: 'autoscaling.amazonaws.com', arn: null },
    ],
    [
      'an identity of odd shapes',
      { type: 7, arn: [], sessionContext: 'no', userName: {} },
      { type: 'Unknown', arn: null, name: null },
    ],
  ];
  it.each(cases)('is %s', (_, userIdentity, expected) => {
    expect(readActor({ userIdentity, sourceIPAddress: '198.51.100.7' })).toMatchObject({
      ...expected,
      sourceIp: '198.51.100.7',
    });
  });

  it.each([[{}], [{ userIdentity: null }], [{ userIdentity: 'root' }], [{ userIdentity: [] }]])(
    'is nobody in %j',
    (detail) => {
      expect(readActor(detail)).toBeNull();
    },
  );
});

describe('what became of a call', () => {
  it.each([
    [{}, 'succeeded'],
    [{ errorCode: null }, 'succeeded'],
    [{ errorCode: 'AccessDenied' }, 'denied'],
    [{ errorCode: 'AccessDeniedException' }, 'denied'],
    [{ errorCode: 'Client.UnauthorizedOperation' }, 'denied'],
    [{ errorCode: 'Client.DryRunOperation' }, 'dry-run'],
    [{ errorCode: 'Client.InvalidPermission.NotFound' }, 'failed'],
    [{ errorCode: 'ThrottlingException' }, 'failed'],
    [{ errorMessage: 'Failed authentication' }, 'failed'],
  ])('%j: %s', (detail, expected) => {
    expect(readOutcome(detail)).toBe(expected);
  });
});
