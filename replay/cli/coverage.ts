import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import stringify from 'safe-stable-stringify';
import { type Cover, isComplete, type Line } from '../coverage/coverage';
import { coverageShownBy } from '../coverage/stack-coverage';
import { incidentFiles } from '../incidents/incident-file';
import { playAll } from './play-all';

const folder = join(import.meta.dirname, '..', '..', 'test', 'incidents');

/**
 * Plays every incident and prints what of the playbook they show to be covered. Answers the exit status: 1 where something is
 * not covered that is not listed with its reason, and where an incident went otherwise than it should.
 */
export async function coverage({ json }: { readonly json: boolean }, print: (text: string) => void): Promise<0 | 1> {
  const all = await playAll(incidentFiles(folder), undefined, () => {});
  const played = all.map((one) => ({ ...one, file: relative(folder, one.file) }));
  const { lines, rehearsed } = coverageShownBy(played);
  const complete = isComplete(lines, rehearsed);
  if (json) {
    print(stringify({ complete, lines, rehearsed }, null, 2) ?? '{}');
    return complete ? 0 : 1;
  }
  print(table(lines));
  for (const { file, failures } of played) for (const failure of failures) print(`${pc.red('✘')} ${file}: ${failure}`);
  const covered = lines.filter(({ covers }) => covers.length > 0).length;
  const explained = lines.filter(({ notCoveredBecause }) => notCoveredBecause !== null).length;
  const passed = rehearsed.filter((it) => it.passed).length;
  print(
    `\n${covered} of ${lines.length} covered, ${explained} not covered for a reason that is listed, ${lines.length - covered - explained} not covered; ${passed} of ${rehearsed.length} incident(s) passed`,
  );
  return complete ? 0 : 1;
}

/** So many incidents are named for one cover; `--json` names all. */
const named = 2;

function table(lines: readonly Line[]): string {
  const cells = lines.flatMap((line) =>
    line.covers.length === 0
      ? [[line.id, pc.yellow('not covered'), line.notCoveredBecause ?? 'nobody says why', '', '', '']]
      : line.covers.map((cover, index) => [index === 0 ? line.id : '', ...cellsOf(cover)]),
  );
  const all = [['covers', 'runbook', 'rule', 'workflow', 'detection', 'incidents'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...all.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  );
  return all
    .map((row) =>
      row
        .map(
          (cell, column) =>
            cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stripVTControlCharacters(cell).length)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ runbook, rule, workflow, detection, incidents }: Cover): string[] {
  const more = incidents.length - named;
  const shown = `${incidents.slice(0, named).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [runbook, rule, workflow, detection.join(', '), shown];
}
