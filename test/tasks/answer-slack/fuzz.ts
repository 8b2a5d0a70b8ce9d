import { sign } from '../../../tasks/slack/signature';
import { approvalOf, clickOf, formOf, hash, people, Stage, secret } from './stage';

/** Mutated requests at the public URL, with and without a good signature: none may fail, have an effect or say anything. */

/** Mulberry32: the same seed gives the same requests. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Request {
  headers: Record<string, unknown>;
  requestContext: unknown;
  body: unknown;
  isBase64Encoded: unknown;
  [more: string]: unknown;
}

const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  '\u0000',
  '\u202E',
  '\uD800',
  '🚨',
  '{}',
  '[]',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '$' + '{jndi:ldap://x}',
  "' OR 1=1 --",
  'x'.repeat(5_000),
  [],
  {},
  [[[[[[]]]]]],
  { $gt: '' },
  { toString: 1 },
  JSON.parse('{"__proto__": {"statusCode": 500}}'),
];

const names = oddities.filter((odd) => typeof odd === 'string');

export interface Fuzzed {
  readonly requests: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Throws at the first request that fails, has an effect or learns something; the message holds it. */
export async function fuzz(requests: number, seed: number): Promise<Fuzzed> {
  const random = randomOf(seed);
  const below = (most: number) => Math.floor(random() * most);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const stage = new Stage();
  // The question can be decided by one click: whatever gets through shows.
  await stage.ask();
  const before = JSON.stringify(approvalOf());
  const seconds = Math.floor(stage.now.getTime() / 1_000);
  const statuses: Record<string, number> = {};

  const payload = (user: string): unknown =>
    one([
      () => clickOf(user, 'approve', JSON.stringify({ approval: 'approval-1', shown: hash })),
      () => clickOf(user, 'reject', JSON.stringify({ approval: 'approval-1', shown: hash })),
      () => clickOf(user, 'more-time', JSON.stringify({ approval: 'approval-1', shown: hash })),
      () => clickOf(user, 'undo', JSON.stringify({ incident: 'incident-1' })),
      () => formOf(user, 'approval-1', 'words'),
    ])();

  const requestOf = (body: string, key: string, at = String(seconds)): Request => ({
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': at,
      'x-slack-signature': sign(key, at, body),
    },
    requestContext: { http: { method: 'POST' } },
    body,
    isBase64Encoded: false,
  });

  /** Something within a value becomes something odd, is left out, or is there twice. */
  const mutate = (value: unknown): unknown => {
    if (typeof value === 'string' && random() < 0.5) return spoilText(value);
    if (typeof value !== 'object' || value === null || random() < 0.15) return one(oddities);
    if (Array.isArray(value)) {
      if (value.length === 0 || random() < 0.2) return [...(value as unknown[]), one(oddities)];
      const index = below(value.length);
      return value.map((item: unknown, at) => (at === index ? mutate(item) : item));
    }
    const entries = Object.entries(value);
    const chosen = below(entries.length + 1);
    if (chosen === entries.length) return { ...value, [one(names)]: one(oddities) };
    if (random() < 0.2) return Object.fromEntries(entries.filter((_, at) => at !== chosen));
    return Object.fromEntries(entries.map(([name, item], at) => [name, at === chosen ? mutate(item) : item]));
  };

  const spoilText = (text: string): string => {
    const at = below(text.length + 1);
    return one([
      () => text.slice(0, at),
      () => text.slice(at),
      () => text.slice(0, at) + String.fromCharCode(below(65_536)) + text.slice(at),
      () => text.slice(0, at) + String.fromCharCode(below(128)) + text.slice(at + 1),
      () => text + text,
      () => text.toUpperCase(),
      () => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '')),
    ])();
  };

  const form = (value: unknown) => new URLSearchParams({ payload: JSON.stringify(value) }).toString();

  /** Signed by Slack's secret, as an approver's click, and changed on the way: the signature must not hold. */
  const tampered = (): unknown => {
    const good = requestOf(form(payload(people.approver)), secret);
    const body = String(good.body);
    return one([
      () => ({ ...good, body: spoilText(body) === body ? `${body}&` : spoilText(`${body}&`) }),
      () => ({
        ...good,
        headers: { ...good.headers, 'x-slack-request-timestamp': String(seconds + 1 + below(10_000)) },
      }),
      () => ({ ...good, headers: { ...good.headers, 'x-slack-signature': spoilText(`v0=${'0'.repeat(64)}`) } }),
      () => ({ ...good, isBase64Encoded: true }),
      () => requestOf(body, one(['', 'guessed', 'previous ', secret.toUpperCase()])),
      () => requestOf(body, secret, String(seconds - 301 - below(100_000))),
      () => requestOf(body, secret, String(seconds + 301 + below(100_000))),
      () =>
        requestOf(
          body,
          secret,
          one(['', 'now', `${seconds}x`, ` ${seconds}`, `-${seconds}`, `${seconds}.0`, `${seconds}e0`]),
        ),
    ])();
  };

  /** Signed well, by somebody who may not decide, and not what Slack sends. */
  const malformed = (): unknown => {
    let value = payload(people.outside);
    for (let times = 0; times <= below(3); times++) value = mutate(value);
    const body = random() < 0.8 ? form(value) : spoilText(form(value));
    const request = requestOf(body, secret);
    if (random() < 0.2)
      request.headers['content-type'] = one(['', 'application/json', 'multipart/form-data; boundary=x', 'text/plain']);
    if (random() < 0.3) return { ...request, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
    return request;
  };

  /** Not even an event of a function URL. */
  const shapeless = (): unknown => mutate(requestOf(form(payload(people.outside)), secret));

  for (let number = 0; number < requests; number++) {
    const request = one([tampered, tampered, malformed, malformed, shapeless])();
    const fail = (why: string): never => {
      throw new Error(`request ${number} of seed ${seed} ${why}: ${JSON.stringify(request).slice(0, 2_000)}`);
    };
    let answer: { statusCode: number; body?: string };
    try {
      answer = await stage.send(request);
    } catch (error) {
      return fail(`failed with ${String(error)}`);
    }
    const { statusCode, body } = answer;
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
    if (![200, 400, 401].includes(statusCode)) fail(`was answered with ${statusCode}`);
    if (statusCode !== 200 && Object.keys(answer).join() !== 'statusCode') fail(`learned ${JSON.stringify(answer)}`);
    if (body !== undefined && !body.startsWith('{"response_action":"errors"')) fail(`learned ${body}`);
    const { sent, released, told } = stage;
    if (sent.length + released.length + told.length > 0) fail('had an effect');
    if (number % 50 === 0 || number === requests - 1) {
      if (JSON.stringify(await stage.store.approvals.read('approval-1')) !== before)
        fail('or one shortly before it changed the record');
    }
  }
  return { requests, statuses };
}
