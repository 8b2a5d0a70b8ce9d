import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { featureFlags } from './feature-flags';
import { HubStack } from './hub-stack';
import type { Parameters } from './parameters';

/** The stack's CloudFormation template, for whoever runs or reads it without deploying it: nothing is bundled. */
export function hubTemplate(parameters: Partial<Parameters> = {}): unknown {
  const outdir = mkdtempSync(join(tmpdir(), 'eks-ir-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      postCliContext: featureFlags,
      // `cdk synth` validates the same template; here it would cost two seconds at every start.
      builtinCloudFormationValidation: false,
    });
    const stack = new HubStack(app, 'EksIncidentResponse', {
      codeOf: () => Code.fromInline('exports.handler = () => {};'),
      evidenceRetentionDays: 365,
      ...parameters,
    });
    return app.synth().getStackByName(stack.stackName).template as unknown;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
