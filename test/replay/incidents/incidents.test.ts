import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import stringify from 'safe-stable-stringify';
import { schemas } from '../../../replay/cli/schemas';
import { coverageShownBy } from '../../../replay/coverage/stack-coverage';
import { incidentFiles, loadIncident } from '../../../replay/incidents/incident-file';
import { type Played, play } from '../../../replay/incidents/play';
import { changeSet, hashChangeSet } from '../../../runbooks/change';

const folder = join(__dirname, '..', '..', 'incidents');
const files = incidentFiles(folder).map((file) => relative(folder, file));

const played = new Map<string, Played>();

describe('every incident', () => {
  test.each(files)(
    '%s goes as its file expects',
    async (name) => {
      const one = await play(loadIncident(join(folder, name)));
      played.set(name, one);
      expect(one.failures).toEqual([]);
    },
    60_000,
  );

  test('shows of the playbook all that is not listed as not covered, with its reason', () => {
    const { lines } = coverageShownBy([...played.values()]);
    const missing = lines.filter(({ covers, notCoveredBecause }) => covers.length === 0 && notCoveredBecause === null);
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  test('gives the same bytes when it is played again', async () => {
    const [name = ''] = files;
    const again = await play(loadIncident(join(folder, name)));
    expect(stringify(again)).toBe(stringify(played.get(name)));
  }, 60_000);

  test('leaks no task token: not into a message, a file, a log line, a report or an execution', () => {
    for (const [name, { result }] of played) expect({ name, leaks: result.leaks }).toEqual({ name, leaks: [] });
    // There were some: the histories have them, masked.
    expect(JSON.stringify(played.get('41-more-time.yaml')?.result.executions)).toContain('<masked>');
  });

  test('what a message cannot hold goes along as a file, whose hash is the one that is approved', () => {
    const { messages, incidents } = played.get('48-more-than-a-message-holds.yaml')?.result ?? {};
    const [file] = messages?.flatMap((message) => message.file ?? []) ?? [];
    const set = changeSet.parse(JSON.parse(file?.content ?? '{}'));
    const { hash, ...unhashed } = set;
    expect(hashChangeSet(unhashed)).toBe(hash);
    expect(file?.name).toBe(`changes-${hash.slice(0, 12)}.json`);
    expect(incidents?.[0]?.thread.join()).toContain(hash);
  });

  test('keeps what the script brings of a node each time that it is asked for', () => {
    const { evidence = [] } = played.get('node-forensics/33-asked-for-again.yaml')?.result.incidents[0] ?? {};
    const processes = evidence.flatMap(({ kind, key }) => (kind === 'volatile-processes' ? [key] : []));
    expect(processes).toEqual([
      expect.stringContaining('/version-1/volatile/'),
      expect.stringContaining('/version-2/volatile/'),
    ]);
  });

  test('stays within 45 transitions, every loop counted once, and within 6 where there is nothing to do', () => {
    for (const { result } of played.values()) {
      for (const it of result.executions) {
        const { output, events } = it as { output?: string; events: { stateEnteredEventDetails?: { name: string } }[] };
        const entered = events.flatMap(({ stateEnteredEventDetails: state }) => state?.name ?? []);
        const ended = /out-of-scope|joined|duplicate/.test(output ?? '');
        expect(ended ? entered.length : new Set(entered).size).toBeLessThanOrEqual(ended ? 6 : 45);
      }
    }
  });
});

test('the published JSON Schemas are those of the code', () => {
  for (const { file, text } of schemas()) {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text));
  }
});
