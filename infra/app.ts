import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleTasks } from './bundle';
import { featureFlags } from './feature-flags';
import { HubStack } from './hub-stack';

const root = join(import.meta.dirname, '..');
const app = new App({ postCliContext: featureFlags });
const bundled = bundleTasks(root, join(root, 'cdk.out', 'tasks'));

/** `--context fallbackEmail=…` and `--context evidenceRetentionDays=…`; both have defaults that can be lived with. */
const fallbackEmail: unknown = app.node.tryGetContext('fallbackEmail');
const evidenceRetentionDays = Number(app.node.tryGetContext('evidenceRetentionDays') ?? 365);
new HubStack(app, 'EksIncidentResponse', {
  codeOf: (taskId) => Code.fromAsset(bundled(taskId)),
  evidenceRetentionDays,
  ...(typeof fallbackEmail === 'string' ? { fallbackEmail } : {}),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
