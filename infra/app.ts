import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PlanRefused } from '../runbooks/plan-document';
import { bundleTasks } from './bundle';
import { featureFlags } from './feature-flags';
import { HubStack } from './hub-stack';
import { ParameterRefused, readParameters } from './parameters';

const root = join(import.meta.dirname, '..');
const app = new App({ postCliContext: featureFlags });

try {
  const bundled = bundleTasks(root, join(root, 'cdk.out', 'tasks'));
  const parameters = readParameters((name) => app.node.tryGetContext(name));
  new HubStack(app, 'EksIncidentResponse', { codeOf: (taskId) => Code.fromAsset(bundled(taskId)), ...parameters });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
} catch (error) {
  // What is wrong with the plan or a parameter is said plainly: whoever deploys has no use for our stack trace.
  if (!(error instanceof ParameterRefused || error instanceof PlanRefused)) throw error;
  console.error(error.message);
  process.exit(1);
}
