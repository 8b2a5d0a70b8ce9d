import { createServer, type IncomingMessage, type Server } from 'node:http';
import { sign } from '../../tasks/slack/signature';
import type { Scheduler } from '../engine/scheduler';
import { faultOf, faultOfForm } from './block-kit';
import { type Directory, groupMembers, homeTeam, userByEmail, userInfo } from './directory';

/** A message as a channel has it now. */
export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  /** The message in whose thread it is; null for one in the channel itself. */
  readonly thread: string | null;
  text: string;
  blocks: readonly unknown[];
  /** The file that it shares, if it does. */
  readonly file: SharedFile | null;
  /** How often it was rewritten. */
  edits: number;
}

export interface SharedFile {
  readonly name: string;
  readonly content: string;
}

export interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
}

/** What an app answers to an interaction. */
export interface Response {
  readonly statusCode: number;
  readonly body?: string | undefined;
}

export interface LocalSlackOptions {
  readonly scheduler: Scheduler;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly channels: readonly string[];
  readonly directory: Directory;
  /** Sends an interaction to the app, as a function URL's event; answers its response. */
  readonly deliver: (event: unknown) => Promise<Response>;
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

/** A form before somebody's eyes. What was typed stays in it until the app takes it. */
interface OpenForm {
  readonly id: string;
  readonly view: Readonly<Record<string, unknown>>;
  readonly typed: string;
  readonly errors: Readonly<Record<string, string>>;
}

/** So long a trigger may open a form, once. */
const triggerMs = 3_000;

type Answer = Record<string, unknown>;
type Given = ReadonlyMap<string, string>;

/**
 * Slack on this machine: the Web API over HTTP for the real client, with Slack's limits and errors, and a person who clicks
 * buttons and fills in forms, whose requests are signed as Slack signs them.
 */
export class LocalSlack {
  readonly messages: PostedMessage[] = [];
  readonly whispers: Whisper[] = [];
  /** The form that each person has before them. */
  readonly forms = new Map<string, OpenForm>();
  private readonly faults: Fault[] = [];
  private readonly triggers = new Map<string, { readonly user: string; readonly until: number }>();
  private readonly uploads = new Map<
    string,
    { readonly name: string; readonly length: number; content: string | null }
  >();
  private readonly server: Server;
  private counter = 0;

