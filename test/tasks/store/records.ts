import type { Incident, StoredEvent } from '../../../tasks/store/incidents';

/** An incident as triage writes it. */
export function incidentRecord(id: string, more: Partial<Incident> = {}): Incident {
  return {
    id,
    category: 'network-change',
    account: '111122223333',
    region: 'eu-central-1',
    correlation: id,
    executionArn: `arn:${id}`,
    status: 'open',
    version: 1,
    openedAt: '2026-03-14T02:47:00.000Z',
    closedAt: null,
    outcome: null,
    severity: null,
    decision: null,
    actor: null,
    facts: null,
    context: [],
    keys: [],
    signs: [],
    proposals: { protect: null, contain: null, expel: null, remediate: null, undo: null },
    rounds: 0,
    message: null,
    problems: [],
    ...more,
  };
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
