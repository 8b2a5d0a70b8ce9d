import { Cancelled, StateError } from './errors';
import type { Execution, Visit } from './execution';
import type { Json } from './json';
import type { State } from './machine';

type Task = Extract<State, { type: 'Task' }>;

/**
 * One attempt of a Task: its call, its time limits, its answer by returning or by token. Answers the result; throws
 * `StateError` and `Cancelled`. Whatever comes after the first answer is not heard.
 */
export async function attemptTask(
  execution: Execution,
  visit: Visit,
  { resource, queries, name }: Task,
): Promise<Json> {
  const { surroundings } = execution;
  const { scheduler, tokens, integrations, region } = surroundings;
  const { thread, frame } = visit;
  visit.token = resource.pattern === 'task-token' ? tokens.issue() : undefined;

  const input = await queries.arguments(frame);
  const timeoutInSeconds = await queries.seconds(frame, 'TimeoutSeconds');
  const heartbeatInSeconds = await queries.seconds(frame, 'HeartbeatSeconds');
  const credentials = await queries.credentials(frame);
  const isFunction = resource.kind === 'lambda-function';
  const about = isFunction ? {} : { resourceType: resource.resourceType, resource: resource.resource };
  const prefix = isFunction ? 'LambdaFunction' : 'Task';
  visit.record(`${prefix}Scheduled`, {
    ...about,
    ...(isFunction ? { resource: resource.resource, input } : { region, parameters: input }),
    timeoutInSeconds,
    heartbeatInSeconds,
    ...(credentials === undefined ? {} : { taskCredentials: { roleArn: roleOf(credentials) } }),
  });
  visit.record(`${prefix}Started`, isFunction ? undefined : about);

  let cleanUp: (() => void)[] = [];
  try {
    const output = await new Promise<Json>((resolve, reject) => {
      const timedOut = () => {
        visit.record(`${prefix}TimedOut`, { ...about, error: 'States.Timeout' });
        reject(new StateError('States.Timeout', undefined));
      };
      const limit = (seconds: number | undefined) =>
        seconds === undefined ? () => {} : scheduler.at(scheduler.now() + seconds * 1_000, timedOut);
      let callOffHeartbeat = limit(heartbeatInSeconds);
      cleanUp = [
        limit(timeoutInSeconds),
        () => callOffHeartbeat(),
        thread.cancellation.onCancel(() => reject(new Cancelled())),
      ];
      const failed = (error: unknown) => {
        if (thread.cancellation.isCancelled) return;
        if (!(error instanceof StateError)) return reject(error);
        visit.record(`${prefix}Failed`, { ...about, error: error.error, cause: error.reason });
        reject(error);
      };
      let settled = false;
      const once = <Args extends unknown[]>(tell: (...args: Args) => void) => {
        return (...args: Args) => {
          if (settled) return;
          settled = true;
          tell(...args);
        };
      };
      const succeed = once(resolve);
      const fail = once(failed);
      if (visit.token !== undefined) {
        cleanUp.push(
          tokens.wait(visit.token, {
            succeed,
            fail,
            beat() {
              callOffHeartbeat();
              callOffHeartbeat = limit(heartbeatInSeconds);
            },
          }),
        );
      }
      integrations
        .perform({
          resource,
          state: name,
          arguments: input,
          taskToken: visit.token,
          executionArn: execution.identity.arn,
        })
        .then((answer) => {
          if (settled || thread.cancellation.isCancelled || cleanUp.length === 0) return;
          if ('output' in answer && visit.token === undefined) return succeed(answer.output);
          visit.record('TaskSubmitted', { ...about, output: 'output' in answer ? answer.output : answer.submitted });
          if ('submitted' in answer) answer.done?.then(succeed, fail);
        })
        .catch(fail);
    });
    visit.record(`${prefix}Succeeded`, { ...about, output });
    return output;
  } finally {
    for (const clean of cleanUp) clean();
    cleanUp = [];
  }
}

function roleOf(credentials: Json): Json {
  return typeof credentials === 'object' && credentials !== null && 'RoleArn' in credentials
    ? ((credentials as { RoleArn: Json }).RoleArn ?? null)
    : credentials;
}
