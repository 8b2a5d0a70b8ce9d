import * as z from 'zod';
import type { Actor, CallOutcome } from '../../runbooks/incident';
import type { Event } from './event';

/** Reads what every CloudTrail record has. Nothing here throws: records are old, partial, or written by an attacker. */

type Detail = Event['detail'];

const text = z.string().min(1).nullable().catch(null);
const record = z.record(z.string(), z.unknown()).catch({});

/** Who made the call; null where the event is no record of a call. */
export function readActor(detail: Detail): Actor | null {
  const given = z.record(z.string(), z.unknown()).safeParse(detail['userIdentity']);
  if (!given.success) return null;
  const identity = given.data;
  const session = record.parse(identity['sessionContext']);
  const issuer = record.parse(session['sessionIssuer']);
  const attributes = record.parse(session['attributes']);

  const type = text.parse(identity['type']) ?? 'Unknown';
  const arn = text.parse(identity['arn']);
  const issuerArn = text.parse(issuer['arn']);
  const sessionName = type === 'AssumedRole' || type === 'FederatedUser' ? lastSegment(arn) : null;
  const invokedBy = text.parse(identity['invokedBy']);
  const mfa = text.parse(attributes['mfaAuthenticated']);
  return {
    type,
    arn,
    name: text.parse(issuer['userName']) ?? text.parse(identity['userName']) ?? nameByType(type, identity, sessionName),
    service: type === 'AWSService' ? (invokedBy ?? text.parse(detail['sourceIPAddress'])) : invokedBy,
    principalArn: issuerArn ?? (type === 'AssumedRole' ? roleOfSession(arn) : arn),
    sessionName,
    accountId: text.parse(identity['accountId']),
    sourceIp: text.parse(detail['sourceIPAddress']),
    userAgent: text.parse(detail['userAgent']),
    mfa: mfa === null ? null : mfa === 'true',
    accessKeyId: text.parse(identity['accessKeyId']),
    sessionSince: text.parse(attributes['creationDate']),
  };
}

function nameByType(type: string, identity: Readonly<Record<string, unknown>>, session: string | null): string | null {
  if (type === 'Root') return 'root';
  if (type === 'AWSService') return text.parse(identity['invokedBy']);
  const onBehalfOf = record.parse(identity['onBehalfOf']);
  return session ?? text.parse(onBehalfOf['userId']) ?? text.parse(identity['principalId']);
}

function lastSegment(arn: string | null): string | null {
  return arn?.split('/').at(-1) ?? null;
}

/** Where a record lacks the issuer: `arn:aws:sts::1:assumed-role/NAME/SESSION` is the role NAME, its path unknown. */
function roleOfSession(arn: string | null): string | null {
  const match = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn ?? '');
  return match === null ? arn : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}

/** What became of the call. A dry run is an error by its code, and one that would have worked. */
export function readOutcome(detail: Detail): CallOutcome {
  const code = text.parse(detail['errorCode']);
  if (code === null) return text.parse(detail['errorMessage']) === null ? 'succeeded' : 'failed';
  if (/DryRunOperation$/.test(code)) return 'dry-run';
  return /AccessDenied|Unauthorized|Forbidden|ExplicitDeny/i.test(code) ? 'denied' : 'failed';
}

/** What an event is called: `ec2.amazonaws.com:RunInstances` for a call, otherwise its detail type. */
export function nameOf(event: Event): string {
  const name = text.parse(event.detail['eventName']);
  return name === null ? event['detail-type'] : `${text.parse(event.detail['eventSource']) ?? event.source}:${name}`;
}

/** A part of a record that is an object, or nothing. */
export function part(value: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  return record.parse(path.reduce<unknown>((inner, name) => record.parse(inner)[name], value));
}

/**
 * The members of a list as CloudTrail writes it: `{"items": […]}`, `{}` where it is empty, and in some records a plain
 * list or one member by itself.
 */
export function items(value: unknown): Readonly<Record<string, unknown>>[] {
  const within = record.parse(value)['items'] ?? value;
  const list = Array.isArray(within) ? within : [within];
  return list.map((item) => record.parse(item)).filter((item) => Object.keys(item).length > 0);
}

/** Tags as records and findings list them, by their keys. */
export function tagsIn(...lists: readonly unknown[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lists.flatMap(items).flatMap((tag) => {
      const key = textAt(tag, 'key', 'Key');
      return key === null ? [] : [[key, textAt(tag, 'value', 'Value') ?? '']];
    }),
  );
}

export function textAt(value: unknown, ...names: readonly string[]): string | null {
  const from = record.parse(value);
  for (const name of names) {
    const found = from[name];
    if (typeof found === 'string' && found !== '') return found;
    if (typeof found === 'number' || typeof found === 'boolean') return String(found);
  }
  return null;
}

/** A whole number, which some records write as a text. */
export function numberAt(value: unknown, ...names: readonly string[]): number | null {
  const found = textAt(value, ...names);
  const number = found !== null && /^-?\d+$/.test(found) ? Number(found) : null;
  return Number.isSafeInteger(number) ? number : null;
}

/** The texts of a list; nothing where there is none. */
export function textsAt(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : [];
}
