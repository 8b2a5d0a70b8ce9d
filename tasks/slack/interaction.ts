import * as z from 'zod';

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

/** Which question, and the hash that was shown. */
const aboutApproval = z.strictObject({
  approval: z.string().min(1).max(64),
  shown: z.string().regex(/^[0-9a-f]{64}$/),
});
const aboutIncident = z.strictObject({ incident: z.string().min(1).max(128) });
/** What a form remembers: the question, and where it was asked. */
const metadata = aboutApproval.extend({ channel: z.string().max(32).nullable() });
export type FormMetadata = z.infer<typeof metadata>;

const user = z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,20}$/) });
const team = z.object({ id: z.string().max(32) }).nullish();

const click = z.object({
  type: z.literal('block_actions'),
  user,
  team,
  trigger_id: z.string().max(256).default(''),
  container: z
    .object({ channel_id: z.string().max(32) })
    .partial()
    .optional(),
  channel: z.object({ id: z.string().max(32) }).optional(),
  actions: z
    .array(z.object({ action_id: z.enum(['approve', 'reject', 'more-time', 'undo']), value: z.string().max(2_000) }))
    .length(1),
});

/** The names within the form for a rejection. */
export const rejection = { form: 'reject', block: 'reason', field: 'words' } as const;

const submission = z.object({
  type: z.literal('view_submission'),
  user,
  team,
  view: z.object({
    callback_id: z.literal(rejection.form),
    private_metadata: z.string().max(3_000),
    state: z.object({
      values: z.object({
        [rejection.block]: z.object({ [rejection.field]: z.object({ value: z.string().max(3_000).nullish() }) }),
      }),
    }),
  }),
});

interface By {
  readonly userId: string;
  readonly channel: string | null;
  /** Slack's team and channel, for the record. */
  readonly from: string;
}

interface About {
  readonly approvalId: string;
  readonly shown: string;
}

/** What somebody does in Slack. */
export type Interaction =
  | (By & About & { readonly kind: 'approve' | 'more-time' })
  | (By & About & { readonly kind: 'ask-why'; readonly triggerId: string })
  | (By & About & { readonly kind: 'reject'; readonly reason: string })
  | (By & { readonly kind: 'undo'; readonly incidentId: string });

/** The interaction that a signed request carries; null where it is anything else. */
export function readInteraction({ contentType, body }: Request): Interaction | null {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return null;
  try {
    const payload: unknown = JSON.parse(new URLSearchParams(body).get('payload') ?? '');
    const submitted = submission.safeParse(payload);
    return submitted.success ? ofForm(submitted.data) : ofClick(click.parse(payload));
  } catch {
    return null;
  }
}

function ofForm({ user, team, view }: z.infer<typeof submission>): Interaction {
  const { approval, shown, channel } = metadata.parse(JSON.parse(view.private_metadata));
  const reason = view.state.values[rejection.block][rejection.field].value ?? '';
  return { kind: 'reject', ...by(user.id, team?.id, channel), approvalId: approval, shown, reason };
}

function ofClick({ user, team, actions, channel, container, trigger_id }: z.infer<typeof click>): Interaction | null {
  const [action] = actions;
  if (action === undefined) return null;
  const who = by(user.id, team?.id, channel?.id ?? container?.channel_id ?? null);
  const value: unknown = JSON.parse(action.value);
  if (action.action_id === 'undo') return { kind: 'undo', ...who, incidentId: aboutIncident.parse(value).incident };
  const { approval: approvalId, shown } = aboutApproval.parse(value);
  if (action.action_id === 'reject') return { kind: 'ask-why', ...who, approvalId, shown, triggerId: trigger_id };
  return { kind: action.action_id, ...who, approvalId, shown };
}

function by(userId: string, team: string | undefined, channel: string | null): By {
  return { userId, channel, from: `Slack ${team ?? 'unknown team'} ${channel ?? 'unknown channel'}` };
}
