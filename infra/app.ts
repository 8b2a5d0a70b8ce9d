import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleTasks } from './bundle';
import { featureFlags } from './feature-flags';
import { HubStack } from './hub-stack';
import { ParameterRefused, type Parameters, readParameters } from './parameters';

const root = join(import.meta.dirname, '..');
const app = new App({ postCliContext: featureFlags });
const bundled = bundleTasks(root, join(root, 'cdk.out', 'tasks'));

new HubStack(app, 'EksIncidentResponse', { codeOf: (taskId) => Code.fromAsset(bundled(taskId)), ...parameters() });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/** What is wrong is said in one line: whoever deploys has no use for our stack trace. */
function parameters(): Parameters {
  try {
    return readParameters((name) => app.node.tryGetContext(name));
  } catch (error) {
    if (!(error instanceof ParameterRefused)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
