import { networkChangeReader } from '../../../tasks/categories/network-change/reader';
import { BadEvent, explainEvent } from '../../../tasks/triage/explain';
import type { AnyReader } from '../../../tasks/triage/reading';
import { called, delivered } from './record';

const readers = [networkChangeReader as AnyReader];
const nowhere = () => [];
const toNetwork = () => ['network-change'];
const asked = { groupId: 'sg-1', ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0', ipPermissions: {} };

it('says where an event goes, about what, by whom, and what it did', () => {
  expect(explainEvent(called('AuthorizeSecurityGroupIngress', asked), toNetwork, readers)).toEqual({
    event: '5b2c1d0e-0000-4000-8000-000000000001',
    categories: ['network-change'],
    reason: 'ec2.amazonaws.com:AuthorizeSecurityGroupIngress: the pattern of network-change takes it',
    subject: [{ type: 'AWS::EC2::SecurityGroup', id: 'sg-1' }],
    actor: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory', name: 'mallory', service: null },
    outcome: 'succeeded',
    facts: { opensToInternet: 'yes', ports: ['22-22'], direction: 'ingress', effect: 'widens' },
  });
});

it('sorts the categories', () => {
  const both = () => ['node-lifecycle', 'network-change'];
  expect(explainEvent(called('CreateSecurityGroup', {}), both, readers).categories).toEqual([
    'network-change',
    'node-lifecycle',
  ]);
});

it.each([
  ['Client.UnauthorizedOperation', 'denied'],
  ['Client.DryRunOperation', 'dry-run'],
  ['InvalidCharacter', 'failed'],
])('goes nowhere with a call that changed nothing, but says what it was for: %s', (errorCode, outcome) => {
  expect(
    explainEvent(called('AuthorizeSecurityGroupIngress', asked, null, { errorCode }), nowhere, readers),
  ).toMatchObject({
    categories: [],
    reason: `ec2.amazonaws.com:AuthorizeSecurityGroupIngress changed nothing (${errorCode}): network-change takes only calls that succeeded`,
    outcome,
    facts: { opensToInternet: 'no', ports: ['22-22'] },
  });
});

it.each([
  [
    'a description',
    called('UpdateSecurityGroupRuleDescriptionsIngress', { groupId: 'sg-1' }),
    /changes nothing that could be put back$/,
  ],
  [
    'our own call',
    called('AuthorizeSecurityGroupIngress', asked),
    /its pattern leaves the event out, as it does our own roles' calls$/,
  ],
  ['another category', called('RunInstances', {}), /RunInstances is of no category$/],
])('says why it goes nowhere: %s', (_told, event, reason) => {
  expect(explainEvent(event, nowhere, readers).reason).toMatch(reason);
});

it('knows no actor where nobody called', () => {
  const event = delivered('aws.ec2', 'EC2 Instance State-change Notification', {
    'instance-id': 'i-1',
    state: 'stopped',
  });
  expect(explainEvent(event, nowhere, readers)).toMatchObject({
    actor: { type: null, arn: null, name: null, service: null },
    facts: {},
  });
});

const whole = called('CreateSecurityGroup', {});
const { detail: _detail, ...withoutDetail } = whole;
it.each([
  [withoutDetail, "`detail` is missing: give the whole event, as a rule's target receives it"],
  [{ ...whole, detail: 'x' }, /^`detail` is not as EventBridge writes it \(.+\): give the whole event/],
  [{ ...whole, id: '' }, /^`id` is not as EventBridge writes it/],
  [[whole], 'this is no object: an EventBridge event is one, with `id`, `source` and `detail`'],
  [null, 'this is no object: an EventBridge event is one, with `id`, `source` and `detail`'],
])('refuses what is no event: %#', (given, message) => {
  expect(() => explainEvent(given, nowhere, readers)).toThrow(BadEvent);
  expect(() => explainEvent(given, nowhere, readers)).toThrow(message);
});
