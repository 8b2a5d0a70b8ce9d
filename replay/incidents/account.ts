import pc from 'picocolors';
import { readable } from '../slack/readable';
import type { Played } from './play';
import type { Moment, RecordedChangeSet, RecordedIncident } from './rehearsal';

const marks: Readonly<Record<Moment['kind'], string>> = {
  event: '⚡',
  machine: '⚙ ',
  decision: '⚖ ',
  slack: '💬',
  answer: '👤',
  change: '✎ ',
  evidence: '🔒',
  undo: '↩ ',
};

/** Hours, minutes and seconds after the start. */
function clock(at: string, start: string): string {
  const seconds = Math.round((Date.parse(at) - Date.parse(start)) / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `+${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** One line of a timeline: when, and what. */
export function momentLine({ at, kind, text }: Moment, start: string): string {
  return `  ${pc.dim(clock(at, start))} ${marks[kind]} ${text.length > 220 ? `${text.slice(0, 219)}…` : text}`;
}

/** The readable account of an incident that was played. */
export function account(
  { file, title, passed, failures, moments, result }: Played,
  start: string,
  story: string,
): string {
  const lines = [
    '',
    `${passed ? pc.green('✔') : pc.red('✘')} ${pc.bold(title)} ${pc.dim(file)}`,
    ...story
      .trim()
      .split('\n')
      .map((line) => `  ${pc.italic(line.trim())}`),
    '',
    ...moments.map((moment) => momentLine(moment, start)),
  ];
  for (const incident of result.incidents) {
    lines.push(
      '',
      `  ${pc.bold(incident.id)}: ${incident.severity}, ${pc.bold(String(incident.outcome))}`,
      `  open      ${clock(incident.openedAt, start)} to ${incident.closedAt === null ? 'the end' : clock(incident.closedAt, start)}${incident.serves === null ? '' : `, for ${incident.serves}`}`,
      `  rule      ${[incident.rule, ...incident.alongside].join(', beside ')}: ${incident.because}`,
      ...incident.changeSets.flatMap((set) => changeSet(set, start)),
      ...(incident.changeSets.length === 0 ? ['  change    none'] : []),
      ...incident.snapshots.map(
        ({ id, of, lockedDays, at }) =>
          `  snapshot  ${id} ${of.startsWith('snap-') ? 'copy of' : 'of'} ${of}${lockedDays === null ? '' : `, locked for ${lockedDays} days`}, begun ${clock(at, start)}`,
      ),
      `  evidence  ${incident.evidence.length} piece(s)${incident.sealed ? ', sealed' : ''}: ${kinds(incident.evidence.map(({ kind }) => kind))}`,
      ...places(incident),
      ...incident.problems.map((problem) => `  problem   ${problem}`),
    );
    if (incident.message !== null) {
      lines.push(
        '  in Slack',
        ...readable(incident.message)
          .split('\n')
          .map((line) => pc.dim(`    │ ${line}`)),
      );
    }
  }
  for (const { instanceId, timeToSnapshot, timeToIsolate } of result.timings) {
    lines.push(
      '',
      `  ${instanceId}: timeToSnapshot ${inSeconds(timeToSnapshot)}, timeToIsolate ${inSeconds(timeToIsolate)}`,
    );
  }
  if (result.incidents.length === 0) lines.push('', '  no incident was opened');
  lines.push(...failures.map((failure) => `  ${pc.red('✘')} ${failure}`));
  return lines.join('\n');
}

const purposes = {
  protect: 'to protect what is there',
  contain: 'to contain it',
  expel: 'to expel whoever did it',
  remediate: 'to put it right',
  undo: 'to undo it',
} as const;

/** What was to be changed together, by whose leave, and what became of it. */
function changeSet({ purpose, hash, leave, changes }: RecordedChangeSet, start: string): string[] {
  return [
    `  change    ${purposes[purpose]}: ${hash}, ${leave}`,
    ...changes.map(({ line, state, failure, from, to }) => {
      const when =
        from === null || to === null
          ? ' '.repeat('+00:00:00 to +00:00:00'.length)
          : `${clock(from, start)} to ${clock(to, start)}`;
      return `            ${when} ${(state ?? 'not made').padEnd(9)} ${line}${failure === null ? '' : ` (${failure})`}`;
    }),
  ];
}

function places({ id, evidence }: RecordedIncident): string[] {
  const buckets = [...new Set(evidence.map(({ bucket }) => bucket))];
  return buckets.map((bucket) => `            in s3://${bucket}/incidents/${id}/`);
}

function inSeconds(milliseconds: number | null): string {
  return milliseconds === null ? 'never' : `${(milliseconds / 1_000).toFixed(2)} s`;
}

function kinds(all: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of all) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)).join(', ');
}
