import type { Notification, Trace } from './command';
import type { EstateDescription, Identity } from './description';

/** CloudTrail's record of a call, and EventBridge's envelope around it. */
export interface RecordedCall {
  readonly eventId: string;
  readonly requestId: string;
  readonly time: number;
  readonly service: string;
  readonly action: string;
  readonly caller: Identity;
  readonly trace: Trace;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export type EventBridgeEvent = Readonly<Record<string, unknown>> & { readonly id: string; readonly time: string };

export function userIdentity(
  it: Identity,
  { account, partition }: EstateDescription,
  at: string,
): Record<string, unknown> {
  const invokedBy = it.invokedBy === undefined ? {} : { invokedBy: it.invokedBy };
  const attributes = { creationDate: at, mfaAuthenticated: String(it.mfa) };
  switch (it.type) {
    case 'Root':
      return {
        type: 'Root',
        principalId: account,
        arn: `arn:${partition}:iam::${account}:root`,
        accountId: account,
        sessionContext: { attributes },
        ...invokedBy,
      };
    case 'IAMUser':
      return {
        type: 'IAMUser',
        principalId: 'AIDAEXAMPLEUSERID0000',
        arn: `arn:${partition}:iam::${account}:user/${it.user}`,
        accountId: account,
        accessKeyId: accessKeyId(it),
        userName: it.user,
        ...invokedBy,
      };
    case 'AssumedRole':
      return {
        type: 'AssumedRole',
        principalId: `AROAEXAMPLEROLEID0000:${it.session}`,
        arn: `arn:${partition}:sts::${account}:assumed-role/${it.role}/${it.session}`,
        accountId: account,
        accessKeyId: accessKeyId(it),
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: 'AROAEXAMPLEROLEID0000',
            arn: `arn:${partition}:iam::${account}:role${it.path}${it.role}`,
            accountId: account,
            userName: it.role,
          },
          attributes,
        },
        ...invokedBy,
      };
    case 'AWSService':
      return { type: 'AWSService', invokedBy: it.service };
    default:
      return it satisfies never;
  }
}

/** What LookupEvents calls the caller: the session's name or the user's. */
export function usernameOf(it: Identity): string {
  switch (it.type) {
    case 'Root':
      return 'root';
    case 'IAMUser':
      return it.user;
    case 'AssumedRole':
      return it.session;
    case 'AWSService':
      return it.service;
    default:
      return it satisfies never;
  }
}

export function accessKeyId(it: Identity): string | null {
  if (it.type === 'IAMUser') return it.accessKey.id;
  return it.type === 'AssumedRole' ? 'ASIAIOSFODNN7EXAMPLE' : null;
}

export function envelope(call: RecordedCall, description: EstateDescription): EventBridgeEvent {
  // Both CloudTrail and EventBridge tell time to the second.
  const at = `${new Date(call.time).toISOString().slice(0, 19)}Z`;
  const { account, region } = description;
  const detail = {
    eventVersion: '1.11',
    userIdentity: userIdentity(call.caller, description, at),
    eventTime: at,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.action,
    awsRegion: region,
    sourceIPAddress: call.caller.type === 'AWSService' ? call.caller.service : call.caller.sourceIp,
    userAgent: call.caller.userAgent,
    ...(call.error === null ? {} : { errorCode: call.error.code, errorMessage: call.error.message }),
    requestParameters: call.trace.requestParameters,
    responseElements:
      call.trace.responseElements === null ? null : { requestId: call.requestId, ...call.trace.responseElements },
    requestID: call.requestId,
    eventID: call.eventId,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
  return {
    version: '0',
    id: call.eventId,
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${call.service}`,
    account,
    time: at,
    region,
    resources: [],
    detail,
  };
}

/** EventBridge's envelope around what is no call. */
export function notificationEnvelope(
  { source, detailType, resources, detail }: Notification,
  id: string,
  time: number,
  { account, region }: EstateDescription,
): EventBridgeEvent {
  const at = `${new Date(time).toISOString().slice(0, 19)}Z`;
  return { version: '0', id, 'detail-type': detailType, source, account, time: at, region, resources, detail };
}

/** The record of a call from before the incident. */
export function pastRecord(
  past: EstateDescription['trail'][number],
  caller: Identity,
  begins: number,
  description: EstateDescription,
): Record<string, unknown> {
  const [service = '', name = ''] = past.event.split(':');
  const at = `${new Date(begins - past.minutesBefore * 60_000).toISOString().slice(0, 19)}Z`;
  return {
    userIdentity: userIdentity(caller, description, at),
    eventTime: at,
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    sourceIPAddress: caller.type === 'AWSService' ? caller.service : caller.sourceIp,
    userAgent: caller.userAgent,
    ...(past.error === undefined ? {} : { errorCode: past.error }),
    requestParameters: past.request,
    responseElements: null,
  };
}
