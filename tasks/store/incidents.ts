import * as z from 'zod';
import { actorSign } from '../../runbooks/actor-signs';
import { decision, type Proposal, type Purpose, proposal } from '../../runbooks/decision';
import { evidencePart } from '../../runbooks/evidence';
import { actor, callOutcome, incidentOutcome, incidentStatus, json, resource, severity } from '../../runbooks/incident';
import { RecordMissing } from '../errors';
import type { Key, Table } from './table';

/** A piece of evidence as S3 has it: enough to find this very version and to prove its bytes. */
export const storedObject = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
  sha256: z.string(),
  sizeBytes: z.number().int(),
  requestId: z.string().nullable(),
  /** Where it was too large to be uploaded as one. */
  parts: z.array(evidencePart).optional(),
});
export type StoredObject = z.infer<typeof storedObject>;

export const joinedEvent = z.strictObject({
  eventId: z.string(),
  time: z.string(),
  name: z.string(),
  actor: actor.nullable(),
  subjects: z.array(resource),
  facts: json,
  touches: z.array(json),
  /** The event whole, in the evidence bucket; null where storing it failed. */
  evidence: storedObject.nullable(),
});
export type StoredEvent = z.infer<typeof joinedEvent>;

export const touchedCluster = z.strictObject({ name: z.string(), tags: z.record(z.string(), z.string()) });

/** Among `touches` where AWS refused to say which clusters are touched, and all that may be are taken as such. */
export const unknownTouch = 'unknown';

/** How far the subjects reach into clusters, as triage found it. */
export const reach = z.strictObject({
  clusters: z.array(touchedCluster),
  touches: z.array(z.string()),
  exposed: z.array(resource),
});
export type Reach = z.infer<typeof reach>;

/** As the table keeps it: an event and how far it reaches lie in one item. */
const reachingEvent = joinedEvent.extend({ reach });

/** Another call near the incident, as CloudTrail's LookupEvents has it. */
export const relatedCall = z.strictObject({
  eventId: z.string(),
  time: z.string(),
  name: z.string(),
  /** Whose it is: the same actor's, somebody's on the same resource, or one that may stand behind an event. */
  relation: z.enum(['same-actor', 'same-resource', 'behind-the-event']),
  by: z.string().nullable(),
  /** As its record names them; null where there is no record to read. */
  actor: actor.nullable(),
  outcome: callOutcome,
  resources: z.array(z.string()),
});
export type RelatedCall = z.infer<typeof relatedCall>;

