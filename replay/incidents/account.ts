import pc from 'picocolors';
import { readable } from '../slack/readable';
import type { Played } from './play';
import type { Moment } from './rehearsal';

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

/** One line of a timeline: when, in hours, minutes and seconds after the start, and what. */
export function momentLine({ at, kind, text }: Moment, start: string): string {
  const seconds = Math.round((Date.parse(at) - Date.parse(start)) / 1_000);
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return `  ${pc.dim(`+${clock}`)} ${marks[kind]} ${text.length > 220 ? `${text.slice(0, 219)}…` : text}`;
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
      `  rule      ${[incident.rule, ...incident.alongside].join(' and ')}: ${incident.because}`,
      ...incident.changes.map(
        ({ line, state, failure }) =>
          `  change    ${state.padEnd(9)} ${line}${failure === null ? '' : ` (${failure})`}`,
      ),
      ...(incident.changes.length === 0 ? ['  change    none'] : []),
      `  evidence  ${incident.evidence.length} piece(s)${incident.sealed ? ', sealed' : ''}: ${kinds(incident.evidence.map(({ kind }) => kind))}`,
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

function inSeconds(milliseconds: number | null): string {
  return milliseconds === null ? 'never' : `${(milliseconds / 1_000).toFixed(2)} s`;
}

function kinds(all: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of all) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)).join(', ');
}
