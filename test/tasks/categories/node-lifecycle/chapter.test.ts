import type { Json } from '../../../../runbooks/incident';
import { chapterOf } from '../../../../tasks/categories/node-lifecycle/chapter';
import type { Event } from '../../../../tasks/triage/event';
import { called, delivered } from '../../triage/record';

const notification = (state: string) =>
  delivered('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': 'i-1', state });
const call = (name: string, more: Readonly<Record<string, Json>> = {}) =>
  called(name, { instancesSet: { items: [{ instanceId: 'i-1' }] } }, null, more);
const end = ['the end of i-1'];

test.each<[string, Event, readonly string[], readonly string[]]>([
  ['a call that terminates begins an end', call('TerminateInstances'), end, []],
  [
    'one that was denied begins none',
    call('TerminateInstances', { errorCode: 'Client.UnauthorizedOperation' }),
    [],
    [],
  ],
  ['shutting down is that end, and where nobody saw it begin it begins there', notification('shutting-down'), end, end],
  ['terminated is that end, and where nobody saw it begin it begins there', notification('terminated'), end, end],
  ['a stop is not the end of an instance', call('StopInstances'), [], []],
  ['nor is that it is stopping', notification('stopping'), [], []],
  ['or stopped: it can be started and stopped again', notification('stopped'), [], []],
])('%s', (_, event, begins, ends) => {
  expect(chapterOf(event)).toEqual({ begins, ends });
});