export const incident = z.strictObject({
  id: z.string(),
  category: z.string(),
  account: z.string(),
  region: z.string(),
  /** What later events are matched by: see `correlationKey`. */
  correlation: z.string(),
  executionArn: z.string(),
  status: incidentStatus,
  /** Grows with every event that joins. What was decided at one version is outdated at the next. */
  version: z.number().int().positive(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  outcome: incidentOutcome.nullable(),
  severity: severity.nullable(),
  decision: decision.nullable(),
  /** Who stands behind it, as the decision saw it; null before that, and where nobody can tell. */
  actor: actor.nullable(),
  /** The facts on which it was decided. */
  facts: json,
  /** What is to be done, by purpose, and how far it has come. */
  proposals: z.strictObject({
    protect: proposal.nullable().default(null),
    contain: proposal.nullable(),
    expel: proposal.nullable().default(null),
    remediate: proposal.nullable(),
    undo: proposal.nullable(),
  }),
  /** What CloudTrail knew of the same actor and the same resources, nearest in time first; bounded. */
  context: z.array(relatedCall),
  /** Since when the long-lived keys exist that were used, as IAM knows it. */
  keys: z.array(z.strictObject({ accessKeyId: z.string(), createdAt: z.string() })),
  /** What speaks for an actor's principal, by its ARN, being in other hands. */
  signs: z.array(z.strictObject({ principal: z.string(), signs: z.array(actorSign) })),
  /** Rounds of proposals so far, over all purposes. */
  rounds: z.number().int().nonnegative(),
  /** The head message in Slack. */
  message: z.strictObject({ channel: z.string(), ts: z.string() }).nullable(),
  /** What went wrong on the way without stopping it: evidence that could not be had, messages that could not be sent. */
  problems: z.array(z.string()),
});
export type Incident = z.infer<typeof incident>;

/** An incident that serves another one: one node's, opened by the execution that the other's machine started. */
const childIncident = z.strictObject({ execution: z.string(), node: z.string(), incidentId: z.string() });
type ChildLink = z.infer<typeof childIncident>;
export interface ChildIncident extends Omit<ChildLink, 'incidentId'> {
  readonly incident: Incident;
}

/** DynamoDB's items end at 400 KB, and what travels from state to state at 256 KiB: so many problems of that length take 50 KB. */
const mostProblems = 100;
const longestProblem = 500;
const moreProblems = 'more went wrong than is listed here';

/** Problems as far as there is room to list them, each once. */
export function listable(problems: Iterable<string>, room = mostProblems): string[] {
  const all = [...new Set([...problems].map((problem) => problem.slice(0, longestProblem)))];
  return all.length > room ? [...all.slice(0, room), moreProblems] : all;
}

/** An incident of which nothing is known yet but what opened it, where and when. */
export function newlyOpened(
  it: Pick<Incident, 'id' | 'category' | 'account' | 'region' | 'correlation' | 'executionArn' | 'openedAt'>,
): Incident {
  return {
    ...it,
    status: 'open',
    version: 1,
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
  };
}

const partition = (incidentId: string) => `INCIDENT#${incidentId}`;
const meta = (incidentId: string): Key => ({ pk: partition(incidentId), sk: 'INCIDENT' });
const eventKey = (incidentId: string, event: StoredEvent): Key => ({
  pk: partition(incidentId),
  sk: `EVENT#${event.time}#${event.eventId}`,
});
const childKey = (incidentId: string, executionName: string): Key => ({
  pk: partition(incidentId),
  sk: `CHILD#${executionName}`,
});
const claim = (correlation: string): Key => ({ pk: `OPEN#${correlation}`, sk: 'CLAIM' });
const execution = (executionArn: string): Key => ({ pk: `EXECUTION#${executionArn}`, sk: 'INCIDENT' });
const seen = (eventId: string): Key => ({ pk: `SEEN#${eventId}`, sk: 'EVENT' });
const begun = (name: string): Key => ({ pk: `BEGUN#${name}`, sk: 'INCIDENT' });
const told = (executionArn: string): Key => ({ pk: `EXECUTION#${executionArn}`, sk: 'TOLD' });

export type Disposition =
  | { readonly kind: 'opened'; readonly incidentId: string }
  | { readonly kind: 'joined'; readonly incidentId: string };

export class Incidents {
  constructor(private readonly table: Table) {}

  /**
   * Whether it is for this execution to see to the event. EventBridge delivers at least once: a second delivery starts a
   * second execution, which ends here. The same execution asking again is told yes again, and so is another one where the
   * first saw the event before `givenUp` and never came to say that it had `seenTo` it: an archive may be replayed.
   */
  async firstToSee(
    eventId: string,
    executionArn: string,
    { at, givenUp, forgetAt }: { readonly at: string; readonly givenUp: string; readonly forgetAt: number },
  ): Promise<boolean> {
    return this.table.putIf(
      seen(eventId),
      { executionArn, at, done: false, ttl: forgetAt },
      {
        when: 'attribute_not_exists(pk) OR executionArn = :me OR done = :not AND #at < :givenUp',
        names: { '#at': 'at' },
        values: { ':me': executionArn, ':not': false, ':givenUp': givenUp },
      },
    );
  }

  /** The event has come to where it belongs: whoever brings it again is told so. */
  async seenTo(eventId: string): Promise<void> {
    await this.table.update(seen(eventId), 'SET done = :yes', {
      when: 'attribute_exists(pk)',
      values: { ':yes': true },
    });
  }

  /** Notes that what has this name began with an event of this incident. */
  async noteBegun(name: string, incidentId: string, forgetAt: number): Promise<void> {
    await this.table.put(begun(name), { incidentId, ttl: forgetAt });
  }

  /** The incident with an event of which what has this name began; null where nobody saw it begin. */
  async begunIn(name: string): Promise<string | null> {
    const item = await this.table.get(begun(name));
    return item === null ? null : String(item['incidentId']);
  }

  /** Whether an execution's failure has been told of already. */
  async toldOf(executionArn: string): Promise<boolean> {
    return (await this.table.get(told(executionArn))) !== null;
  }

  async noteTold(executionArn: string, forgetAt: number): Promise<void> {
    await this.table.put(told(executionArn), { ttl: forgetAt });
  }

  /**
   * Claims the subject's open incident for `candidate`, or joins the incident that has it. Exactly one execution owns an
   * open incident; every event lies in exactly one.
   *
   * The candidate is written before it is claimed, so that whoever loses always finds the winner whole. Of a storm nearly
   * every event joins: whether somebody holds the claim is asked first.
   */
  async openOrJoin(candidate: Incident, event: StoredEvent, extent: Reach): Promise<Disposition> {
    for (;;) {
      const held = await this.table.get(claim(candidate.correlation));
      const winner = held === null ? candidate.id : String(held['incidentId']);
      if (winner === candidate.id) {
        if (await this.claimFor(candidate, event, extent)) return { kind: 'opened', incidentId: candidate.id };
        continue;
      }
      if (await this.join(winner, event, extent)) {
        await this.discard(candidate.id, event);
        return { kind: 'joined', incidentId: winner };
      }
      // The winner closed while its claim was still standing: the claim is free to take.
      await this.table.deleteIf(claim(candidate.correlation), {
        when: 'incidentId = :closed',
        values: { ':closed': winner },
      });
    }
  }

  /** Joins the incident that is open for its subject; null where none is. */
  async joinOpen(correlation: string, event: StoredEvent, extent: Reach): Promise<string | null> {
    const held = await this.table.get(claim(correlation));
    const winner = held === null ? null : String(held['incidentId']);
    return winner !== null && (await this.join(winner, event, extent)) ? winner : null;
  }

  /** Whether an event became part of an incident: of one that has closed it does not. */
  private async join(incidentId: string, event: StoredEvent, extent: Reach): Promise<boolean> {
    await this.writeEvent(incidentId, event, extent);
    if (await this.noteArrival(incidentId)) return true;
    await this.discardEvent(incidentId, event);
    return false;
  }

  private async claimFor(candidate: Incident, event: StoredEvent, extent: Reach): Promise<boolean> {
    await Promise.all([
      this.table.putIf(meta(candidate.id), candidate, { when: 'attribute_not_exists(pk)' }),
      this.writeEvent(candidate.id, event, extent),
      this.table.put(execution(candidate.executionArn), { incidentId: candidate.id }),
    ]);
    return this.table.putIf(
      claim(candidate.correlation),
      { incidentId: candidate.id },
      { when: 'attribute_not_exists(pk) OR incidentId = :me', values: { ':me': candidate.id } },
    );
  }

  async read(incidentId: string): Promise<Incident> {
    const item = await this.table.get(meta(incidentId));
    if (item === null) throw new RecordMissing(`incident ${incidentId} is not in the store`);
    return incident.parse(withoutKeys(item));
  }

  /** The incident that an execution owns, or null: how one that was stopped from outside is found. */
  async ownedBy(executionArn: string): Promise<Incident | null> {
    const owner = await this.table.get(execution(executionArn));
    const item = owner === null ? null : await this.table.get(meta(String(owner['incidentId'])));
    return item === null ? null : incident.parse(withoutKeys(item));
  }

  /** The incident's events in the order in which they happened, and how far all of them together reach. */
  async events(incidentId: string): Promise<{ events: StoredEvent[]; reach: Reach }> {
    const items = await this.table.list(partition(incidentId), 'EVENT#');
    const stored = items.map((item) => reachingEvent.parse(withoutKeys(item)));
    const parts = stored.map(({ reach }) => reach);
    return {
      events: stored.map(({ reach: _reach, ...event }) => event),
      reach: {
        clusters: unique(parts.flatMap((part) => part.clusters)),
        touches: unique(parts.flatMap((part) => part.touches)),
        exposed: unique(parts.flatMap((part) => part.exposed)),
      },
    };
  }

  /** Sets fields of an incident that only its owner writes. */
  async set(
    incidentId: string,
    fields: Partial<Omit<Incident, 'id' | 'version' | 'status' | 'problems'>>,
  ): Promise<Incident> {
    const names = Object.keys(fields);
    const updated = await this.table.update(
      meta(incidentId),
      `SET ${names.map((_, index) => `#f${index} = :f${index}`).join(', ')}`,
      {
        when: 'attribute_exists(pk)',
        names: Object.fromEntries(names.map((name, index) => [`#f${index}`, name])),
        values: Object.fromEntries(Object.values(fields).map((value, index) => [`:f${index}`, value])),
      },
    );
    if (updated === null) throw new RecordMissing(`incident ${incidentId} is not in the store`);
    return incident.parse(withoutKeys(updated));
  }

  /** Sets how far one purpose has come. */
  async setProposal(incidentId: string, purpose: Purpose, it: Proposal | null): Promise<Incident> {
    const updated = await this.table.update(meta(incidentId), 'SET proposals.#purpose = :it', {
      when: 'attribute_exists(pk)',
      names: { '#purpose': purpose },
      values: { ':it': it },
    });
    if (updated === null) throw new RecordMissing(`incident ${incidentId} is not in the store`);
    return incident.parse(withoutKeys(updated));
  }

  /** Notes what went wrong without stopping the response, once. */
  async noteProblem(incidentId: string, problem: string): Promise<void> {
    await this.table.update(meta(incidentId), 'SET problems = list_append(problems, :new)', {
      when: 'attribute_exists(pk) AND NOT contains(problems, :problem)',
      values: { ':new': [problem], ':problem': problem },
    });
  }

  /**
   * The same of many at a time, such as each event of a storm brings. They leave room for what else the item holds:
   * what is beyond that is counted as one.
   */
  async noteProblems(incidentId: string, problems: Iterable<string>): Promise<void> {
    const all = listable(problems, Number.POSITIVE_INFINITY);
    while (all.length > 0) {
      const item = await this.table.get(meta(incidentId));
      if (item === null) return;
      const noted = incident.shape.problems.parse(item['problems']);
      const isNew = (problem: string) => !noted.includes(problem);
      const listed = listable(all.filter(isNew), Math.max(0, mostProblems - noted.length)).filter(isNew);
      if (listed.length === 0) return;
      const written = await this.table.update(meta(incidentId), 'SET problems = list_append(problems, :new)', {
        when: 'attribute_exists(pk) AND size(problems) = :noted',
        values: { ':new': listed, ':noted': noted.length },
      });
      // Another task may note something at the same time: then what is noted is read again.
      if (written !== null) return;
    }
  }

  /** Notes whose work an incident does, wherever it found it under way. */
  async noteChild(parentId: string, child: ChildLink): Promise<void> {
    await this.table.put(childKey(parentId, child.execution), child);
  }

  /** The incidents that serve this one, by the names of the executions that were started for them. */
  async children(incidentId: string): Promise<ChildIncident[]> {
    const items = await this.table.list(partition(incidentId), 'CHILD#');
    const children = items.map(async (item) => {
      const { incidentId: its, ...link } = childIncident.parse(withoutKeys(item));
      return { ...link, incident: await this.read(its) };
    });
    return Promise.all(children);
  }

  /**
   * Closes an incident if no event has joined since `version`, and lets go of its subject. Answers false where one has:
   * then it must be judged again. Closing what is closed already answers true.
   */
  async close(
    incidentId: string,
    version: number | 'any',
    end: { status: 'closed' | 'failed'; outcome: Incident['outcome']; closedAt: string },
  ): Promise<boolean> {
    const closed = await this.table.update(
      meta(incidentId),
      'SET #status = :status, outcome = :outcome, closedAt = :at',
      {
        when: version === 'any' ? '#status = :open' : '#status = :open AND version = :version',
        names: { '#status': 'status' },
        values: {
          ':status': end.status,
          ':outcome': end.outcome,
          ':at': end.closedAt,
          ':open': 'open',
          ...(version === 'any' ? {} : { ':version': version }),
        },
      },
    );
    const present = await this.read(incidentId);
    if (closed === null && present.status === 'open') return false;
    await this.table.deleteIf(claim(present.correlation), { when: 'incidentId = :me', values: { ':me': incidentId } });
    return true;
  }

  private async noteArrival(incidentId: string): Promise<boolean> {
    const joined = await this.table.update(meta(incidentId), 'SET version = version + :one', {
      when: '#status = :open',
      names: { '#status': 'status' },
      values: { ':one': 1, ':open': 'open' },
    });
    return joined !== null;
  }

  private async writeEvent(incidentId: string, event: StoredEvent, extent: Reach): Promise<void> {
    await this.table.put(eventKey(incidentId, event), { ...event, reach: extent });
  }

  private async discardEvent(incidentId: string, event: StoredEvent): Promise<void> {
    await this.table.deleteIf(eventKey(incidentId, event), {});
  }

  private async discard(incidentId: string, event: StoredEvent): Promise<void> {
    await this.discardEvent(incidentId, event);
    await this.table.deleteIf(meta(incidentId), {});
  }
}

function withoutKeys(item: Record<string, unknown>): Record<string, unknown> {
  const { pk: _pk, sk: _sk, ttl: _ttl, ...rest } = item;
  return rest;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
