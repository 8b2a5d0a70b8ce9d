import { createServer, type Server } from 'node:http';
import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { callsSoFar, noteCall, observe, observing, unobserved } from '../../../tasks/aws/observed-calls';

const called = (call: string) => ({ call, requestId: null });

test('what is noted is what was called within, and nothing around it', async () => {
  await observing(async () => {
    noteCall(called('ec2:DescribeInstances'));
    const inner = await observing(async () => {
      noteCall(called('iam:GetRole'));
      await unobserved(async () => noteCall(called('s3:PutObject')));
      return callsSoFar();
    });
    expect(inner).toEqual([called('iam:GetRole')]);
    expect(callsSoFar()).toEqual([called('ec2:DescribeInstances')]);
  });
});

test('work beside each other is told apart', async () => {
  const each = ['one', 'two', 'three'].map((name) =>
    observing(async () => {
      await Promise.resolve();
      noteCall(called(name));
      await Promise.resolve();
      return callsSoFar();
    }),
  );
  expect(await Promise.all(each)).toEqual([[called('one')], [called('two')], [called('three')]]);
});

test('of many calls the first by name are kept and the rest is counted', async () => {
  const calls = await observing(async () => {
    for (let number = 30; number > 0; number--) noteCall({ call: 'cloudtrail:LookupEvents', requestId: `r-${number}` });
    return callsSoFar();
  });
  expect(calls).toHaveLength(20);
  expect(calls.at(-1)).toEqual(called('and 11 more'));
});

test('nothing is noted where nobody asks', () => {
  noteCall(called('ec2:DescribeInstances'));
  expect(callsSoFar()).toEqual([]);
});

describe('a client of the SDK', () => {
  let server: Server;
  let status = 200;
  let client: EC2Client;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const failed =
          '<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors><RequestID>r-2</RequestID></Response>';
        const found = '<DescribeVolumesResponse><requestId>r-1</requestId><volumeSet/></DescribeVolumesResponse>';
        response.writeHead(status, { 'x-amzn-requestid': status === 200 ? 'r-1' : 'r-2' });
        response.end(status === 200 ? found : failed);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const endpoint = `http://127.0.0.1:${address.port}`;
    client = observe(new EC2Client({ region: 'eu-central-1', endpoint, credentials, maxAttempts: 1 }));
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  test.each([
    ['answers', 200, 'r-1'],
    ['refuses', 403, 'r-2'],
  ])('notes a call that AWS %s, with the id of the request', async (_, answer, requestId) => {
    status = answer;
    const calls = await observing(async () => {
      await client.send(new DescribeVolumesCommand({})).catch(() => {});
      return callsSoFar();
    });
    expect(calls).toEqual([{ call: 'ec2:DescribeVolumes', requestId }]);
  });
});
