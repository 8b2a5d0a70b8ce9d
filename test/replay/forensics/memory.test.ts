import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EstateDescription } from '../../../replay/estate/description';
import { type LoadedIncident, loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';
import { loadPlan } from '../../../runbooks/plan-document';
import { actions } from '../../../tasks/actions/registry';

const folder = join(__dirname, '..', '..', 'incidents', 'node-forensics');
const { file, incident, estate, plans } = loadIncident(join(folder, '30-memory.yaml'));
const node = 'i-0a30000000000000c';

type Instance = EstateDescription['instances'][number];

/** The incident in which the memory is taken, on a node that is otherwise. */
function on(instance: Partial<Instance>, others: Partial<EstateDescription> = {}): LoadedIncident {
  const instances = estate.instances.map((it) => (it.id === node ? { ...it, ...instance } : it));
  return { file, incident, plans, estate: { ...estate, instances, ...others } };
}
const failing = (fails: Instance['memory']['fails']) => on({ memory: { parts: 3, fails } });

describe('without memory everything else is as it would be with it', () => {
  const cases: [string, LoadedIncident, string][] = [
    ['the disk is full', failing('no-room'), 'its disk has too little room for the image'],
    ['AVML fails', failing('taking'), 'AVML failed on it'],
    ['the host never answers', failing('hangs'), 'the command that takes it ended TimedOut'],
    ['a part is lost', failing('a-part-is-lost'), '1 of 3 part(s) did not arrive'],
    [
      'the binary is another',
      on({}, { evidenceObjects: [{ key: 'tools/avml-aarch64', body: 'something else' }] }),
      'has another SHA-256 than the plan names, and was not run',
    ],
    ['there is no binary', on({}, { evidenceObjects: [] }), 'could not be fetched from the evidence bucket'],
    ['the processor is another', on({ type: 'm7i.large' }), 'the plan names no AVML for x86_64'],
    ['Bottlerocket', on({ image: 'ami-0b0b0b0b0b0b0b0b0' }), 'it is not available on Bottlerocket'],
    ['no agent', on({ agent: 'absent' }), 'its agent is absent'],
  ];
  test.each(cases)(
    '%s',
    async (_, given, why) => {
      const { result } = await play(given);
      const [found] = result.incidents;
      expect(found).toMatchObject({ outcome: 'contained', sealed: true });
      expect(found?.problems).toContainEqual(expect.stringMatching(`^no memory of ${node}: .*`));
      expect(found?.problems.join()).toContain(why);
      expect(found?.evidence.map(({ kind }) => kind)).not.toContain('volatile-memory');
      expect(result.timings[0]?.timeToIsolate).toBeLessThan(10_000);
      // Nothing is left: not on the host, and not in the bucket.
      expect(result.estate).toMatchObject({ hostFolders: {}, uploads: {} });
    },
    30_000,
  );
});

test('memory is the last of the volatile evidence, and the manifest has the checksum of each of its parts', async () => {
  const { result } = await play(on({}));
  const volatile = result.incidents[0]?.evidence.filter(({ kind }) => kind.startsWith('volatile-'));
  const memory = volatile?.at(-1);
  expect(memory).toMatchObject({ kind: 'volatile-memory', versionId: expect.stringMatching(/^v-/) as unknown });
  expect(memory?.parts?.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(memory?.sizeBytes).toBe(memory?.parts?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}, 30_000);

test('where the plan has volatile evidence come first, isolation waits for that and not for the memory', async () => {
  const plan = join(__dirname, '..', '..', 'plans', 'forensics-with-memory.yaml');
  const text = readFileSync(plan, 'utf8').replace('volatile: after-isolation', 'volatile: before-isolation');
  const first = loadPlan({ file: plan, text }, { actions });
  const { result } = await play({ ...on({}), plans: [first] });
  const kinds = result.incidents[0]?.evidence.map(({ kind }) => kind).filter((kind) => kind.startsWith('volatile-'));
  expect(kinds?.at(-1)).toBe('volatile-memory');
  expect(kinds).toContain('volatile-processes');
  expect(result.timings[0]?.timeToIsolate).toBeLessThan(60_000);
}, 30_000);

test('an event that joins does not have the memory taken twice', async () => {
  const [first] = incident.events;
  const again = { ...first, at: 60_000 } as (typeof incident.events)[number];
  const { result } = await play({ ...on({}), incident: { ...incident, events: [...incident.events, again] } });
  expect(result.dispositions).toMatchObject({ opened: 1, joined: 1 });
  const kinds = result.incidents[0]?.evidence.map(({ kind }) => kind) ?? [];
  expect(kinds.filter((kind) => kind === 'instance').length).toBeGreaterThan(0);
  expect(kinds.filter((kind) => kind === 'volatile-memory')).toHaveLength(1);
}, 30_000);
