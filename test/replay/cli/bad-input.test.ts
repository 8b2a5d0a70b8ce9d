import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlan } from '../../../runbooks/plan-document';

const root = join(__dirname, '..', '..', '..');
const incident = readFileSync(join(root, 'test', 'incidents', '01-world-open-ssh.yaml'), 'utf8');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eks-ir-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function eksIr(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), join(root, 'replay', 'cli', 'main.ts'), ...args],
    { encoding: 'utf8', cwd: folder },
  );
  return { status, stdout, stderr };
}

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe('wrong input gets one clear line and exit status 2', () => {
  test.each([
    ['a file that is not there', ['explain', 'nothing.jsonl'], /^nothing\.jsonl: /],
    ['a file that is not JSON', ['explain', 'text.json'], /^text\.json:1: .*JSON/],
    ['an event without detail', ['explain', 'no-detail.json'], /^no-detail\.json.*detail/],
    ['an incident with an unknown key', ['replay', 'unknown-key.yaml'], /^unknown-key\.yaml:\d+: .*answrs/],
    [
      'an incident in which nobody acts who is there',
      ['replay', 'nobody.yaml'],
      /^nobody\.yaml:\d+: .*no identity nobody/,
    ],
    [
      'an incident with a call that the estate does not do',
      ['replay', 'no-call.yaml'],
      /^no-call\.yaml:\d+: .*ec2:Foo/,
    ],
    ['an incident without its estate', ['replay', 'no-estate.yaml'], /^no-estate\.yaml:\d+: .*nowhere\.yaml/],
    ['an incident that is not YAML', ['replay', 'broken.yaml'], /^broken\.yaml:\d+: not YAML/],
    ['a definition with a field that would have no effect', ['validate', 'machine.json'], /TimeoutSecondsPath/],
    ['pairs that are not JSON', ['match', 'text.json'], /^text\.json:1: not JSON/],
    ['a command that there is not', ['analyse'], /unknown command/],
  ])('%s', (_, args, says) => {
    written('text.json', 'hello');
    written(
      'no-detail.json',
      JSON.stringify({ id: '1', source: 'aws.ec2', 'detail-type': 'x', account: '1', time: 'now', region: 'r' }),
    );
    written('unknown-key.yaml', incident.replace('answers:', 'answrs:'));
    written('broken.yaml', 'title: [unclosed');
    const estate = incident.replace('../estates', join(root, 'test', 'estates'));
    written('nobody.yaml', estate.replace('actor: alice', 'actor: nobody'));
    written('no-call.yaml', estate.replace('ec2:AuthorizeSecurityGroupIngress', 'ec2:Foo'));
    written('no-estate.yaml', incident.replace('../estates/two-clusters.yaml', 'nowhere.yaml'));
    written(
      'machine.json',
      JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'Ask',
        States: {
          Ask: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', TimeoutSecondsPath: '{% 1 %}', End: true },
        },
      }),
    );
    const { status, stdout, stderr } = eksIr(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
  });
});

test('what is no event keeps nothing else from being explained', () => {
  const record = { eventSource: 'eks.amazonaws.com', eventName: 'DeleteCluster', requestParameters: { name: 'demo' } };
  written('mixed.jsonl', [record, { id: '1' }, record, 7].map((it) => JSON.stringify(it)).join('\n'));
  const { status, stdout, stderr } = eksIr('explain', 'mixed.jsonl');
  expect(status).toBe(2);
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect(stderr).toMatch(/^mixed\.jsonl:2: .*`detail-type` is missing.* \(and 1 more\)\n$/);
});

test('a plan with a misspelt action is refused with file, line and reason', () => {
  const text = readFileSync(join(root, 'runbooks', 'network-change.yaml'), 'utf8');
  const misspelt = text.replace('- restore-interface-groups', '- restore-interface-group');
  const line = misspelt.split('\n').findIndex((it) => it.includes('- restore-interface-group')) + 1;
  expect(() =>
    loadPlan({ file: 'network-change.yaml', text: misspelt }, { actions: [{ id: 'restore-interface-groups' }] }),
  ).toThrow(
    new RegExp(
      `^network-change\\.yaml:${line}: there is no action restore-interface-group; did you mean restore-interface-groups\\?`,
      'm',
    ),
  );
});
