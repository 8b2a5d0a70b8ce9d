import { WebClient } from '@slack/web-api';
import type { Block } from './blocks';

export interface Message {
  /** What notifications and screen readers say. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What we ask of Slack. Everything throws where Slack says no. */
export interface SlackApi {
  post(channel: string, message: Message): Promise<{ channel: string; ts: string }>;
  update(channel: string, ts: string, message: Message): Promise<void>;
  reply(channel: string, ts: string, text: string): Promise<void>;
  /** Only this user sees it. */
  whisper(channel: string, user: string, text: string): Promise<void>;
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

/** Names and links in what we say are our own: nothing is to be unfurled or expanded. */
const plain = { unfurl_links: false, unfurl_media: false } as const;

export function slackClient(botToken: string, apiUrl: string): SlackApi {
  const client = new WebClient(botToken, { slackApiUrl: apiUrl, ...patience });
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
  };
}
