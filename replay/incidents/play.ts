import jsonata from 'jsonata';
import stringify from 'safe-stable-stringify';
import type { StoredVersion } from '../estate/state';
import { readable } from '../slack/readable';
import type { LoadedIncident } from './incident-file';
import { type Moment, Rehearsal } from './rehearsal';

/** How an incident went, and where it went otherwise than its file expects. */
export interface Played {
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly moments: readonly Moment[];
  readonly result: Awaited<ReturnType<Rehearsal['result']>>;
}

/** Plays an incident to its end with the answers that its file scripts. */
export async function play(
  loaded: LoadedIncident,
  keep: (evidence: readonly StoredVersion[]) => void = () => {},
): Promise<Played> {
  const { incident } = loaded;
  let script = incident.answers;
  let offset = 0;
  const rehearsal = await Rehearsal.open(
    loaded,
    () => {},
    (question) => {
      for (const it of script) {
        if ('user' in it && it.question + offset === question.number) rehearsal.answer(question, it);
      }
    },
  );
  try {
    for (const it of script) if ('identity' in it) rehearsal.decide(it);
    await rehearsal.untilEnd();
    if (incident.undo !== undefined) {
      offset = rehearsal.questions.length;
      script = incident.undo.answers;
      rehearsal.startUndo(incident.undo.by);
      await rehearsal.untilEnd();
    }
    const result = await rehearsal.result();
    keep(rehearsal.evidence());
    const failures = await unmet(loaded, result);
    const { moments } = rehearsal;
    return { file: loaded.file, title: incident.title, passed: failures.length === 0, failures, moments, result };
  } finally {
    await rehearsal.close();
  }
}

type Result = Played['result'];

