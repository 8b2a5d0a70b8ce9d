import { createServer, type IncomingMessage, type Server } from 'node:http';
import { sign } from '../../tasks/slack/signature';
import type { Scheduler } from '../engine/scheduler';
import { faultOf } from './block-kit';

/** A message as a channel has it now. */
export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  /** The message in whose thread it is; null for one in the channel itself. */
  readonly thread: string | null;
  text: string;
  blocks: readonly unknown[];
  /** How often it was rewritten. */
  edits: number;
}

export interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
}

export interface LocalSlackOptions {
  readonly scheduler: Scheduler;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly channels: readonly string[];
  /** Sends an interaction to the app, as a function URL's event; answers its response. */
  readonly deliver: (event: unknown) => Promise<{ statusCode: number }>;
  readonly onMessage?: (message: PostedMessage, rewritten: boolean) => void;
  readonly onWhisper?: (whisper: Whisper) => void;
}

interface Fault {
  readonly method: string;
  readonly error: string;
  times: number;
}

/** A button as a person sees it. */
export interface SeenButton {
  readonly actionId: string;
  readonly value: string;
}

/**
 * Slack on this machine: the Web API over HTTP for the real client, with Slack's limits and errors, and a person who clicks
 * buttons, whose clicks are signed as Slack signs them.
 */
export class LocalSlack {
  readonly messages: PostedMessage[] = [];
  readonly whispers: Whisper[] = [];
  private readonly faults: Fault[] = [];
  private readonly server: Server;
  private counter = 0;

  private constructor(private readonly options: LocalSlackOptions) {
    this.server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const method = (request.url ?? '').replace(/^\/api\//, '');
        const answer = this.answer(method, request.headers.authorization, parameters(request, body));
        const limited = answer['error'] === 'ratelimited';
        response.writeHead(limited ? 429 : 200, {
          'content-type': 'application/json',
          ...(limited ? { 'retry-after': '30' } : {}),
        });
        response.end(JSON.stringify(answer));
      });
    });
  }

  static async start(options: LocalSlackOptions): Promise<LocalSlack> {
    const slack = new LocalSlack(options);
    await new Promise<void>((resolve) => slack.server.listen(0, '127.0.0.1', resolve));
    return slack;
  }

  get apiUrl(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the local Slack has no port');
    return `http://127.0.0.1:${address.port}/api/`;
  }

  /** From now on so many calls of a method are refused. */
  fail(fault: { readonly method: string; readonly error: string; readonly times: number }): void {
    this.faults.push({ ...fault });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private answer(
    method: string,
    authorization: string | undefined,
    given: ReadonlyMap<string, string>,
  ): Record<string, unknown> {
    if (authorization !== `Bearer ${this.options.botToken}`) return { ok: false, error: 'invalid_auth' };
    const fault = this.faults.find((it) => it.method === method && it.times > 0);
    if (fault !== undefined) {
      fault.times--;
      return { ok: false, error: fault.error };
    }
    const channel = given.get('channel') ?? '';
    if (!this.options.channels.includes(channel)) return { ok: false, error: 'channel_not_found' };
    const text = given.get('text') ?? '';
    if (text.length > 40_000) return { ok: false, error: 'msg_too_long' };
    const blocks: unknown = given.has('blocks') ? JSON.parse(given.get('blocks') ?? '[]') : [];
    const broken = faultOf(blocks);
    if (broken !== null) {
      return { ok: false, error: 'invalid_blocks', response_metadata: { messages: [`[ERROR] ${broken}`] } };
    }
    switch (method) {
      case 'chat.postMessage':
        return this.post(channel, given.get('thread_ts') ?? null, text, blocks as unknown[]);
      case 'chat.update':
        return this.update(channel, given.get('ts') ?? '', text, blocks as unknown[]);
      case 'chat.postEphemeral': {
        const whisper = { channel, user: given.get('user') ?? '', text };
        this.whispers.push(whisper);
        this.options.onWhisper?.(whisper);
        return { ok: true, message_ts: this.timestamp() };
      }
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  private post(
    channel: string,
    thread: string | null,
    text: string,
    blocks: readonly unknown[],
  ): Record<string, unknown> {
    if (text === '' && blocks.length === 0) return { ok: false, error: 'no_text' };
    const message: PostedMessage = { channel, ts: this.timestamp(), thread, text, blocks, edits: 0 };
    this.messages.push(message);
    this.options.onMessage?.(message, false);
    return { ok: true, channel, ts: message.ts, message: { text, ts: message.ts } };
  }

  private update(channel: string, ts: string, text: string, blocks: readonly unknown[]): Record<string, unknown> {
    const message = this.messages.find((it) => it.channel === channel && it.ts === ts);
    if (message === undefined) return { ok: false, error: 'message_not_found' };
    message.text = text;
    message.blocks = blocks;
    message.edits++;
    this.options.onMessage?.(message, true);
    return { ok: true, channel, ts, text };
  }

  private timestamp(): string {
    const seconds = Math.floor(this.options.scheduler.now() / 1_000);
    return `${seconds}.${String(++this.counter).padStart(6, '0')}`;
  }

  /** A person clicks a button. Answers what the app said to Slack. */
  click(user: string, message: PostedMessage, button: SeenButton): Promise<{ statusCode: number }> {
    const now = Math.floor(this.options.scheduler.now() / 1_000);
    const payload = {
      type: 'block_actions',
      user: { id: user, username: user.toLowerCase(), team_id: 'T07LOCAL' },
      api_app_id: 'A07LOCAL',
      team: { id: 'T07LOCAL', domain: 'local' },
      container: { type: 'message', message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
      trigger_id: `${now}.local`,
      channel: { id: message.channel, name: 'incidents' },
      message: { ts: message.ts, text: message.text, blocks: message.blocks },
      actions: [{ type: 'button', action_id: button.actionId, value: button.value, action_ts: `${now}.000000` }],
    };
    return this.options.deliver(signedRequest(payload, this.options.signingSecret, now));
  }
}

/** The buttons that a message has now. */
export function buttonsOf(message: PostedMessage): SeenButton[] {
  return (message.blocks as { type: string; elements?: { action_id?: string; value?: string }[] }[])
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements }) => elements ?? [])
    .map(({ action_id = '', value = '' }) => ({ actionId: action_id, value }));
}

/** An interaction as the function URL hands it over: form-encoded, signed, and base64-encoded as Lambda may do. */
export function signedRequest(payload: unknown, signingSecret: string, seconds: number): unknown {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return {
    version: '2.0',
    rawPath: '/',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': sign(signingSecret, String(seconds), body),
    },
    requestContext: { http: { method: 'POST', path: '/' } },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parameters(request: IncomingMessage, body: string): Map<string, string> {
  if (request.headers['content-type']?.startsWith('application/json')) {
    const given = JSON.parse(body) as Record<string, unknown>;
    return new Map(
      Object.entries(given).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  }
  return new Map(new URLSearchParams(body));
}
