import { Cancelled, StateError } from './errors';
import type { TaskAnswer } from './integrations';
import { type Json, sizeOf } from './json';
import { payloadLimit, tooLarge } from './limits';
import type { State } from './machine';
import type { Visit } from './visit';

type Task = Extract<State, { type: 'Task' }>;

/**
 * One attempt of a Task: its call, its time limits, its answer by returning or by token. Answers the result; throws
 * `StateError` and `Cancelled`. Whatever comes after the first answer is not heard.
 */
export async function attemptTask(visit: Visit, { resource, queries, name }: Task): Promise<Json> {
  const { execution, thread } = visit;
  const { scheduler, tokens, integrations, region } = execution.surroundings;
  // A task that is waited for in any way has a token, with which it can be ended too.
  visit.token = resource.pattern === 'request-response' ? undefined : tokens.issue(name);

  const input = await queries.arguments(visit);
  const timeoutInSeconds = await queries.seconds(visit, 'TimeoutSeconds');
  const heartbeatInSeconds = await queries.seconds(visit, 'HeartbeatSeconds');
  const credentials = await queries.credentials(visit);
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

  const cleanUp: (() => void)[] = [];
  try {
    const output = await new Promise<Json>((resolve, reject) => {
      let answered = false;
      const once = <T>(tell: (it: T) => void) => {
        return (it: T) => {
          if (answered) return;
          answered = true;
          tell(it);
        };
      };
      const succeed = once(resolve);
      const fail = once(reject);
      const limit = (seconds: number | undefined, alias?: string) =>
        seconds === undefined
          ? () => {}
          : scheduler.at(scheduler.now() + seconds * 1_000, () => fail(new TimedOut(alias)));
      const heartbeat = () => limit(heartbeatInSeconds, 'States.HeartbeatTimeout');
      let callOffHeartbeat = heartbeat();
      cleanUp.push(
        limit(timeoutInSeconds),
        () => callOffHeartbeat(),
        thread.cancellation.onCancel(() => fail(new Cancelled())),
      );
      if (visit.token !== undefined) {
        cleanUp.push(
          tokens.wait(visit.token, {
            succeed,
            fail,
            beat() {
              callOffHeartbeat();
              callOffHeartbeat = heartbeat();
            },
          }),
        );
      }
      const handedOver = (answer: TaskAnswer) => {
        if (answered) return;
        if ('output' in answer && resource.pattern !== 'task-token') return succeed(answer.output);
        const output = 'output' in answer ? answer.output : answer.submitted;
        if (output !== undefined) visit.record('TaskSubmitted', { ...about, output });
        if ('output' in answer) return;
        let over = false;
        cleanUp.push(() => {
          if (!over) answer.abandon?.();
        });
        answer.done
          ?.finally(() => {
            over = true;
          })
          .then(succeed, fail);
      };
      integrations
        .perform({
          resource,
          state: name,
          arguments: input,
          taskToken: visit.token,
          executionArn: execution.identity.arn,
        })
        .then(handedOver)
        .catch(fail);
    });
    if (sizeOf(output) > payloadLimit) throw tooLarge(isFunction ? resource.resource : resource.resourceType);
    visit.record(`${prefix}Succeeded`, { ...about, output });
    return output;
  } catch (error) {
    if (error instanceof TimedOut) visit.record(`${prefix}TimedOut`, { ...about, error: error.error });
    else if (error instanceof StateError && isAnswer(error)) {
      visit.record(`${prefix}Failed`, { ...about, error: error.error, cause: error.reason });
    }
    throw error;
  } finally {
    for (const clean of cleanUp) clean();
  }
}

class TimedOut extends StateError {
  constructor(alias: string | undefined) {
    super('States.Timeout', undefined, alias);
  }
}

/** The task's own failure, and none of the engine's that ends the execution at once. */
function isAnswer(error: StateError): boolean {
  return error.error !== 'States.Runtime';
}

function roleOf(credentials: Json): Json {
  return typeof credentials === 'object' && credentials !== null && 'RoleArn' in credentials
    ? ((credentials as { RoleArn: Json }).RoleArn ?? null)
    : credentials;
}
