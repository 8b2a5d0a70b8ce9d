import * as z from 'zod';
import { sha256 } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { actionContext } from '../action-context';
import type { ActionContext } from '../actions/action';
import type { Category, Chapter, Scope } from '../categories/category';
import { categoryById } from '../categories/registry';
import type { Deps } from '../deps';
import { ContractBroken } from '../errors';
import { type Incident, newlyOpened, type StoredObject, unknownTouch } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { nameOf, readActor, readOutcome } from './cloudtrail';
import { triage } from './contract';
import { accountOf, type Event, event as eventSchema } from './event';
import { scopeOf } from './scope';

/** Longer than the 24 hours for which EventBridge tries to deliver an event again. */
const rememberEventsSeconds = 14 * 86_400;
/** As long as a baseline is remembered: after that there is none which it could spoil. */
const disputeSeconds = 90 * 86_400;
/** Six attempts of a minute and 25 s between them: a triage that has not said what came of it by then has failed. */
const givenUpAfterMs = (6 * triage.timeoutSeconds + 25) * 1_000;

export const task = defineTask(triage, async (input, deps) => {
  const parsed = eventSchema.safeParse(input.event);
  if (!parsed.success) {
    throw new ContractBroken(`this is not an EventBridge event: ${z.prettifyError(parsed.error)}`);
  }
  const event = parsed.data;
  const category = categoryById(input.category);
  const { plan } = deps.plan(category.id);
  const ends = { incidentId: null, settleSeconds: plan.settle };

  // An event may be of two categories: each sees to it.
  const sight = `${category.id}#${event.id}`;
  const now = deps.now().getTime();
  const first = await deps.store.incidents.firstToSee(sight, input.executionArn, {
    at: new Date(now).toISOString(),
    givenUp: new Date(now - givenUpAfterMs).toISOString(),
    forgetAt: Math.floor(now / 1_000) + rememberEventsSeconds,
  });
  if (!first) {
    return { ...ends, disposition: 'duplicate' as const, reason: `the event ${event.id} has been delivered before` };
  }
  const outcome = readOutcome(event.detail);
  if (!category.reader.outcomes.includes(outcome)) {
    await deps.store.incidents.seenTo(sight);
    return { ...ends, disposition: 'out-of-scope' as const, reason: `the call changed nothing: ${outcome}` };
  }

  const time = new Date(timeOf(event)).toISOString();
  const reading = category.reader.read(event);
  const context = actionContext(deps);
  const { learned, ...reach } = await reachOf(context, category, { ...reading, time }, event, deps);
  if (reach.clusters.length === 0 && !reach.touches.includes(unknownTouch)) {
    await deps.store.incidents.seenTo(sight);
    const subjects = reading.subjects.map(({ id }) => id).join(', ');
    return {
      ...ends,
      disposition: 'out-of-scope' as const,
      reason: `it touches no cluster: ${subjects || 'no subject named'}`,
    };
  }

  const actor = readActor(event.detail);
  const account = accountOf(event);
  const { region } = event;
  const correlation = sha256([category.id, account, region, category.correlation(event, reach, actor)]);
  const joined = {
    eventId: event.id,
    time,
    name: nameOf(event),
    actor,
    subjects: [...reading.subjects],
    facts: { ...reading.facts, ...learned } as Json,
    touches: [...reading.touches],
    evidence: await keep(event, deps),
  };
  const chapter = chapterOf(category, event, account);
  const judged = await judgedIn(chapter.ends, input.executionArn, deps);
  const joins = judged === null ? null : await deps.store.incidents.joinOpen(correlation, joined, reach);
  if (judged !== null && joins === null) {
    await deps.store.incidents.seenTo(sight);
    const reason = `${joined.name} of ${reading.subjects.map(({ id }) => id).join(', ')} was judged already, in ${judged}`;
    return { ...ends, disposition: 'out-of-scope' as const, reason };
  }
  const { kind, incidentId } =
    joins === null
      ? await deps.store.incidents.openOrJoin(
          newIncident(category.id, { ...event, account }, correlation, input.executionArn, input.startedAt),
          joined,
          reach,
        )
      : { kind: 'joined' as const, incidentId: joins };
  const forgetAt = Math.floor(now / 1_000) + rememberEventsSeconds;
  await Promise.all(chapter.begins.map((name) => deps.store.incidents.noteBegun(name, incidentId, forgetAt)));
  const notStored = joined.evidence === null ? [`the event ${event.id} could not be stored whole`] : [];
  await deps.store.incidents.noteProblems(incidentId, [...notStored, ...context.problems]);
  const disputedUntil = Math.floor(now / 1_000) + disputeSeconds;
  const parent = category.parentOf?.(joined.facts) ?? null;
  const execution = input.executionArn.slice(input.executionArn.lastIndexOf(':') + 1);
  // Whichever of them fails, this execution does all of it again, and is let.
  await Promise.all([
    ...reading.subjects.map((it) => deps.store.baselines.dispute(it, incidentId, disputedUntil)),
    parent === null
      ? null
      : deps.store.incidents.noteChild(parent.incidentId, { execution, node: parent.node, incidentId }),
    deps.store.incidents.seenTo(sight),
  ]);
  deps.log('info', kind === 'opened' ? 'opened an incident' : 'joined an incident', { incidentId, event: event.id });
  return {
    disposition: kind,
    incidentId,
    reason: `${joined.name} touches ${reach.clusters.map(({ name }) => name).join(', ')}`,
    settleSeconds: plan.settle,
  };
});

