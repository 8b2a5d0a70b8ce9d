/** What a Task's Resource calls, and how it waits for the answer. */
export interface Resource {
  readonly kind: 'lambda-function' | 'integration';
  /** As the history names them: `lambda` and `invoke.waitForTaskToken`, `aws-sdk:s3` and `putObject`. */
  readonly resourceType: string;
  readonly resource: string;
  /** `lambda`, `s3`; in the words of the AWS SDK where it is one of its calls. */
  readonly service: string;
  readonly action: string;
  readonly viaSdk: boolean;
  readonly pattern: 'request-response' | 'sync' | 'task-token';
  /** The Resource as the definition has it. */
  readonly arn: string;
}

/** Reads a Resource; null where it is nothing that this engine calls. */
export function parseResource(arn: string): Resource | null {
  if (/^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+$/.test(arn)) {
    const service = 'lambda';
    return {
      kind: 'lambda-function',
      resourceType: 'lambda',
      resource: arn,
      service,
      action: 'invoke',
      viaSdk: false,
      pattern: 'request-response',
      arn,
    };
  }
  const match =
    /^arn:[^:]+:states:[^:]*:[^:]*:(aws-sdk:)?([A-Za-z0-9-]+):([A-Za-z0-9]+)(\.sync:2|\.sync|\.waitForTaskToken)?$/.exec(
      arn,
    );
  if (match === null) return null;
  const [, sdk, service = '', action = '', suffix = ''] = match;
  if (service === 'activity') return null;
  return {
    kind: 'integration',
    resourceType: `${sdk ?? ''}${service}`,
    resource: `${action}${suffix}`,
    service,
    action,
    viaSdk: sdk !== undefined,
    pattern: suffix === '.waitForTaskToken' ? 'task-token' : suffix === '' ? 'request-response' : 'sync',
    arn,
  };
}
