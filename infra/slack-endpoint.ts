import { CfnOutput } from 'aws-cdk-lib';
import {
  CfnPermission,
  FunctionUrlAuthType,
  InvokeMode,
  type Function as LambdaFunction,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Where Slack sends clicks. Everybody can reach it; what is not signed by Slack gets no further than the signature check. */
export class SlackEndpoint extends Construct {
  constructor(scope: Construct, id: string, handler: LambdaFunction) {
    super(scope, id);
    const url = handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.BUFFERED });
    // A public URL needs both: InvokeFunctionUrl, which the CDK adds, and InvokeFunction when called by way of the URL.
    new CfnPermission(this, 'InvokeByUrl', {
      action: 'lambda:InvokeFunction',
      functionName: handler.functionArn,
      principal: '*',
      invokedViaFunctionUrl: true,
    });
    new CfnOutput(this, 'Url', { value: url.url, description: 'The request URL for the Slack app’s interactivity' });
  }
}
