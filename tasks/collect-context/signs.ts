import type { ActorSign } from '../../runbooks/actor-signs';
import type { Actor } from '../../runbooks/incident';
import { part, readOutcome, textAt } from '../triage/cloudtrail';

/** A call as CloudTrail's record has it, as far as it tells something of who made it. */
export interface ObservedCall {
  readonly time: number;
  readonly sourceIp: string | null;
  readonly denied: boolean;
}

/** Reads a call out of the record that LookupEvents hands over as text; null where that is no record. */
export function observedCall(record: string | undefined, time: number): ObservedCall | null {
  let given: unknown;
  try {
    given = JSON.parse(record ?? '');
  } catch {
    return null;
  }
  const detail = part(given);
  return {
    time,
    sourceIp: textAt(detail, 'sourceIPAddress'),
    denied: readOutcome({ errorCode: textAt(detail, 'errorCode') }) === 'denied',
  };
}

/** One denied call is anybody's mistake; several are somebody who tries what the stolen thing can do. */
const denialsThatTell = 3;

/** What whoever stole it tried first belongs to the incident: it makes no address known. */
const settledMs = 15 * 60_000;

/**
 * What speaks for a principal being in other hands. An address is new where the hour before, but for its last quarter, has
 * calls from other addresses and none from this one; a principal that made no calls then tells nothing.
 */
export function signsOf(
  actor: Pick<Actor, 'type' | 'mfa' | 'sourceIp'>,
  since: number,
  calls: readonly ObservedCall[],
  findings: number,
): ActorSign[] {
  const earlier = calls.filter(
    ({ time, sourceIp }) => time < since - settledMs && sourceIp !== null && isAddress(sourceIp),
  );
  const known = new Set(earlier.map(({ sourceIp }) => sourceIp));
  const signs: Record<ActorSign, boolean> = {
    'new-source-address':
      actor.sourceIp !== null && isAddress(actor.sourceIp) && known.size > 0 && !known.has(actor.sourceIp),
    // The record of a role says nothing of how whoever assumed it had signed in.
    'no-mfa': (actor.type === 'IAMUser' || actor.type === 'Root') && actor.mfa !== true,
    'denied-calls': calls.filter(({ denied }) => denied).length >= denialsThatTell,
    'guardduty-finding': findings > 0,
  };
  return Object.entries(signs).flatMap(([sign, shows]) => (shows ? [sign as ActorSign] : []));
}

/** Where AWS calls in somebody's name the record has the service's name in place of an address. */
function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text) || text.includes(':');
}
