import { type Event as CloudTrailEvent, type LookupAttribute, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { ListDetectorsCommand, ListFindingsCommand } from '@aws-sdk/client-guardduty';
import { ListAccessKeysCommand } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { actionContext } from '../action-context';
import { categoryById } from '../categories/registry';
import type { Deps } from '../deps';
import type { Dossier } from '../dossier';
import { errorName } from '../errors';
import { readDossier } from '../read-dossier';
import type { Incident, RelatedCall } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { readActor, readOutcome } from '../triage/cloudtrail';
import { collectContext } from './contract';
import { observedCall, signsOf } from './signs';

/** An hour before the first event shows how it began; CloudTrail lags some minutes behind what has just happened. */
const lookBackMs = 3_600_000;
/** 20 questions at two a second are 10 s: an answer that is still worth waiting for at 3 a.m. */
const questions = 20;
/** LookupEvents allows two calls a second for each account and Region. */
const pauseMs = 500;
/** What the incident's record carries; the evidence has all that was found. */
const nearest = 25;

interface Question {
  readonly relation: RelatedCall['relation'];
  readonly attribute: LookupAttribute;
  /** What a record may name. Of calls that may stand behind an event only those count that name one of these. */
  readonly about: readonly string[];
}

interface Found {
  readonly relation: RelatedCall['relation'];
  readonly event: CloudTrailEvent;
  readonly names: readonly string[];
}

export const task = defineTask(collectContext, async ({ incidentId }, deps) => {
  const { incident, dossier } = await readDossier(deps, incidentId);
  const category = categoryById(incident.category);
  const plan = deps.plan(category.id);
  const context = actionContext(deps);
  const first = dossier.events[0];
  if (first === undefined) return { calls: 0, problems: [], attributed: true };

  const from = new Date(Date.parse(first.time) - lookBackMs);
  const known = new Set(dossier.events.map(({ eventId }) => eventId));
  const problems: string[] = [];
  const behind = await (category.lookups?.(context, dossier, plan) ?? Promise.resolve([])).catch((error: unknown) => {
    problems.push(`who stands behind: ${errorName(error)}`);
    return [];
  });
  const lookups: Question[] = [
    ...behind.map(({ attribute, about }) => ({ relation: 'behind-the-event' as const, attribute, about })),
    ...distinct(dossier.events.map(({ actor }) => actor?.sessionName ?? actor?.name ?? null)).map((name) => ({
      relation: 'same-actor' as const,
      attribute: { AttributeKey: 'Username' as const, AttributeValue: name },
      about: [],
    })),
    ...distinct(dossier.events.flatMap(({ subjects }) => subjects.map(({ id }) => id))).map((id) => ({
      relation: 'same-resource' as const,
      attribute: { AttributeKey: 'ResourceName' as const, AttributeValue: id },
      about: [id],
    })),
  ];

  const found = new Map<string, Found>();
  let asked = 0;
  for (const { relation, attribute, about } of lookups) {
    let token: string | undefined;
    do {
      if (asked === questions) break;
      if (asked > 0) await deps.pause(pauseMs);
      asked++;
      try {
        const page = await deps.aws.cloudTrail.send(
          new LookupEventsCommand({
            LookupAttributes: [attribute],
            StartTime: from,
            EndTime: deps.now(),
            MaxResults: 50,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        );
        for (const event of page.Events ?? []) {
          const id = event.EventId ?? '';
          const names = about.filter((name) => event.CloudTrailEvent?.includes(JSON.stringify(name)) === true);
          if ((relation === 'behind-the-event' && names.length === 0) || id === '' || known.has(id)) continue;
          const earlier = found.get(id);
          found.set(id, { relation, event, ...earlier, names: [...new Set([...(earlier?.names ?? []), ...names])] });
        }
        token = page.NextToken;
      } catch (error) {
        problems.push(`CloudTrail about ${attribute.AttributeValue}: ${errorName(error)}`);
        token = undefined;
      }
    } while (token !== undefined);
  }
  if (asked === questions) problems.push(`CloudTrail was asked ${questions} times; there may be more to find`);

  const related = [...found.values()];
  if (related.length > 0) {
    await deps.evidence.keep(
      incidentId,
      'cloudtrail',
      `version-${incident.version}/cloudtrail`,
      `${related.length} calls by the same actor or on the same resources, from ${from.toISOString()}`,
      related.map(({ relation, event }) => ({ relation, ...event, EventTime: event.EventTime?.toISOString() ?? null })),
      collectContext.id,
    );
  }
  await remember(incidentId, Date.parse(first.time), related, deps);
  await deps.store.incidents.set(incidentId, {
    keys: await agesOfKeys(dossier, deps, problems),
    signs: await signsOfActors(dossier, related, deps, problems),
  });
  await deps.store.incidents.noteProblems(incidentId, problems);
  const { dossier: now } = await readDossier(deps, incidentId);
  const attributions = (await category.attribute?.(context, now, plan)) ?? [];
  return { calls: related.length, problems, attributed: attributions.every(({ final }) => final) };
});

async function remember(incidentId: string, around: number, related: readonly Found[], { store }: Deps): Promise<void> {
  const distance = ({ EventTime }: CloudTrailEvent) => Math.abs((EventTime?.getTime() ?? 0) - around);
  const weight = ({ relation }: Found) => (relation === 'behind-the-event' ? 0 : 1);
  const context = [...related]
    .sort(
      (a, b) =>
        weight(a) - weight(b) ||
        distance(a.event) - distance(b.event) ||
        ((a.event.EventId ?? '') < (b.event.EventId ?? '') ? -1 : 1),
    )
    .slice(0, nearest)
    .map(({ relation, event, names }) => ({
      eventId: event.EventId ?? '',
      time: event.EventTime?.toISOString() ?? '',
      name: `${event.EventSource ?? ''}:${event.EventName ?? ''}`,
      relation,
      by: event.Username ?? null,
      ...recorded(event),
      resources: [
        ...new Set([
          ...names,
          ...(event.Resources ?? []).flatMap(({ ResourceName }) => ResourceName ?? []).slice(0, 5),
        ]),
      ],
    }));
  await store.incidents.set(incidentId, { context });
}

const record = z.record(z.string(), z.json()).catch({});

/** What the call's own record says of it. */
function recorded({ CloudTrailEvent = '{}' }: CloudTrailEvent): Pick<RelatedCall, 'actor' | 'outcome'> {
  const detail = record.parse(JSON.parse(CloudTrailEvent));
  return { actor: readActor(detail), outcome: readOutcome(detail) };
}

/** Of each principal: what speaks for its being in other hands. */
async function signsOfActors(
  { events }: Dossier,
  related: readonly { relation: RelatedCall['relation']; event: CloudTrailEvent }[],
  deps: Deps,
  problems: string[],
): Promise<Incident['signs']> {
  const findings = await findingsAbout(distinct(events.map(({ actor }) => actor?.accessKeyId ?? null)), deps, problems);
  const signs = new Map<string, Incident['signs'][number]>();
  for (const { actor, time } of events) {
    const principal = actor?.principalArn ?? actor?.arn ?? null;
    if (actor === null || principal === null || signs.has(principal)) continue;
    const name = actor.sessionName ?? actor.name;
    const calls = related
      .filter(({ relation, event }) => relation === 'same-actor' && event.Username === name)
      .flatMap(({ event }) => observedCall(event.CloudTrailEvent, event.EventTime?.getTime() ?? 0) ?? []);
    const found = actor.accessKeyId === null ? 0 : (findings.get(actor.accessKeyId) ?? 0);
    signs.set(principal, { principal, signs: signsOf(actor, Date.parse(time), calls, found) });
  }
  return [...signs.values()];
}

/** How many findings GuardDuty has about the use of each key. Where GuardDuty is off nobody looks, and that is no problem. */
async function findingsAbout(
  keys: readonly string[],
  { aws }: Deps,
  problems: string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  try {
    const { DetectorIds } = keys.length === 0 ? {} : await aws.guardDuty.send(new ListDetectorsCommand({}));
    for (const DetectorId of DetectorIds ?? []) {
      for (const key of keys) {
        const { FindingIds } = await aws.guardDuty.send(
          new ListFindingsCommand({
            DetectorId,
            FindingCriteria: {
              Criterion: {
                'resource.accessKeyDetails.accessKeyId': { Equals: [key] },
                'service.archived': { Equals: ['false'] },
              },
            },
          }),
        );
        found.set(key, (found.get(key) ?? 0) + (FindingIds?.length ?? 0));
      }
    }
  } catch (error) {
    problems.push(`GuardDuty about the actor’s key: ${errorName(error)}`);
  }
  return found;
}

/** IAM knows since when a user's key exists; a session's record says so itself. */
async function agesOfKeys({ events }: Dossier, { aws }: Deps, problems: string[]): Promise<Incident['keys']> {
  const users = distinct(events.map(({ actor }) => (actor?.type === 'IAMUser' ? actor.name : null)));
  const keys = [];
  for (const UserName of users) {
    try {
      const { AccessKeyMetadata = [] } = await aws.iam.send(new ListAccessKeysCommand({ UserName }));
      for (const { AccessKeyId, CreateDate } of AccessKeyMetadata) {
        const used = events.some(({ actor }) => actor?.accessKeyId === AccessKeyId);
        if (AccessKeyId === undefined || CreateDate === undefined || !used) continue;
        keys.push({ accessKeyId: AccessKeyId, createdAt: CreateDate.toISOString() });
      }
    } catch (error) {
      problems.push(`IAM about the keys of ${UserName}: ${errorName(error)}`);
    }
  }
  return keys;
}

function distinct(names: readonly (string | null)[]): string[] {
  return [...new Set(names)].filter((name) => name !== null && name !== '') as string[];
}

export const handler = lambdaFunction(task);
