import { createServer, type Server } from 'node:http';
import { type Access, decide, listApprovals } from '../../../replay/cli/approvals';
import { hashChangeSet } from '../../../runbooks/change';
import { decisionFunctionName } from '../../../tasks/answer-slack/contract';
import { people, Stage } from '../../tasks/answer-slack/stage';

/** Lambda's Invoke, and STS's word that whoever has this access key is Carol. */
let stage: Stage;
let lambda: Server;
let access: Access;
let refusal: string | null;
let invoked: string[];
const arn = 'arn:aws:sts::111122223333:assumed-role/approvers/carol';
const unhashed = {
  incidentId: 'incident-1',
  purpose: 'remediate' as const,
  round: 1,
  changes: [
    {
      id: 'c',
      action: 'a',
      target: { type: 't', id: 'sg-1' },
      before: null,
      after: null,
      line: 'sg-1: revoke ingress tcp 22',
      reversible: false,
      knownFrom: 'event' as const,
      owner: null,
      warnings: [],
    },
  ],
};
const set = { ...unhashed, hash: hashChangeSet(unhashed) };
const shown = set.hash.slice(0, 12);

beforeAll(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDCAROL';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  lambda = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      invoked.push(`${request.method} ${request.url} ${String(request.headers.authorization).slice(0, 37)}`);
      if (refusal !== null) response.writeHead(403).end(JSON.stringify({ Message: refusal }));
      else response.end(JSON.stringify(await stage.send(JSON.parse(Buffer.concat(chunks).toString()))));
    })();
  });
  await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
  const address = lambda.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  access = { region: 'eu-central-1', endpoint: `http://127.0.0.1:${address.port}` };
});
afterAll(() => {
  lambda.closeAllConnections();
  return new Promise<void>((resolve) => lambda.close(() => resolve()));
});

let printed: string[];
const print = (text: string) => printed.push(text);
beforeEach(async () => {
  printed = [];
  invoked = [];
  refusal = null;
  stage = new Stage();
  stage.vouch = async ({ headers }, binding) =>
    headers['x-eks-incident-response'] === binding && String(headers['authorization']).includes('Credential=AKIDCAROL/')
      ? arn
      : null;
  await stage.ask({
    changeSetHash: set.hash,
    identities: [{ aws: 'arn:aws:iam::*:user/carol', slack: people.approver }],
  });
  await stage.store.ledger.propose(set);
});

test('lists what waits, with its changes and the hash to name', async () => {
  expect(await listApprovals(access, false, print)).toBe(0);
  expect(printed.join('\n')).toContain('• sg-1: revoke ingress tcp 22  CANNOT BE UNDONE');
  expect(printed.join('\n')).toContain(`--shown ${shown}`);
  expect(invoked).toEqual([
    `POST /2015-03-31/functions/${decisionFunctionName}/invocations AWS4-HMAC-SHA256 Credential=AKIDCAROL`,
  ]);
});

test('lists as JSON', async () => {
  await listApprovals(access, true, print);
  expect(JSON.parse(printed.join(''))).toMatchObject({ approvals: [{ id: 'approval-1', shown: set.hash, needed: 1 }] });
});

test('approves, as the Slack user that the plan knows by this principal', async () => {
  expect(await decide(access, { command: 'approve', approval: 'approval-1', shown }, print)).toBe(0);
  expect(printed).toEqual(['recorded: it is approved']);
  expect(await stage.store.approvals.read('approval-1')).toMatchObject({
    status: 'APPROVED',
    votes: [{ userId: people.approver, via: 'command-line', from: arn, shown: set.hash }],
  });
});

test('rejects, with words', async () => {
  expect(await decide(access, { command: 'reject', approval: 'approval-1', shown, reason: 'mine' }, print)).toBe(0);
  expect((await stage.store.approvals.read('approval-1')).votes).toMatchObject([{ verdict: 'reject', reason: 'mine' }]);
});

test('what the handler refuses is said, with exit status 1', async () => {
  await stage.store.approvals.voidIt('approval-1', 'now');
  await stage.ask(
    {
      id: 'approval-2',
      changeSetHash: set.hash,
      approvers: [people.other],
      identities: [{ aws: 'arn:aws:iam::*:user/carol', slack: people.approver }],
    },
    { id: 'incident-1' },
  );
  expect(await decide(access, { command: 'approve', approval: 'approval-2', shown }, print)).toBe(1);
  expect(printed.join()).toContain('does not list you');
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    'a hash that is none',
    () => decide(access, { command: 'approve', approval: 'approval-1', shown: 'abc' }, print),
    '--shown abc: it must be',
  ],
  [
    'a hash that is another',
    () => decide(access, { command: 'approve', approval: 'approval-1', shown: 'f'.repeat(12) }, print),
    `approval-1 is about ${shown} now`,
  ],
  [
    'a question that there is not',
    () => decide(access, { command: 'approve', approval: 'x', shown }, print),
    'x: no such question waits',
  ],
  ['no Region', () => listApprovals({ ...access, region: undefined }, false, print), 'no Region is set'],
  [
    'an address where nobody answers',
    () => listApprovals({ ...access, endpoint: 'http://127.0.0.1:1' }, false, print),
    'cannot be reached',
  ],
])('%s is told in one line', async (_, act, line) => {
  await expect(act()).rejects.toMatchObject({ name: 'BadInput', message: expect.stringContaining(line) });
});

test('IAM’s refusal is told in its words', async () => {
  refusal = 'User is not authorized to perform: lambda:InvokeFunction';
  await expect(listApprovals(access, false, print)).rejects.toMatchObject({
    message: expect.stringContaining('not authorized'),
  });
});
