import { AwsError } from '../../../replay/estate/aws-error';
import { RequestTokens, retried } from '../../../replay/estate/throttling';

/** How many calls of a kind are answered: at once, and again after so many seconds. */
function answered(action: string, input: Readonly<Record<string, unknown>>, afterSeconds: number): [number, number] {
  let now = 0;
  const tokens = new RequestTokens(() => now);
  const burst = () => {
    for (let made = 0; ; made++) {
      try {
        tokens.take(action, input);
      } catch {
        return made;
      }
    }
  };
  const atOnce = burst();
  now = afterSeconds * 1_000;
  return [atOnce, burst()];
}

test.each<[string, Readonly<Record<string, unknown>>, number, number]>([
  ['DescribeRouteTables', {}, 100, 20],
  ['DescribeInstances', { Filters: [] }, 100, 20],
  ['DescribeInstances', { MaxResults: 10 }, 100, 20],
  ['DescribeInstances', {}, 50, 10],
  ['ModifyInstanceAttribute', {}, 50, 5],
  ['AuthorizeSecurityGroupIngress', {}, 50, 5],
  ['ModifyNetworkInterfaceAttribute', {}, 100, 5],
  ['CreateTags', {}, 100, 10],
  ['RunInstances', {}, 5, 2],
])('EC2 answers %s with %j so often at once, and so often a second', (action, input, atOnce, aSecond) => {
  expect(answered(action, input, 1)).toEqual([atOnce, aSecond]);
  expect(answered(action, input, 3_600)).toEqual([atOnce, atOnce]);
});

test('one API’s calls leave another’s alone', () => {
  const tokens = new RequestTokens(() => 0);
  for (let made = 0; made < 5; made++) tokens.take('RunInstances', {});
  expect(() => tokens.take('RunInstances', {})).toThrow('Request limit exceeded.');
  expect(() => tokens.take('StartInstances', {})).not.toThrow();
});

test.each([
  ['RequestLimitExceeded', 1, [1_000]],
  ['RequestLimitExceeded', 2, [1_000, 2_000]],
  ['RequestLimitExceeded', 3, [1_000, 2_000]],
  ['DependencyViolation', 1, []],
])('a call that fails by %s %i times is made again after pauses', async (name, failures, pauses) => {
  const slept: number[] = [];
  let made = 0;
  const call = async () => {
    if (made++ < failures) throw new AwsError(name, 'no');
  };
  await retried(call, async (pause) => {
    slept.push(pause);
  }).catch(() => undefined);
  expect(slept).toEqual(pauses);
});