/** Everything that the file expects and that did not come. */
async function unmet({ incident: { expect, undo } }: LoadedIncident, result: Result): Promise<string[]> {
  const failures: string[] = [...result.wrong];
  const must = (holds: boolean, failure: string) => {
    if (!holds) failures.push(failure);
  };
  must(
    result.incidents.length === expect.incidents.length,
    `${expect.incidents.length} incident(s) were expected and ${result.incidents.length} were opened`,
  );
  for (const [index, wanted] of expect.incidents.entries()) {
    const found = result.incidents[index];
    if (found === undefined) continue;
    const which = expect.incidents.length === 1 ? 'the incident' : `incident ${index + 1}`;
    must(found.severity === wanted.severity, `${which} is ${found.severity}, not ${wanted.severity}`);
    must(found.outcome === wanted.outcome, `${which} ended ${found.outcome}, not ${wanted.outcome}`);
    must(
      wanted.rule === undefined || found.rule === wanted.rule,
      `${which} was decided by ${found.rule}, not ${wanted.rule}`,
    );
    must(
      wanted.alongside === undefined || stringify(found.alongside) === stringify(wanted.alongside),
      `beside it ${found.alongside.join(', ') || 'no rule'} held for ${which}, not ${wanted.alongside?.join(', ')}`,
    );
    must(found.sealed === wanted.sealed, `${which} is ${found.sealed ? '' : 'not '}sealed`);
    const made = found.changes
      .filter(({ state }) => state === 'verified' || state === 'undone')
      .map(({ line }) => line);
    const lines = wanted.changes;
    if (lines !== undefined) {
      const as = made.length === lines.length && lines.every((line, at) => made[at]?.includes(line));
      must(as, `${which} changed ${JSON.stringify(made)}, not ${JSON.stringify(lines)}`);
    }
    for (const kind of wanted.evidence ?? []) {
      must(
        found.evidence.some((entry) => entry.kind === kind),
        `${which} kept no evidence of the kind ${kind}`,
      );
    }
    const message = found.message === null ? '' : readable(found.message);
    for (const text of wanted.message ?? [])
      must(message.includes(text), `${which}’s message does not say ${JSON.stringify(text)}`);
    for (const text of wanted.thread ?? []) {
      must(
        found.thread.some((line) => line.includes(text)),
        `${which}’s thread does not say ${JSON.stringify(text)}`,
      );
    }
    for (const [at, text] of (wanted.approvals ?? []).entries()) {
      const as = found.approvals[at];
      must(as?.includes(text) === true, `${which}’s question ${at + 1} ended ${as}, not ${JSON.stringify(text)}`);
    }
    must(
      wanted.approvals === undefined || wanted.approvals.length === found.approvals.length,
      `${which} asked ${found.approvals.length} question(s), not ${wanted.approvals?.length}`,
    );
    for (const text of wanted.problems ?? []) {
      must(
        found.problems.some((line) => line.includes(text)),
        `${which}’s record does not name the problem ${JSON.stringify(text)}`,
      );
    }
  }
  const { outOfScope, joined, duplicate } = expect.ended ?? {};
  const counted = { 'out-of-scope': outOfScope, joined, duplicate } as const;
  for (const [name, wanted] of Object.entries(counted)) {
    const found = result.dispositions[name as keyof typeof counted];
    must(wanted === undefined || wanted === found, `${found} execution(s) ended ${name}, not ${wanted}`);
  }
  for (const timing of result.timings) {
    const { snapshot, isolate } = expect.within ?? {};
    must(
      snapshot === undefined || inTime(timing.timeToSnapshot, snapshot),
      `${timing.instanceId}: timeToSnapshot is ${timing.timeToSnapshot} ms`,
    );
    must(
      isolate === undefined || inTime(timing.timeToIsolate, isolate),
      `${timing.instanceId}: timeToIsolate is ${timing.timeToIsolate} ms`,
    );
  }
  must(expect.within === undefined || result.timings.length > 0, 'no node was preserved or isolated');
  for (const statement of expect.estate) {
    const holds: unknown = await jsonata(statement).evaluate(result.estate);
    must(holds === true, `of the final estate it is not true that ${statement}`);
  }
  if (expect.restored !== undefined) {
    const same = stringify(comparable(result.estate)) === stringify(comparable(result.estateBefore));
    must(same === expect.restored, `the estate is ${same ? '' : 'not '}as it was before`);
  }
  if (expect.untouched === true) {
    must(
      result.incidents.every(({ changes }) => changes.length === 0),
      'the responders changed something',
    );
  }
  for (const text of expect.whispers ?? []) {
    must(
      result.whispers.some((it) => it.text.includes(text)),
      `nobody was told alone ${JSON.stringify(text)}`,
    );
  }
  for (const text of expect.fallback ?? []) {
    must(
      result.published.some(({ message }) => message.includes(text)),
      `the fallback does not say ${JSON.stringify(text)}`,
    );
  }
  must(undo === undefined || result.incidents.length > 0, 'there is nothing to undo');
  return failures;
}

function inTime(found: number | null, limit: number): boolean {
  return found !== null && found < limit;
}

/** An estate without the identifiers and counters that AWS assigns anew: equal apart from those is restored. */
function comparable(estate: unknown): unknown {
  const it = estate as Record<string, Record<string, Record<string, unknown>>>;
  const without = (map: Record<string, Record<string, unknown>> = {}, ...names: string[]) =>
    Object.values(map)
      .map((one) => stringify(Object.fromEntries(Object.entries(one).filter(([name]) => !names.includes(name)))))
      .sort();
  const { snapshots: _evidence, ...kept } = it;
  const later = (name: string, ...names: string[]) => without(kept[name], ...names);
  return {
    ...kept,
    // What a group has done is on record; nobody takes it back.
    autoScalingGroups: later('autoScalingGroups', 'activities'),
    elasticAddresses: later('elasticAddresses', 'associationId'),
    instances: Object.values(kept['instances'] ?? {})
      .map(({ profile, ...rest }) => stringify({ ...rest, profile: (profile as { arn?: string } | null)?.arn ?? null }))
      .sort(),
    rules: without(it['rules'], 'id', 'description'),
    subnets: without(it['subnets'], 'associationId'),
    prefixLists: Object.values(it['prefixLists'] ?? {})
      .map(({ id, entries }) =>
        stringify({ id, cidrs: (entries as { cidr: string }[]).map(({ cidr }) => cidr).sort() }),
      )
      .sort(),
  };
}
