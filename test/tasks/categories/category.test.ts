import { byResource } from '../../../tasks/categories/category';
import { nodeLifecycle } from '../../../tasks/categories/node-lifecycle/node-lifecycle';
import type { Reach } from '../../../tasks/store/incidents';
import { delivered } from '../triage/record';

const reaching = (touches: string[], ...ids: readonly string[]): Reach => ({
  clusters: [{ name: 'payments', tags: {} }],
  touches,
  exposed: ids.map((id) => ({ type: 'AWS::ECR::Image', id })),
});

const notification = delivered('aws.ec2', 'EC2 Instance State-change Notification', {
  'instance-id': 'i-1',
  state: 'stopping',
});

describe('what is found of resources', () => {
  test('belongs together by the resource', () => {
    expect(byResource(reaching([], 'b', 'a'))).toEqual(byResource(reaching([], 'a', 'b')));
    expect(byResource(reaching([], 'a'))).not.toEqual(byResource(reaching([], 'b')));
  });

  test('belongs together where nobody may say of which cluster it is', () => {
    expect(byResource(reaching(['unknown'], 'a'))).toEqual(byResource(reaching(['unknown'], 'b')));
  });
});

test('an event of which nobody may say the cluster does not put a known one’s incident in doubt', () => {
  const of = (touches: string[]) => nodeLifecycle.correlation(notification, reaching(touches, 'i-1'), null);
  expect(of(['tags'])).toEqual(of(['baseline']));
  expect(of(['unknown'])).not.toEqual(of(['tags']));
});
