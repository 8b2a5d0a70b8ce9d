import type { Decision } from '../../../runbooks/decision';
import type { Actor } from '../../../runbooks/incident';
import { type Incident, newlyOpened, type StoredEvent } from '../../../tasks/store/incidents';

/** An incident as triage writes it. */
export function incidentRecord(id: string, more: Partial<Incident> = {}): Incident {
  const opened = newlyOpened({
    id,
    category: 'network-change',
    account: '111122223333',
    region: 'eu-central-1',
    correlation: id,
    executionArn: `arn:${id}`,
    openedAt: '2026-03-14T02:47:00.000Z',
  });
  return { ...opened, ...more };
}

export function eventRecord(eventId: string, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    eventId,
    time: '2026-03-14T02:47:00.000Z',
    name: 'ec2:Call',
    actor: null,
    subjects: [],
    facts: null,
    touches: [],
    evidence: null,
    ...more,
  };
}

/** Of a decision that does nothing, what a test does not care about. */
export function decisionRecord(more: Partial<Decision> = {}): Decision {
  return {
    ruleId: 'a-rule',
    because: 'The rule says so.',
    severity: 'critical',
    alongside: [],
    planDigest: 'd'.repeat(64),
    protect: { mode: 'never' },
    contain: { mode: 'never' },
    expel: { mode: 'never' },
    remediate: { mode: 'never' },
    forensics: false,
    doubted: false,
    notify: true,
    incidentVersion: 1,
    at: '2026-03-14T02:47:30.000Z',
    ...more,
  };
}

/** An actor each of whose texts is this one: whoever acts chooses most of them. */
export function actorSaying(text: string): Actor {
  return {
    type: text,
    arn: text,
    name: text,
    service: text,
    principalArn: text,
    sessionName: text,
    accountId: text,
    sourceIp: text,
    userAgent: text,
    mfa: null,
    accessKeyId: text,
    sessionSince: null,
  };
}

export const nowhere = { clusters: [], touches: [], exposed: [] };
