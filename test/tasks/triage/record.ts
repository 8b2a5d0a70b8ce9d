import type { Json } from '../../../runbooks/incident';
import type { Event } from '../../../tasks/triage/event';

type Detail = Event['detail'];

/** A call by a user, as a trail records it and EventBridge delivers it. */
export function called(eventName: string, requestParameters: Json, responseElements: Json = null, more: Detail = {}) {
  return delivered('aws.ec2', 'AWS API Call via CloudTrail', {
    eventSource: 'ec2.amazonaws.com',
    eventName,
    eventTime: '2026-03-01T03:00:00Z',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory', userName: 'mallory' },
    requestParameters,
    responseElements,
    ...more,
  });
}

export function delivered(source: string, detailType: string, detail: Detail): Event {
  return {
    id: '5b2c1d0e-0000-4000-8000-000000000001',
    'detail-type': detailType,
    source,
    account: '111122223333',
    time: '2026-03-01T03:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail,
  };
}
