import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { nodeForensicsDetailType, nodeForensicsRequest, nodeForensicsSource } from '../../runbooks/node-forensics';
import { BadInput } from './bad-input';

export interface IsolateOptions {
  readonly machine: string;
  readonly because?: string;
  readonly by?: string;
  readonly cluster?: string;
  readonly pod?: readonly string[];
  readonly pid?: readonly string[];
}

/**
 * Starts `node-forensics` on a node of a real account, by its machine's ARN: what happens then the plan decides. Prints the
 * execution's ARN. Errors of AWS are AWS's own.
 */
export async function isolate(node: string, options: IsolateOptions, now: Date, print: (line: string) => void) {
  const [, region = '', account = ''] =
    /^arn:[a-z-]+:states:([a-z0-9-]+):(\d{12}):stateMachine:/.exec(options.machine) ?? [];
  if (account === '') throw new BadInput(`--machine ${options.machine}: not the ARN of a state machine`);
  const parsed = nodeForensicsRequest.safeParse({
    node,
    cluster: options.cluster ?? null,
    ...(options.because === undefined ? {} : { because: options.because }),
    ...(options.by === undefined ? {} : { requestedBy: options.by }),
    pods: (options.pod ?? []).map((pod) => {
      const [namespace, name] = pod.split('/');
      return { namespace, name };
    }),
    processIds: (options.pid ?? []).map(Number),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadInput(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const id = `isolate-${node}-${now.getTime()}`.replace(/[^0-9A-Za-z_-]/g, '-').slice(0, 80);
  const { executionArn } = await new SFNClient({ region }).send(
    new StartExecutionCommand({
      stateMachineArn: options.machine,
      name: id,
      input: JSON.stringify({
        version: '0',
        id,
        source: nodeForensicsSource,
        'detail-type': nodeForensicsDetailType,
        account,
        region,
        time: now.toISOString(),
        resources: [],
        detail: parsed.data,
      }),
    }),
  );
  print(executionArn ?? '');
}
