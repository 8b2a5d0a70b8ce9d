import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { featureFlags } from '../../infra/feature-flags';
import { HubStack } from '../../infra/hub-stack';
import type { Parameters } from '../../infra/parameters';

const outdir = mkdtempSync(join(tmpdir(), 'eks-ir-nag-'));
afterAll(() => rmSync(outdir, { recursive: true }));

function findingsIn(stack: HubStack): string[] {
  return new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName);
}

const hub = (parameters: Partial<Parameters> = {}) =>
  new HubStack(new App({ outdir, postCliContext: featureFlags }), 'Hub', {
    codeOf: () => Code.fromInline('exports.handler = () => {};'),
    evidenceRetentionDays: 365,
    ...parameters,
  });

test.each<Partial<Parameters>>([{}, { flowLogBuckets: ['flow-logs', 'other.flow-logs'] }])(
  'cdk-nag finds nothing that is not acknowledged with %j',
  (parameters) => {
    expect(findingsIn(hub(parameters))).toEqual([]);
  },
);

test('it would find something', () => {
  const stack = hub();
  new Bucket(stack, 'Careless');
  expect(findingsIn(stack)).toContain('AwsSolutions-S1');
});
