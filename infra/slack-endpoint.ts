import { CfnOutput } from 'aws-cdk-lib';
import { FunctionUrlAuthType, InvokeMode, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Where Slack sends clicks. Everybody can reach it; what is not signed by Slack gets no further than the signature check. */
export class SlackEndpoint extends Construct {
  constructor(scope: Construct, id: string, handler: LambdaFunction) {
    super(scope, id);
    // With it come the two permissions that a public URL needs: InvokeFunctionUrl, and InvokeFunction by way of the URL.
    const url = handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.BUFFERED });
    new CfnOutput(this, 'Url', { value: url.url, description: 'The request URL for interactivity of the Slack app' });
  }
}
