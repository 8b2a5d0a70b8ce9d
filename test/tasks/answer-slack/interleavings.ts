import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { memoryTable } from '../../../replay/world/incident-table';
import { type Change, hashChangeSet } from '../../../runbooks/change';
import { whyNot } from '../../../tasks/apply-changes/authority';
import type { Deps } from '../../../tasks/deps';
import { task as expireApproval } from '../../../tasks/expire-approval/handler';
import { task as requestApproval } from '../../../tasks/request-approval/handler';
import type { Store } from '../../../tasks/store/store';
import type { TableClient } from '../../../tasks/store/table';
import { decisionRecord, eventRecord, nowhere } from '../store/records';
import { began, clickOf, formOf, incidentOf, Stage } from './stage';

/**
 * The whole life of one question, its real tasks and the real handler on one table, in every order in which their steps can
 * fall: clickers, reminders, escalation, expiry, crashes between any two steps, and redeliveries.
 */

const users = ['U0ONE', 'U0TWO', 'U0THREE', 'U0FOUR', 'U0FIVE'] as const;

interface Act {
  readonly user: (typeof users)[number];
  readonly what: 'approve' | 'reject' | 'more-time';
  /** Whether Slack delivers the very same request twice. */
  readonly redelivered: boolean;
}

interface Scenario {
  readonly acts: readonly Act[];
  readonly needed: number;
  readonly onSilence: 'leave' | 'apply';
  readonly reversible: boolean;
  readonly escalates: boolean;
  readonly moreTimes: number;
  /** After so many steps of the table, counted over all who use it, whoever makes the next one crashes before or after it. */
  readonly crashes: readonly { readonly after: number; readonly before: boolean }[];
  /** Whether Step Functions refuses each of the next calls that would tell the machine. */
  readonly deaf: readonly boolean[];
  /** So many seconds pass at each stroke of the clock. */
  readonly strokes: readonly number[];
}

const act = fc.record({
  user: fc.constantFrom(...users),
  what: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const, 'more-time' as const),
  redelivered: fc.boolean(),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  acts: fc.array(act, { maxLength: 5 }),
  needed: fc.integer({ min: 1, max: 3 }),
  onSilence: fc.constantFrom('leave' as const, 'apply' as const),
  reversible: fc.boolean(),
  escalates: fc.boolean(),
  moreTimes: fc.integer({ min: 0, max: 2 }),
  crashes: fc.array(fc.record({ after: fc.integer({ min: 1, max: 120 }), before: fc.boolean() }), { maxLength: 3 }),
  deaf: fc.array(fc.boolean(), { maxLength: 2 }),
  strokes: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 12 }),
});

class Crash extends Error {
  override readonly name = 'Runtime.ExitError';
}

/** Plays one run, and throws where what is expected of every run does not hold. Answers what the machine heard. */
export async function play(s: fc.Scheduler, it: Scenario): Promise<string> {
  const inner = memoryTable();
  const steps = { made: 0 };
  const decisions: string[] = [];
  /** Each call is a step of its own, which the scheduler puts among the others' and which its caller may not survive. */
  const step =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    async (input: Input) => {
      if (free.getStore() === true) return call(input);
      await s.schedule(Promise.resolve());
      const crash = it.crashes.find(({ after }) => after === ++steps.made);
      if (crash?.before === true) throw new Crash('before a step');
      const output = await call(input);
      if (crash !== undefined) throw new Crash('after a step');
      return output;
    };
  const table: TableClient = {
    get: step(inner.get),
    put: step(inner.put),
    delete: step(inner.delete),
    query: step(inner.query),
    update: step(async (input: Parameters<TableClient['update']>[0]) => {
      const before = (await inner.get({ ...input, ConsistentRead: true })).Item?.['status'];
      const after = await inner.update(input);
      const now = String(after.Attributes?.['status']);
      if (before === 'PENDING' && now !== 'PENDING') decisions.push(now);
      return after;
    }),
  };
  const stage = new Stage(table);
  stage.now = new Date(began);
  const { store } = stage;
  const set = changesOf(it.reversible);
  await free.run(true, () => prepare(store, it, set));

  const machine = new Machine(stage, store, set.hash, [...it.deaf]);
  const running = s.schedule(Promise.resolve()).then(() => machine.run());
  const clicking = it.acts.map(async ({ user, what, redelivered }) => {
    // Nobody clicks on what is not shown yet.
    const id = await machine.asked;
    await s.schedule(Promise.resolve());
    const request = stage.signed(
      what === 'reject'
        ? formOf(user, id, 'no', set.hash)
        : clickOf(user, what, JSON.stringify({ approval: id, shown: set.hash })),
    );
    for (let times = 0; times < (redelivered ? 2 : 1); times++)
      await stage.send({ ...(request as object) }).catch(survived);
  });
  const clock = async () => {
    for (const seconds of it.strokes) {
      await s.schedule(Promise.resolve());
      machine.pass(seconds);
      await stage.send({ kind: 'sweep' }).catch(survived);
    }
  };
  const all = Promise.all([...clicking, clock()]);
  await s.waitFor(all);
  // In the end time goes on, and the sweep with it, until the machine has gone its way.
  const end = (async () => {
    // What people have decided reaches the machine without its waiting for a time limit.
    for (let rounds = 0; rounds <= it.crashes.length + it.deaf.length; rounds++) {
      await stage.send({ kind: 'sweep' }).catch(survived);
      for (let turns = 0; turns < 60 && !machine.ended; turns++) await s.schedule(Promise.resolve());
    }
    const [decided] = decisions;
    if ((decided === 'APPROVED' || decided === 'REJECTED') && !machine.ended)
      throw new Error(`nobody told the machine of ${decided}`);
    for (let rounds = 0; !machine.ended; rounds++) {
      if (rounds > 400) throw new Error('the machine waits for ever');
      machine.pass(600);
      await stage.send({ kind: 'sweep' }).catch(survived);
      await s.schedule(Promise.resolve());
    }
    await running;
  })();
  await s.waitFor(end);

  await free.run(true, () => check(store, machine, decisions, set.hash, stage.told));
  return machine.verdict;
}

