import type * as z from 'zod';
import type { Permission } from './permission';

/**
 * A task's contract: the one place where its input, output, errors, time limit and rights stand. The state in the
 * machine, its Retry, its timeout, the function and its role are all made from it.
 */
export interface Contract<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** The task's folder in `tasks/`. */
  readonly id: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** Errors of its own, by their literal names, which the machine tells apart. */
  readonly errors: readonly string[];
  /** The Lambda function's limit. */
  readonly timeoutSeconds: number;
  /** The function's memory, where 512 MB are not enough. */
  readonly memoryMegabytes?: number;
  readonly permissions: readonly Permission[];
  /** Asks the API servers of clusters: where those are private, its function runs in a VPC that reaches them. */
  readonly speaksToClusters?: true;
  /** Ends by a task token that a human's decision answers, not by returning. */
  readonly waitsForDecision?: boolean;
}

export function contract<Input extends z.ZodType, Output extends z.ZodType>(
  it: Contract<Input, Output>,
): Contract<Input, Output> {
  return it;
}

export interface RetryPolicy {
  readonly errors: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
}

/**
 * Every task is idempotent, so every task is tried again when AWS was busy or the function died.
 * 1 + 2 + 4 + 8 + 10 = 25 s before it is given up: longer than a throttled burst of EC2 calls, shorter than a
 * responder's patience. The SDK has retried three times within each attempt before that.
 */
export const transientRetry: RetryPolicy = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.Unknown',
    'Sandbox.Timedout',
    'Runtime.ExitError',
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'ProvisionedThroughputExceededException',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'InternalError',
    'InternalServerError',
    'InternalServiceError',
    'TimeoutError',
    'SlowDown',
  ],
  intervalSeconds: 1,
  maxAttempts: 5,
  backoffRate: 2,
  maxDelaySeconds: 10,
};

/** Whether a task that throws this error is tried again: whoever catches errors lets it pass. */
export function isTransient(error: unknown): boolean {
  return error instanceof Error && transientRetry.errors.includes(error.name);
}
