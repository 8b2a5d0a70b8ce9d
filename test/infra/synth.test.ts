import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/** Everything that the CDK and its plugins check fails the synthesis: nothing here may wait for the deployment to show. */
test('the stack is synthesized without credentials, and nothing is found in it', () => {
  const out = mkdtempSync(join(tmpdir(), 'eks-ir-synth-'));
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'), 'synth', '-q', '--output', out],
      { encoding: 'utf8', cwd: root, env: { PATH: process.env['PATH'], HOME: out, CDK_DISABLE_CLI_TELEMETRY: 'true' } },
    );
    expect({ status, errors: stderr.split('\n').filter((line) => /error|warning/i.test(line)) }).toEqual({
      status: 0,
      errors: [],
    });
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}, 120_000);