/** What cannot be scoped now must not be lost: it is kept whole before the machine gives up and calls a human. */
async function reachOf(
  context: ActionContext,
  category: Category,
  reading: Parameters<Category['reach']>[1],
  event: Event,
  deps: Deps,
): Promise<Scope> {
  try {
    return await scopeOf(context, category, reading);
  } catch (error) {
    await keep(event, deps);
    throw error;
  }
}

/** What an event begins and ends, by names that no other category, account or Region has. */
function chapterOf(category: Category, event: Event, account: string): Chapter {
  const { begins, ends } = category.chapter?.(event) ?? { begins: [], ends: [] };
  const unique = (name: string) => `${category.id}#${account}#${event.region}#${name}`;
  return { begins: begins.map(unique), ends: ends.map(unique) };
}

/** The incident in which all of it was seen to begin; null where any of it is new, or this execution saw it begin itself. */
async function judgedIn(ends: readonly string[], executionArn: string, { store }: Deps): Promise<string | null> {
  const incidents = await Promise.all(ends.map((name) => store.incidents.begunIn(name)));
  const [first = null] = incidents;
  if (first === null || incidents.includes(null)) return null;
  return (await store.incidents.read(first)).executionArn === executionArn ? null : first;
}

/** When the call was made; the envelope's time is the same, rounded, where there is a record. */
function timeOf(event: Event): string {
  const recorded = event.detail['eventTime'];
  return typeof recorded === 'string' && !Number.isNaN(Date.parse(recorded)) ? recorded : event.time;
}

/** The raw event, before anything is done with it. That it cannot be stored does not stop the response. */
async function keep(event: Event, deps: Deps): Promise<StoredObject | null> {
  try {
    return await deps.evidence.write(`events/${sha256(event.id).slice(0, 32)}.json`, event);
  } catch (error) {
    deps.log('error', 'the event could not be stored', { event: event.id, error: String(error) });
    return null;
  }
}

/** The id comes from the event's, so that the same event always makes the same incident. */
function newIncident(
  category: string,
  event: Event,
  correlation: string,
  executionArn: string,
  openedAt: string,
): Incident {
  return newlyOpened({
    id: `${category}-${openedAt.slice(0, 10)}-${sha256([event.account, event.region, event.id]).slice(0, 8)}`,
    category,
    account: event.account,
    region: event.region,
    correlation,
    executionArn,
    openedAt,
  });
}

export const handler = lambdaFunction(task);