const free = new AsyncLocalStorage<boolean>();

function survived(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}

async function check(
  store: Store,
  machine: Machine,
  decisions: readonly string[],
  hash: string,
  told: readonly string[],
): Promise<void> {
  const id = await machine.asked;
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(what);
  };
  const approval = await store.approvals.read(id);
  must(decisions.length === 1, `${decisions.length} decisions were recorded`);
  must(decisions[0] === approval.status, `the record says ${approval.status}, first it was ${decisions[0]}`);
  const wanted = {
    APPROVED: 'approved',
    REJECTED: 'rejected',
    EXPIRED: approval.onSilence === 'apply' ? 'apply-unanswered' : 'unanswered',
    VOID: 'unanswered',
    PENDING: 'nothing',
  }[approval.status];
  must(machine.verdict === wanted, `the machine heard ${machine.verdict} of what is ${approval.status}`);
  must(machine.answered.size === machine.answers, 'a token was answered twice');
  const approving = new Set(approval.votes.filter(({ verdict }) => verdict === 'approve').map(({ userId }) => userId));
  must(
    approval.votes.every(({ shown }) => shown === hash),
    'a vote is on something else',
  );
  must(
    approving.size === approval.votes.filter(({ verdict }) => verdict === 'approve').length,
    'somebody counts twice',
  );
  must(
    (approval.status === 'APPROVED') === (approving.size >= approval.needed && approval.status !== 'REJECTED'),
    `${approving.size} of ${approval.needed} is ${approval.status}`,
  );
  const heard = told.flatMap((line) => /^👍 <@(\w+)>/.exec(line)?.[1] ?? []);
  must(
    heard.every((user) => approving.has(user)),
    'somebody was told that their word counts, and it does not',
  );
  const longer = told.filter((line) => line.startsWith('⏱')).length;
  must(longer <= approval.extensions.length, 'somebody was told of more time that there is not');
  must(
    approval.votes.every(({ userId }) => approval.approvers.includes(userId)),
    'somebody decided who may not',
  );
  must(
    approval.votes.every(({ at }) => at < approval.deadline),
    'somebody decided too late',
  );
  must(approval.extensions.length <= approval.moreTime.times, 'there was more time than the plan leaves');
  if (machine.verdict !== 'approved' && machine.verdict !== 'apply-unanswered') return;
  const { proposals } = await store.incidents.read('incident-1');
  const set = await store.ledger.proposal('incident-1', hash);
  if (proposals.remediate === null) throw new Error('there is no proposal');
  const refusal = whyNot(set, proposals.remediate, approval);
  must(refusal === null, `what was decided is not applied: ${refusal}`);
  must(set.hash === hash && hashChangeSet(set) === hash, 'what is applied is not what was shown');
}

/** The answer phase of a state machine as Step Functions runs it: one token at a time, each good for one answer. */
class Machine {
  verdict = 'none';
  ended = false;
  answers = 0;
  readonly answered = new Set<string>();
  private waiting: { readonly token: string; readonly until: number; readonly go: (output: Heard) => void } | null =
    null;
  private tokens = 0;
  private shown: (approvalId: string) => void = () => {};
  /** The question's id, as soon as it was asked. */
  readonly asked = new Promise<string>((resolve) => {
    this.shown = resolve;
  });

