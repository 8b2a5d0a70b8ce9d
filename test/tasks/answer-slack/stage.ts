import { signedRequest } from '../../../replay/slack/local-slack';
import { memoryTable } from '../../../replay/world/incident-table';
import type { Approval } from '../../../runbooks/approval';
import type { Actor } from '../../../runbooks/incident';
import type { DecisionDeps } from '../../../tasks/answer-slack/deps';
import { task } from '../../../tasks/answer-slack/handler';
import type { Person } from '../../../tasks/slack/client';
import { rejection } from '../../../tasks/slack/interaction';
import type { Incident } from '../../../tasks/store/incidents';
import { openStore, type Store } from '../../../tasks/store/store';
import type { TableClient } from '../../../tasks/store/table';
import { eventRecord, incidentRecord, nowhere } from '../store/records';

export const hash = 'a'.repeat(64);
export const token = 'the-task-token-that-nobody-may-see';
export const began = '2026-03-14T02:47:00.000Z';
export const secret = 'present';

/** What the stage's people are: by their names, for a test to read. */
export const people = {
  approver: 'U0APPROVER',
  other: 'U0OTHER',
  third: 'U0THIRD',
  outside: 'U0NOBODY',
  actor: 'U0ACTOR',
  bot: 'U0BOT',
  deactivated: 'U0GONE',
  guest: 'U0GUEST',
} as const;

export function approvalOf(more: Partial<Approval> = {}): Approval {
  return {
    id: 'approval-1',
    incidentId: 'incident-1',
    purpose: 'remediate',
    changeSetHash: hash,
    round: 1,
    status: 'PENDING',
    revision: 0,
    channel: 'C07INCIDENTS',
    approvers: [
      people.approver,
      people.other,
      people.third,
      people.actor,
      people.bot,
      people.deactivated,
      people.guest,
    ],
    barred: [],
    identities: [],
    needed: 1,
    votes: [],
    asked: [{ at: began, as: 'asked', userIds: [people.approver], notes: [] }],
    extensions: [],
    askedAt: began,
    deadline: '2026-03-14T03:17:00.000Z',
    remindAfterSeconds: 450,
    escalate: null,
    moreTime: { bySeconds: 1_800, times: 1 },
    onSilence: 'leave',
    decidedAt: null,
    ...more,
  };
}

const mallory: Actor = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_X/actor@example.com',
  name: 'AWSReservedSSO_X',
  service: null,
  principalArn: 'arn:aws:iam::111122223333:role/AWSReservedSSO_X',
  sessionName: 'actor@example.com',
  accountId: '111122223333',
  sourceIp: '203.0.113.1',
  userAgent: 'aws-cli',
  mfa: true,
  accessKeyId: null,
  sessionSince: null,
};

/** An incident of which the channel knows, before anything is decided. */
export function incidentOf(more: Partial<Incident> = {}): Incident {
  return incidentRecord('incident-1', {
    executionArn: 'arn:aws:states:eu-central-1:111122223333:execution:NetworkChangeMachine:e1',
    severity: 'critical',
    rounds: 1,
    message: { channel: 'C07INCIDENTS', ts: '1.1' },
    ...more,
  });
}

/** The decision handler with everything around it simulated, and what came of it. */
export class Stage {
  readonly store: Store;
  readonly sent: { token: string; output: unknown }[] = [];
  readonly released: string[] = [];
  readonly whispered: string[] = [];
  readonly told: string[] = [];
  readonly presented: string[] = [];
  readonly opened: unknown[] = [];
  readonly logged: string[] = [];
  /** Errors that the next calls of Step Functions end in. */
  readonly failing: string[] = [];
  now = new Date('2026-03-14T02:50:00Z');
  slackAnswers = true;
  /** What stands for STS. */
  vouch: DecisionDeps['callerOf'] = async ({ headers: { arn = null, purpose } }, binding) =>
    purpose === binding ? arn : null;
  private counter = 0;

