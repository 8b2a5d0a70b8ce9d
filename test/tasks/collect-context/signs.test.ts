import { type ObservedCall, observedCall, signsOf } from '../../../tasks/collect-context/signs';

const now = Date.parse('2026-03-01T03:00:00Z');
const call = (sourceIp: string | null, denied = false, minutesBefore = 30): ObservedCall => ({
  time: now - minutesBefore * 60_000,
  sourceIp,
  denied,
});
const role = { type: 'AssumedRole', mfa: false, sourceIp: '198.51.100.7' };

test.each<[string, Parameters<typeof signsOf>[0], ObservedCall[], number, string[]]>([
  ['a role from where it always is', role, [call('198.51.100.7'), call('10.0.0.1')], 0, []],
  ['a role from elsewhere', role, [call('10.0.0.1')], 0, ['new-source-address']],
  [
    'a role that tried things from elsewhere before',
    role,
    [call('10.0.0.1'), call('198.51.100.7', false, 5)],
    0,
    ['new-source-address'],
  ],
  ['a role that nobody has seen before', role, [], 0, []],
  ['a role that services call for', role, [call('cloudformation.amazonaws.com')], 0, []],
  ['a service that calls in its name', { ...role, sourceIp: 'eks.amazonaws.com' }, [call('10.0.0.1')], 0, []],
  ['calls from elsewhere only afterwards', role, [call('10.0.0.1', false, -1)], 0, []],
  ['a user with a key alone', { ...role, type: 'IAMUser', mfa: null }, [], 0, ['no-mfa']],
  ['a user with MFA', { ...role, type: 'IAMUser', mfa: true }, [], 0, []],
  ['two denied calls', role, [call('198.51.100.7', true), call('198.51.100.7', true)], 0, []],
  ['three denied calls', role, Array.from({ length: 3 }, () => call('198.51.100.7', true)), 0, ['denied-calls']],
  ['a finding about its key', role, [], 1, ['guardduty-finding']],
])('%s', (_, actor, calls, findings, signs) => {
  expect(signsOf(actor, now, calls, findings)).toEqual(signs);
});

test.each<[string | undefined, ObservedCall | null]>([
  ['{"sourceIPAddress":"10.0.0.1","errorCode":"AccessDenied"}', { time: 1, sourceIp: '10.0.0.1', denied: true }],
  ['{"eventName":"GetRole"}', { time: 1, sourceIp: null, denied: false }],
  ['{', null],
  [undefined, null],
])('the record %s', (record, observed) => {
  expect(observedCall(record, 1)).toEqual(observed);
});
