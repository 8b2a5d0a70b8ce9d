import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { featureFlags } from '../../infra/feature-flags';
import { HubStack } from '../../infra/hub-stack';

const outdir = mkdtempSync(join(tmpdir(), 'eks-ir-nag-'));
afterAll(() => rmSync(outdir, { recursive: true }));

function findingsIn(stack: HubStack): string[] {
  return new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName);
}

const hub = () =>
  new HubStack(new App({ outdir, postCliContext: featureFlags }), 'Hub', {
    codeOf: () => Code.fromInline('exports.handler = () => {};'),
    evidenceRetentionDays: 365,
  });

test('cdk-nag finds nothing that is not acknowledged', () => {
  expect(findingsIn(hub())).toEqual([]);
});

test('it would find something', () => {
  const stack = hub();
  new Bucket(stack, 'Careless');
  expect(findingsIn(stack)).toContain('AwsSolutions-S1');
});