  constructor(table: TableClient = memoryTable()) {
    this.store = openStore(table, { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
  }

  /** An incident whose question is open. */
  async ask(more: Partial<Approval> = {}, incident: Partial<Incident> = {}): Promise<string> {
    const approval = approvalOf(more);
    const event = eventRecord('e1', { actor: mallory });
    await this.store.incidents.openOrJoin(incidentOf({ id: approval.incidentId, ...incident }), event, nowhere);
    await this.store.approvals.ask(approval, token);
    return approval.id;
  }

  readonly deps: Omit<DecisionDeps, 'store'> = {
    now: () => this.now,
    pause: () => new Promise(() => {}),
    configuration: {
      account: '111122223333',
      partition: 'aws',
      approverRoleName: 'approvers',
    } as DecisionDeps['configuration'],
    slackSecrets: async () => ({ botToken: 'xoxb', signingSecrets: [secret, 'previous'] }),
    slackApi: async () => {
      if (!this.slackAnswers) throw new Error('Slack is not there');
      return {
        person: async (id: string): Promise<Person> => ({
          id,
          email: id === people.actor ? 'actor@example.com' : null,
          bot: id === people.bot,
          deactivated: id === people.deactivated,
          ours: id !== people.guest,
        }),
        whisper: async (_channel: string, _user: string, text: string) => {
          this.whispered.push(text);
        },
        open: async (_trigger: string, form: unknown) => {
          this.opened.push(form);
        },
      } as unknown as Awaited<ReturnType<DecisionDeps['slackApi']>>;
    },
    responders: {
      present: async (incidentId) => {
        this.presented.push(incidentId);
        return null;
      },
      tell: async (_incidentId, words) => {
        this.told.push(typeof words === 'string' ? words : words.mrkdwn);
      },
      attach: async () => {},
    },
    machines: {
      answer: async (taskToken, output) => {
        this.fail();
        this.sent.push({ token: taskToken, output: JSON.parse(output) as unknown });
      },
      startRelease: async (name) => {
        this.fail();
        this.released.push(name);
      },
    },
    callerOf: (proof, binding) => this.vouch(proof, binding),
    log: (level, message, about) => {
      this.logged.push(JSON.stringify({ level, message, ...about }));
    },
  };

  private fail(): void {
    const name = this.failing.shift();
    if (name === undefined) return;
    const error = new Error(name);
    error.name = name;
    throw error;
  }

  async send(event: unknown): Promise<{ statusCode: number; body?: string }> {
    return (await task.run(event, { ...this.deps, store: this.store })) as { statusCode: number; body?: string };
  }

  /** A signed request of Slack's; no two are the same. */
  signed(payload: object, more: { secret?: string; seconds?: number } = {}): unknown {
    const seconds = more.seconds ?? Math.floor(this.now.getTime() / 1_000);
    return signedRequest({ nonce: ++this.counter, ...payload }, more.secret ?? secret, seconds);
  }

  click(user: string, action: string, approval: string, shown = hash): Promise<{ statusCode: number; body?: string }> {
    return this.send(this.signed(clickOf(user, action, JSON.stringify({ approval, shown }))));
  }

  undo(user: string, incident = 'incident-1'): Promise<{ statusCode: number; body?: string }> {
    return this.send(this.signed(clickOf(user, 'undo', JSON.stringify({ incident }))));
  }

  /** Sends the form for a rejection, filled in. */
  reject(user: string, approval: string, words: string, shown = hash): Promise<{ statusCode: number; body?: string }> {
    return this.send(this.signed(formOf(user, approval, words, shown)));
  }
}

export function clickOf(user: string, action: string, value: string): object {
  return {
    type: 'block_actions',
    user: { id: user },
    team: { id: 'T07LOCAL' },
    channel: { id: 'C07INCIDENTS' },
    trigger_id: 't',
    actions: [{ action_id: action, value }],
  };
}

export function formOf(user: string, approval: string, words: string, shown = hash): object {
  return {
    type: 'view_submission',
    user: { id: user },
    team: { id: 'T07LOCAL' },
    view: {
      callback_id: rejection.form,
      private_metadata: JSON.stringify({ approval, shown, channel: 'C07INCIDENTS' }),
      state: { values: { [rejection.block]: { [rejection.field]: { value: words } } } },
    },
  };
}
