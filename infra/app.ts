import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleTasks } from './bundle';
import { featureFlags } from './feature-flags';
import { HubStack } from './hub-stack';
import { readParameters } from './parameters';

const root = join(import.meta.dirname, '..');
const app = new App({ postCliContext: featureFlags });
const parameters = readParameters((name) => app.node.tryGetContext(name));
const bundled = bundleTasks(root, join(root, 'cdk.out', 'tasks'));

new HubStack(app, 'EksIncidentResponse', { codeOf: (taskId) => Code.fromAsset(bundled(taskId)), ...parameters });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