  private constructor(private readonly options: LocalSlackOptions) {
    this.server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const url = request.url ?? '';
        if (url.startsWith('/upload/')) {
          response.writeHead(this.receive(url.slice('/upload/'.length), request, body) ? 200 : 404);
          response.end('OK');
          return;
        }
        const method = url.replace(/^\/api\//, '').replace(/\?.*$/, '');
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
    return `${this.origin}/api/`;
  }

  private get origin(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the local Slack has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** From now on so many calls of a method are refused; `*` stands for every method. */
  fail(fault: { readonly method: string; readonly error: string; readonly times: number }): void {
    this.faults.push({ ...fault });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private answer(method: string, authorization: string | undefined, given: Given): Answer {
    if (authorization !== `Bearer ${this.options.botToken}`) return { ok: false, error: 'invalid_auth' };
    const fault = this.faults.find((it) => (it.method === method || it.method === '*') && it.times > 0);
    if (fault !== undefined) {
      fault.times--;
      return { ok: false, error: fault.error };
    }
    const { directory } = this.options;
    switch (method) {
      case 'chat.postMessage':
      case 'chat.update':
      case 'chat.postEphemeral':
        return this.say(method, given);
      case 'views.open':
        return this.openForm(given);
      case 'files.getUploadURLExternal':
        return this.offerUpload(given);
      case 'files.completeUploadExternal':
        return this.completeUpload(given);
      case 'auth.test':
        return { ok: true, team_id: homeTeam, user_id: 'U07APP', bot_id: 'B07APP' };
      case 'users.info':
        return userInfo(directory, given.get('user') ?? '');
      case 'users.lookupByEmail':
        return userByEmail(directory, given.get('email') ?? '');
      case 'usergroups.users.list':
        return groupMembers(directory, given.get('usergroup') ?? '');
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  private say(method: string, given: Given): Answer {
    const channel = given.get('channel') ?? '';
    if (!this.options.channels.includes(channel)) return { ok: false, error: 'channel_not_found' };
    const text = given.get('text') ?? '';
    if (text.length > 40_000) return { ok: false, error: 'msg_too_long' };
    const blocks = parsed(given.get('blocks') ?? '[]');
    const broken = faultOf(blocks);
    if (broken !== null) return refused('invalid_blocks', broken);
    switch (method) {
      case 'chat.postMessage':
        return this.post(channel, given.get('thread_ts') ?? null, text, blocks as unknown[]);
      case 'chat.update':
        return this.update(channel, given.get('ts') ?? '', text, blocks as unknown[]);
      default: {
        const whisper = { channel, user: given.get('user') ?? '', text };
        this.whispers.push(whisper);
        this.options.onWhisper?.(whisper);
        return { ok: true, message_ts: this.timestamp() };
      }
    }
  }

  private post(
    channel: string,
    thread: string | null,
    text: string,
    blocks: readonly unknown[],
    file: SharedFile | null = null,
  ): Answer {
    if (text === '' && blocks.length === 0 && file === null) return { ok: false, error: 'no_text' };
    const message: PostedMessage = { channel, ts: this.timestamp(), thread, text, blocks, file, edits: 0 };
    this.messages.push(message);
    this.options.onMessage?.(message, false);
    return { ok: true, channel, ts: message.ts, message: { text, ts: message.ts } };
  }

  private update(channel: string, ts: string, text: string, blocks: readonly unknown[]): Answer {
    const message = this.messages.find((it) => it.channel === channel && it.ts === ts);
    if (message === undefined) return { ok: false, error: 'message_not_found' };
    message.text = text;
    message.blocks = blocks;
    message.edits++;
    this.options.onMessage?.(message, true);
    return { ok: true, channel, ts, text };
  }

  private openForm(given: Given): Answer {
    const id = given.get('trigger_id') ?? '';
    const trigger = this.triggers.get(id);
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' };
    if (this.options.scheduler.now() > trigger.until) return { ok: false, error: 'expired_trigger_id' };
    const view = parsed(given.get('view') ?? '');
    const broken = faultOfForm(view);
    if (broken !== null) return refused('invalid_arguments', broken);
    this.triggers.delete(id);
    const form = { id: `V${++this.counter}`, view: view as OpenForm['view'], typed: '', errors: {} };
    this.forms.set(trigger.user, form);
    return { ok: true, view: { id: form.id } };
  }

  private offerUpload(given: Given): Answer {
    const length = Number(given.get('length'));
    const name = given.get('filename') ?? '';
    if (name === '' || !Number.isInteger(length) || length < 1)
      return refused('invalid_arguments', 'length or filename');
    const id = `F${++this.counter}`;
    this.uploads.set(id, { name, length, content: null });
    return { ok: true, file_id: id, upload_url: `${this.origin}/upload/${id}` };
  }

  /** The bytes of a file, as they are or as a form's part. */
  private receive(id: string, request: IncomingMessage, body: string): boolean {
    const upload = this.uploads.get(id);
    if (upload === undefined) return false;
    const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
    const part =
      boundary === undefined
        ? body
        : (body.split(`--${boundary}`)[1] ?? '').replace(/^[\s\S]*?\r\n\r\n/, '').replace(/\r\n$/, '');
    upload.content = part;
    return true;
  }

  private completeUpload(given: Given): Answer {
    const channel = given.get('channel_id') ?? '';
    if (!this.options.channels.includes(channel)) return { ok: false, error: 'channel_not_found' };
    const files = parsed(given.get('files') ?? '[]') as { id: string }[];
    for (const { id } of files) {
      const upload = this.uploads.get(id);
      if (upload?.content == null) return { ok: false, error: 'file_not_found' };
      const file = { name: upload.name, content: upload.content };
      this.post(channel, given.get('thread_ts') ?? null, given.get('initial_comment') ?? '', [], file);
    }
    return { ok: true, files };
  }

  private timestamp(): string {
    const seconds = Math.floor(this.options.scheduler.now() / 1_000);
    return `${seconds}.${String(++this.counter).padStart(6, '0')}`;
  }

  /** A person clicks a button. Answers what the app said to Slack. */
  click(user: string, message: PostedMessage, button: SeenButton): Promise<Response> {
    const trigger = `${++this.counter}.local`;
    this.triggers.set(trigger, { user, until: this.options.scheduler.now() + triggerMs });
    return this.send({
      ...this.by(user),
      type: 'block_actions',
      container: { type: 'message', message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
      trigger_id: trigger,
      channel: { id: message.channel, name: 'incidents' },
      message: { ts: message.ts, text: message.text, blocks: message.blocks },
      actions: [{ type: 'button', action_id: button.actionId, value: button.value, action_ts: this.timestamp() }],
    });
  }

  /** A person fills in the form before them and sends it; null where there is none. It stays while the app finds fault with it. */
  async submit(user: string, words: string): Promise<Response | null> {
    const form = this.forms.get(user);
    if (form === undefined) return null;
    const blocks = form.view['blocks'] as { type: string; block_id?: string; element?: { action_id?: string } }[];
    const values = Object.fromEntries(
      blocks.flatMap(({ type, block_id = '', element }) =>
        type === 'input'
          ? [[block_id, { [element?.action_id ?? '']: { type: 'plain_text_input', value: words } }]]
          : [],
      ),
    );
    const { callback_id, private_metadata } = form.view;
    const response = await this.send({
      ...this.by(user),
      type: 'view_submission',
      view: { id: form.id, type: 'modal', callback_id, private_metadata, state: { values } },
    });
    const said = parsed(response.body ?? '{}') as { response_action?: string; errors?: Record<string, string> };
    if (response.statusCode !== 200 || said.response_action === 'errors') {
      this.forms.set(user, { ...form, typed: words, errors: said.errors ?? {} });
    } else {
      this.forms.delete(user);
    }
    return response;
  }

  private by(user: string): Answer {
    return {
      user: { id: user, username: user.toLowerCase(), team_id: homeTeam },
      api_app_id: 'A07LOCAL',
      team: { id: homeTeam, domain: 'local' },
    };
  }

  private send(payload: unknown): Promise<Response> {
    const now = Math.floor(this.options.scheduler.now() / 1_000);
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

function refused(error: string, why: string): Answer {
  return { ok: false, error, response_metadata: { messages: [`[ERROR] ${why}`] } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
  const query = new URL(request.url ?? '/', 'http://local').searchParams;
  return new Map([...query, ...new URLSearchParams(body)]);
}
