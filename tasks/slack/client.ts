import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import * as z from 'zod';
import type { Block, Form } from './blocks';

export interface Message {
  /** What notifications and screen readers say. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A user as Slack's directory has them now. */
export interface Person {
  readonly id: string;
  /** Null where the profile has none, or the app may not read it. */
  readonly email: string | null;
  readonly bot: boolean;
  readonly deactivated: boolean;
  /** Of the workspace that the app is installed in: not of another one that shares a channel with it. */
  readonly ours: boolean;
}

/** What we ask of Slack. Everything throws where Slack says no. */
export interface SlackApi {
  post(channel: string, message: Message): Promise<{ channel: string; ts: string }>;
  update(channel: string, ts: string, message: Message): Promise<void>;
  reply(channel: string, ts: string, text: string): Promise<void>;
  /** Only this user sees it. */
  whisper(channel: string, user: string, text: string): Promise<void>;
  /** A form before the person who has just clicked; the trigger lives for three seconds. */
  open(triggerId: string, form: Form): Promise<void>;
  /** A file in a message's thread. */
  upload(channel: string, ts: string, file: { name: string; content: string; comment: string }): Promise<void>;
  person(user: string): Promise<Person>;
  /** The members of a user group, deactivated ones left out. */
  members(userGroup: string): Promise<string[]>;
  userByEmail(email: string): Promise<string>;
}

/**
 * Left to itself the client tries for half an hour and lets one rate limit stall its queue. A function has seconds, and the
 * fallback is better than waiting.
 */
const patience = {
  timeout: 2_000,
  retryConfig: { retries: 1, minTimeout: 200, maxTimeout: 500 },
  rejectRateLimitedCalls: true,
};

/** Somebody waits for the answer to a click: one try, and the rest by other ways. */
const haste = { ...patience, timeout: 1_000, retryConfig: { retries: 0 } };

/** Whatever goes wrong is thrown, and told by whoever asked: the client’s own lines would stand beside our log. */
const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** Names and links in what we say are our own: nothing is to be unfurled or expanded. */
const plain = { unfurl_links: false, unfurl_media: false } as const;

const directory = z.object({
  id: z.string(),
  team_id: z.string(),
  deleted: z.boolean().default(false),
  is_bot: z.boolean().default(false),
  is_stranger: z.boolean().default(false),
  profile: z.object({ email: z.string().optional() }).default({}),
});

export function slackClient(botToken: string, apiUrl: string, hurry = false): SlackApi {
  const client = new WebClient(botToken, { slackApiUrl: apiUrl, logger: silent, ...(hurry ? haste : patience) });
  let home: Promise<string> | undefined;
  const team = () => {
    home ??= client.auth.test().then(({ team_id = '' }) => team_id);
    // A failure is not kept: the next click asks again.
    home.catch(() => {
      home = undefined;
    });
    return home;
  };
  return {
    async post(channel, { text, blocks }) {
      const sent = await client.chat.postMessage({ channel, text, blocks: [...blocks] as never, ...plain });
      return { channel: sent.channel ?? channel, ts: sent.ts ?? '' };
    },
    async update(channel, ts, { text, blocks }) {
      await client.chat.update({ channel, ts, text, blocks: [...blocks] as never });
    },
    async reply(channel, ts, text) {
      await client.chat.postMessage({ channel, thread_ts: ts, text, ...plain });
    },
    async whisper(channel, user, text) {
      await client.chat.postEphemeral({ channel, user, text });
    },
    async open(trigger_id, form) {
      await client.views.open({ trigger_id, view: form as never });
    },
    async upload(channel_id, thread_ts, { name, content, comment }) {
      await client.filesUploadV2({ channel_id, thread_ts, filename: name, content, initial_comment: comment });
    },
    async person(user) {
      const [{ user: found }, ourTeam] = await Promise.all([client.users.info({ user }), team()]);
      const { id, team_id, deleted, is_bot, is_stranger, profile } = directory.parse(found);
      return {
        id,
        email: profile.email ?? null,
        bot: is_bot,
        deactivated: deleted,
        ours: team_id === ourTeam && !is_stranger,
      };
    },
    async members(usergroup) {
      const { users = [] } = await client.usergroups.users.list({ usergroup, include_disabled: false });
      return users;
    },
    async userByEmail(email) {
      const { user } = await client.users.lookupByEmail({ email });
      return directory.parse(user).id;
    },
  };
}
