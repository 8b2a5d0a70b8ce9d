import { z } from 'zod';

/** Slack's interactions are some kilobytes: a message with all its blocks. What is larger is not one. */
const bodyLimit = 256 * 1_024;

const functionUrlEvent = z.object({
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
});

export interface Request {
  readonly method: string;
  readonly contentType: string;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  /** As UTF-8, byte for byte what was signed. */
  readonly body: string;
}

/** A function URL's event as a request; null where it is none. */
export function readRequest(event: unknown): Request | null {
  const parsed = functionUrlEvent.safeParse(event);
  if (!parsed.success) return null;
  const { requestContext, headers, body = '', isBase64Encoded } = parsed.data;
  if (body.length > bodyLimit * 2) return null;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (Buffer.byteLength(text) > bodyLimit) return null;
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: requestContext.http.method,
    contentType: lower.get('content-type') ?? '',
    timestamp: lower.get('x-slack-request-timestamp'),
    signature: lower.get('x-slack-signature'),
    body: text,
  };
}

const value = z.strictObject({ approval: z.string().min(1).max(64), shown: z.string().regex(/^[0-9a-f]{64}$/) });

const click = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,20}$/) }),
  container: z.object({ channel_id: z.string(), message_ts: z.string() }).partial().optional(),
  channel: z.object({ id: z.string() }).optional(),
  actions: z.array(z.object({ action_id: z.enum(['approve', 'reject']), value: z.string().max(2_000) })).length(1),
});

export interface Click {
  readonly userId: string;
  readonly verdict: 'approve' | 'reject';
  readonly approvalId: string;
  readonly shownHash: string;
  readonly channel: string | null;
}

/** The click that a signed request carries; null where it is anything else. */
export function readClick({ contentType, body }: Request): Click | null {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return null;
  try {
    const payload = new URLSearchParams(body).get('payload');
    const { user, actions, channel, container } = click.parse(JSON.parse(payload ?? ''));
    const [action] = actions;
    if (action === undefined) return null;
    const { approval, shown } = value.parse(JSON.parse(action.value));
    return {
      userId: user.id,
      verdict: action.action_id,
      approvalId: approval,
      shownHash: shown,
      channel: channel?.id ?? container?.channel_id ?? null,
    };
  } catch {
    return null;
  }
}