  constructor(
    private readonly stage: Stage,
    private readonly store: Store,
    private readonly changeSetHash: string,
    deaf: boolean[],
  ) {
    stage.deps.machines.answer = async (token, output) => {
      if (deaf.shift() === true) throw new Error('ServiceUnavailable');
      const { waiting } = this;
      if (waiting === null || waiting.token !== token) {
        const gone = new Error('Task Timed Out');
        gone.name = 'TaskTimedOut';
        throw gone;
      }
      this.waiting = null;
      this.answers++;
      this.answered.add(token);
      waiting.go(JSON.parse(output) as Heard);
    };
  }

  /** Time passes; a wait that has lasted too long ends. */
  pass(seconds: number): void {
    const { stage, waiting } = this;
    stage.now = new Date(stage.now.getTime() + seconds * 1_000);
    if (waiting === null || stage.now.getTime() < waiting.until) return;
    this.waiting = null;
    waiting.go({ verdict: 'timed-out', waitSeconds: 1 });
  }

  async run(): Promise<void> {
    let waitSeconds = 300;
    const { stage } = this;
    const deps = { ...stage.deps, store: this.store, plan: planOf } as unknown as Deps;
    const about = { incidentId: 'incident-1', purpose: 'remediate' as const };
    for (;;) {
      const token = `token-${++this.tokens}`;
      const heard = new Promise<Heard>((go) => {
        this.waiting = { token, until: stage.now.getTime() + waitSeconds * 1_000, go };
      });
      let outcome = await this.survive(() =>
        requestApproval.run({ ...about, changeSetHash: this.changeSetHash, taskToken: token }, deps).then(
          () => null,
          (error: unknown) => {
            if (error instanceof Error && error.name === 'AlreadyDecided')
              return { verdict: 'already-decided', waitSeconds: 1 };
            throw error;
          },
        ),
      );
      this.shown(
        (await free.run(true, () => this.store.incidents.read('incident-1'))).proposals.remediate?.approvalId ?? '',
      );
      if (outcome === null) outcome = await heard;
      else this.waiting = null;
      if (outcome.verdict === 'timed-out' || outcome.verdict === 'already-decided') {
        outcome = (await this.survive(() => expireApproval.run(about, deps))) as Heard;
      }
      ({ waitSeconds } = outcome);
      if (outcome.verdict === 'extended' || outcome.verdict === 'waiting') continue;
      this.verdict = outcome.verdict;
      this.ended = true;
      return;
    }
  }

  /** A state whose function dies is tried again. */
  private async survive<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        survived(error);
      }
    }
  }
}

interface Heard {
  readonly verdict: string;
  readonly waitSeconds: number;
}

const planOf: Deps['plan'] = () =>
  ({ plan: { channel: 'C07INCIDENTS', identities: [] } }) as unknown as ReturnType<Deps['plan']>;

function changesOf(reversible: boolean) {
  const change: Change = {
    id: 'c',
    action: 'restore-security-group-rules',
    target: { type: 'AWS::EC2::SecurityGroup', id: 'sg-1' },
    before: { rules: ['open'] },
    after: { rules: [] },
    line: 'sg-1: revoke',
    reversible,
    knownFrom: 'event',
    owner: null,
    warnings: [],
  };
  const unhashed = { incidentId: 'incident-1', purpose: 'remediate' as const, round: 1, changes: [change] };
  return { ...unhashed, hash: hashChangeSet(unhashed) };
}

async function prepare(store: Store, it: Scenario, set: ReturnType<typeof changesOf>): Promise<void> {
  const list = (name: string, slackUsers: readonly string[]) => ({
    name,
    slackUsers: [...slackUsers],
    slackUserGroups: [],
    emails: [],
    fallback: [],
  });
  const decision = decisionRecord({
    remediate: {
      mode: 'approval',
      actions: [],
      approvers: list('on-call', users.slice(0, 3)),
      count: it.needed,
      withinSeconds: 1_800,
      remindAfterSeconds: 300,
      escalate: it.escalates ? { to: list('leads', users.slice(3)), afterSeconds: 600 } : null,
      moreTime: { bySeconds: 900, times: it.moreTimes },
      onSilence: it.onSilence,
    },
  });
  const proposal = {
    changeSetHash: set.hash,
    round: 1,
    mode: 'approval' as const,
    restrainedBecause: null,
    approvalId: null,
    moved: 0,
    supersedes: null,
    state: 'proposed' as const,
  };
  const incident = incidentOf({
    decision,
    proposals: { protect: null, contain: null, expel: null, remediate: proposal, undo: null },
  });
  await store.incidents.openOrJoin(incident, eventRecord('e'), nowhere);
  await store.ledger.propose(set);
}
