import type { Answer, Row, Subcategory } from '../../runbooks/playbook';

/** A runbook, as far as coverage goes. */
export interface Covering {
  readonly category: string;
  readonly nist: readonly string[];
  readonly rules: readonly string[];
  /** The state machine that answers, and the EventBridge rule that starts it; null where others start it. */
  readonly machine: string;
  readonly eventRule: string | null;
}

/** An incident that has just been replayed, by which rules of which plans it was decided, and upon what. */
export interface Rehearsed {
  readonly file: string;
  readonly passed: boolean;
  readonly decided: readonly {
    readonly category: string;
    readonly rule: string | null;
    /** The names of the events. */
    readonly told: readonly string[];
  }[];
}

/** One way in which something is covered: all of it is there, and the incidents passed. */
export interface Cover {
  readonly runbook: string;
  readonly rule: string;
  readonly workflow: string;
  readonly detection: readonly string[];
  readonly incidents: readonly string[];
}

export interface Line {
  readonly id: string;
  readonly says: string;
  readonly covers: readonly Cover[];
  /** Why it is not covered, where that is known; null where it is covered, and where nobody said why not. */
  readonly notCoveredBecause: string | null;
}

export interface Found {
  readonly runbooks: readonly Covering[];
  /** Names of everything in the stack that detects: rules of EventBridge and of AWS Config. */
  readonly detections: ReadonlySet<string>;
  readonly rehearsed: readonly Rehearsed[];
}

/** A subcategory is covered by every runbook that is tagged with it and that an incident has shown to work. */
export function coverageOfSubcategory({ id, says, unless }: Subcategory, found: Found): Line {
  const covers = found.runbooks
    .filter(({ nist }) => nist.includes(id))
    .flatMap((runbook) => coverBy({ category: runbook.category }, found) ?? []);
  return { id, says, covers, notCoveredBecause: covers.length === 0 ? (unless ?? null) : null };
}

/** A row is covered where all that answers it is there and has been shown to work: a half of it is none. */
export function coverageOfRow({ id, says, answers, unless }: Row, found: Found): Line {
  const covers = answers.map((answer) => coverBy(answer, found));
  const whole = covers.length > 0 && covers.every((cover) => cover !== null);
  return {
    id,
    says,
    covers: whole ? covers.filter((cover) => cover !== null) : [],
    notCoveredBecause: whole ? null : (unless ?? null),
  };
}

/** Null where any of it is missing: the runbook, one of its rules, what detects, or an incident that passed for each rule. */
function coverBy(
  { category, rules, detectedBy = [], toldBy }: Answer,
  { runbooks, detections, rehearsed }: Found,
): Cover | null {
  const runbook = runbooks.find((it) => it.category === category);
  if (runbook === undefined) return null;
  const detection = [...(runbook.eventRule === null ? [] : [runbook.eventRule]), ...detectedBy];
  if (!detection.every((name) => detections.has(name))) return null;
  const showing = (rule: string | null) =>
    rehearsed.filter(
      ({ passed, decided }) =>
        passed &&
        decided.some(
          (it) =>
            it.category === category &&
            (rule === null || it.rule === rule) &&
            (toldBy === undefined || toldBy.some((name) => it.told.includes(name))),
        ),
    );
  const wanted: readonly (string | null)[] = rules ?? [null];
  const incidents = wanted.map((rule) => showing(rule).map(({ file }) => file));
  if (incidents.some((files) => files.length === 0)) return null;
  if (rules?.some((rule) => !runbook.rules.includes(rule))) return null;
  return {
    runbook: category,
    rule: rules?.join(', ') ?? `any of ${runbook.rules.length}`,
    workflow: runbook.machine,
    detection,
    incidents: [...new Set(incidents.flat())].sort(),
  };
}

/** Whether all is covered that is not listed with its reason, and whether every incident went as its file expects. */
export function isComplete(lines: readonly Line[], rehearsed: readonly Rehearsed[]): boolean {
  return (
    rehearsed.every(({ passed }) => passed) &&
    lines.every(({ covers, notCoveredBecause }) => covers.length > 0 || notCoveredBecause !== null)
  );
}
