import { AwsError } from './aws-error';
import type { Input } from './command';

/**
 * How EC2 throttles an account in a Region: each API has a bucket of request tokens, by
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html. The resource tokens of RunInstances and its like
 * are left out: a rehearsal is far from a thousand instances.
 */

interface Limit {
  readonly capacity: number;
  /** Tokens a second. */
  readonly refill: number;
}

const nonMutating: Limit = { capacity: 100, refill: 20 };
const unfiltered: Limit = { capacity: 50, refill: 10 };
const mutating: Limit = { capacity: 50, refill: 5 };
const frequent: Limit = { capacity: 100, refill: 5 };

/** APIs with limits of their own, as far as the estate knows them. Resource-intensive ones have those of other mutating ones. */
const uncategorized: Readonly<Record<string, Limit>> = {
  AssociateIamInstanceProfile: frequent,
  CreateNetworkInterface: frequent,
  CreateSnapshot: frequent,
  CreateSnapshots: frequent,
  CreateTags: { capacity: 100, refill: 10 },
  CreateVolume: frequent,
  DeleteNetworkInterface: frequent,
  DeleteTags: { capacity: 100, refill: 10 },
  DeleteVolume: frequent,
  DisassociateIamInstanceProfile: frequent,
  ModifyInstanceMetadataOptions: frequent,
  ModifyNetworkInterfaceAttribute: frequent,
  RunInstances: { capacity: 5, refill: 2 },
  StartInstances: { capacity: 5, refill: 2 },
  TerminateInstances: frequent,
};

/** Asked for without a filter and without a page size, these take from a smaller bucket. */
const largeAnswers = new Set([
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeNetworkInterfaces',
  'DescribeSecurityGroups',
  'DescribeSnapshots',
  'DescribeSpotInstanceRequests',
  'DescribeVolumes',
]);

/** The buckets of one account; `now` is in milliseconds. */
export class RequestTokens {
  private readonly buckets = new Map<string, { tokens: number; since: number }>();

  constructor(private readonly now: () => number) {}

  /** Takes a token for a call. Throws `RequestLimitExceeded` where there is none left. */
  take(action: string, input: Input): void {
    const isWhole = largeAnswers.has(action) && input['Filters'] === undefined && input['MaxResults'] === undefined;
    const { capacity, refill } = isWhole ? unfiltered : limitOf(action);
    const key = isWhole ? `${action} without a filter` : action;
    const now = this.now();
    const bucket = this.buckets.get(key) ?? { tokens: capacity, since: now };
    const tokens = Math.min(capacity, bucket.tokens + ((now - bucket.since) / 1_000) * refill);
    this.buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, since: now });
    if (tokens < 1) throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.');
  }
}

function limitOf(action: string): Limit {
  return uncategorized[action] ?? (/^(Describe|List|Search|Get)/.test(action) ? nonMutating : mutating);
}

/**
 * The SDK's standard retries of what was throttled: three attempts, with a pause of a second that doubles. What its
 * jitter takes off is not taken off here: it is the longest that the SDK waits.
 */
const attempts = 3;
const pauseMs = 1_000;

/** The errors that the SDK takes for throttling, of those that the estate's services have. */
const throttled = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Makes a call as the SDK does, on whatever clock `sleep` keeps. */
export async function retried<T>(call: () => Promise<T>, sleep: (milliseconds: number) => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof AwsError) || !throttled.has(error.name)) throw error;
      await sleep(pauseMs * 2 ** (attempt - 1));
    }
  }
}
