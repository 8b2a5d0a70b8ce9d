import type { Approval } from '../../runbooks/approval';
import type { LedgerEntry, LedgerState } from '../../runbooks/change';
import { type Purpose, purpose } from '../../runbooks/decision';
import type { ManifestEntry } from '../../runbooks/evidence';
import type { IncidentOutcome, Severity } from '../../runbooks/incident';
import { nodeForensicsRequest } from '../../runbooks/node-forensics';
import type { ListedApproval } from '../../tasks/answer-slack/from-command-line';
import { incidentTag, sourceTag } from '../../tasks/forensics/snapshots';
import type { Incident } from '../../tasks/store/incidents';
import { VirtualScheduler } from '../engine/scheduler';
import type { ExecutionDescription } from '../engine/step-functions';
import { AwsError } from '../estate/aws-error';
import type { Call } from '../estate/estate';
import type { EventBridgeEvent } from '../estate/records';
import type { StoredVersion } from '../estate/state';
import { buttonsOf, type PostedMessage, type SeenButton, type Whisper } from '../slack/local-slack';
import { World } from '../world/world';
import type { IncidentFile, LoadedIncident, ScriptedAnswer } from './incident-file';
import { type Timing, Timings } from './timings';

/** Something that happened, when, in a line that can be read. */
export interface Moment {
  readonly at: string;
  readonly kind: 'event' | 'machine' | 'decision' | 'slack' | 'answer' | 'change' | 'evidence' | 'undo';
  readonly text: string;
}

/** A question in Slack that waits for somebody. */
export interface Question {
  readonly number: number;
  readonly message: PostedMessage;
  readonly buttons: readonly SeenButton[];
}

/** What somebody does with a question, and how long after it was asked. */
export interface SlackAnswer {
  readonly user: string;
  readonly answer: 'approve' | 'reject' | 'more-time';
  readonly reason?: string;
  readonly after?: number;
  readonly status?: number;
}

/** A head message as it stood from some moment on. */
export interface Shown {
  readonly at: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** Whether a question is asked with it that was not before. */
  readonly asks: boolean;
}

/** Changes that were proposed together, by whose leave they were made, and what became of each. */
export interface RecordedChangeSet {
  readonly purpose: Purpose;
  readonly hash: string;
  readonly leave: string;
  /** `from` is when it was begun, `to` when it came to the state; null where it never was begun. */
  readonly changes: readonly {
    readonly line: string;
    readonly state: LedgerState | null;
    readonly failure: string | null;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

/** An incident as the record has it when everything is over. */
export interface RecordedIncident {
  readonly id: string;
  /** The incident that asked for this one; null where none did. */
  readonly serves: string | null;
  /** The names of its events, each once: `eks.amazonaws.com:CreateCluster`, `GuardDuty Finding`, … */
  readonly told: readonly string[];
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly severity: Severity | null;
  readonly outcome: IncidentOutcome | null;
  readonly rule: string | null;
  /** The rules that held beside it and go on. */
  readonly alongside: readonly string[];
  readonly because: string | null;
  readonly problems: readonly string[];
  readonly changes: readonly (Pick<LedgerEntry, 'state' | 'failure'> & { readonly line: string })[];
  /** By purpose, and of one purpose in the order in which they were proposed. */
  readonly changeSets: readonly RecordedChangeSet[];
  /** `of` is a volume, or the snapshot of which it is a copy. */
  readonly snapshots: readonly {
    readonly id: string;
    readonly of: string;
    readonly lockedDays: number | null;
    /** The point in time that it shows, or when the copying began. */
    readonly at: string;
  }[];
  readonly evidence: readonly ManifestEntry[];
  readonly sealed: boolean;
  readonly message: PostedMessage | null;
  readonly thread: readonly string[];
  /** How each question ended: `APPROVED: U07BOB approve, …`. */
  readonly approvals: readonly string[];
}

/** What the machines ended on before there was an incident of their own. */
export type Dispositions = Readonly<Record<'opened' | 'joined' | 'duplicate' | 'out-of-scope', number>>;

/** Long after every time limit: a rehearsal that is not over by then never ends. */
const horizonMs = 9 * 86_400_000;
/** The world stands for so long before the first event: time for its baseline. */
const leadMs = 3_600_000;

/**
 * One incident, played in a world of its own on the virtual clock. Whoever drives it decides who answers: a script, or the
 * person at the terminal.
 */
export class Rehearsal {
  readonly moments: Moment[] = [];
  readonly questions: Question[] = [];
  /** Every state that head messages went through. */
  readonly shown: Shown[] = [];
  private readonly incidentIds: string[] = [];
  private readonly tokens = new Set<string>();
  private readonly asked = new Set<string>();
  private readonly dispositions = { opened: 0, joined: 0, duplicate: 0, 'out-of-scope': 0 };
  private readonly answeredWrong: string[] = [];
  private readonly faults: unknown[] = [];
  private readonly timings: Timings;
  private world!: World;
  private snapshots!: { readonly before: unknown; caused: unknown };

  private constructor(
    readonly loaded: LoadedIncident,
    private readonly scheduler: VirtualScheduler,
    private readonly watch: (moment: Moment) => void,
    private readonly onQuestion: (question: Question) => void,
  ) {
    const { start, events } = loaded.incident;
    this.timings = new Timings(Date.parse(start) + Math.min(...events.map(({ at }) => at)));
  }

  static async open(
    loaded: LoadedIncident,
    watch: (moment: Moment) => void = () => {},
    onQuestion: (question: Question) => void = () => {},
  ): Promise<Rehearsal> {
    const scheduler = new VirtualScheduler(Date.parse(loaded.incident.start) - leadMs);
    const rehearsal = new Rehearsal(loaded, scheduler, watch, onQuestion);
    rehearsal.world = await World.open({
      description: loaded.estate,
      scheduler,
      begins: Date.parse(loaded.incident.start),
      directory: loaded.incident.slack,
      plans: loaded.plans,
      onCall: (call) => {
        if (!call.changes) return;
        rehearsal.time(call);
        const failed = call.error === null ? '' : ` — refused: ${call.error}`;
        rehearsal.note('change', `${call.by} calls ${call.service}:${call.action}${failed}`);
      },
      onTask: (id, output) => rehearsal.noteTask(id, output),
      onEvent: (event) => rehearsal.noteEvent(event),
      onStart: ({ name, stateMachineArn }) =>
        rehearsal.note('machine', `${machineName(stateMachineArn)} starts: ${name}`),
      onEnd: ({ name, status, stateMachineArn }) =>
        rehearsal.note('machine', `${machineName(stateMachineArn)} ends, ${status.toLowerCase()}: ${name}`),
      onMessage: (message, rewritten) => rehearsal.noteMessage(message, rewritten),
      onWhisper: ({ user, text }) => rehearsal.note('slack', `only to ${user}: ${text}`),
    });
    await rehearsal.prepare();
    return rehearsal;
  }

  get incident(): IncidentFile {
    return this.loaded.incident;
  }

  private async prepare(): Promise<void> {
    const { world, scheduler, incident } = this;
    for (const fault of incident.slackFaults) world.slack.fail(fault);
    const started = this.follow(async () => {
      if (incident.brake !== undefined) await world.store.brake.engage(incident.brake);
      if (incident.baseline) await world.run('record-baseline', { incidentId: null });
    });
    await scheduler.run({ until: () => started.done });
    this.check();
    for (const fault of incident.faults) world.estate.injectFault(fault);
    this.moments.length = 0;
    const before = world.estate.snapshot();
    this.snapshots = { before, caused: before };
    const begins = Date.parse(incident.start);
    for (const happening of incident.events) {
      for (let time = 0; time < happening.times; time++) {
        scheduler.at(begins + happening.at + time * 1_000, () => {
          this.follow(() => this.happen(happening));
        });
      }
    }
  }

  private async happen(happening: IncidentFile['events'][number]): Promise<void> {
    if ('event' in happening) {
      this.note('event', `an event arrives: ${String(happening.event['detail-type'])}`);
      this.world.deliver(happening.event as EventBridgeEvent);
      return;
    }
    if ('function' in happening) {
      this.note('event', `the function ${happening.function} is invoked`);
      await this.world.run(happening.function, happening.with);
      return;
    }
    if ('isolate' in happening) {
      const { node, because, requestedBy } = happening.isolate;
      this.note('event', `${requestedBy} asks for the isolation of ${node}: ${because}`);
      this.world.requestForensics(happening.isolate);
      return;
    }
    try {
      await this.world.estate.act(happening.actor, happening.call, happening.with);
    } catch (error) {
      // A call that AWS refuses is part of the story; the record of it says so.
      if (!(error instanceof AwsError)) throw error;
    }
  }

  /** Plays on until a new question is asked or everything is over. */
  async untilQuestion(): Promise<Question | null> {
    const known = this.questions.length;
    await this.run(() => this.questions.length > known);
    return this.questions[known] ?? null;
  }

  /** Plays on to the end. */
  untilEnd(): Promise<void> {
    return this.run(() => false);
  }

  private async run(until: () => boolean): Promise<void> {
    await this.scheduler.run({
      until: () => until() || this.faults.length > 0,
      horizon: this.scheduler.now() + horizonMs,
    });
    this.check();
  }

  /** Somebody answers a question in Slack, now or a while after it was asked. */
  answer(question: Question, { user, answer, reason, after = 0, status = 200 }: SlackAnswer): void {
    this.scheduler.at(this.scheduler.now() + after, () => {
      const { message } = question;
      // The buttons are those of the question: an old message may be before somebody's eyes.
      const button = [...question.buttons, ...buttonsOf(message)].find(({ actionId }) => actionId === answer);
      if (button === undefined) return;
      this.note('answer', `${user} clicks ${clicks[answer]}`);
      this.follow(async () => {
        const clicked = await this.world.slack.click(user, message, button);
        const said = answer === 'reject' ? ((await this.world.slack.submit(user, reason ?? '')) ?? clicked) : clicked;
        if (said.statusCode !== status) {
          this.answeredWrong.push(`${user}’s click was answered with ${said.statusCode}, not ${status}`);
        }
        const refusal = this.world.slack.forms.get(user)?.errors;
        if (refusal !== undefined)
          this.note('slack', `only to ${user}, in the form: ${Object.values(refusal).join(' ')}`);
      });
    });
  }

  /** Somebody decides at the command line, a while after the start, on what waits then. */
  decide({ identity, answer, at, question, reason, status }: Extract<ScriptedAnswer, { identity: string }>): void {
    this.scheduler.at(Date.parse(this.incident.start) + at, () => {
      this.note('answer', `${identity} decides at the command line: ${answer}`);
      this.follow(async () => {
        const listed = JSON.parse((await this.world.decide(identity, { command: 'list' })).body ?? '{}') as {
          approvals?: ListedApproval[];
        };
        const asked = listed.approvals?.[question - 1];
        const about = { approval: asked?.id ?? 'none', shown: asked?.shown ?? '0'.repeat(64) };
        const said = await this.world.decide(identity, {
          command: answer,
          ...about,
          ...(answer === 'reject' ? { reason } : {}),
        });
        this.note('answer', `the command line says to ${identity}: ${said.body}`);
        if (said.statusCode !== status) {
          this.answeredWrong.push(`${identity}’s command was answered with ${said.statusCode}, not ${status}`);
        }
      });
    });
  }

  /** Takes back what the first incident changed: somebody clicks Undo, or the machine is started. */
  startUndo(by?: string): void {
    const [incidentId] = this.incidentIds;
    if (incidentId === undefined) return;
    this.note('undo', by === undefined ? `${incidentId} is to be undone` : `${by} clicks Undo`);
    if (by === undefined) {
      this.world.stepFunctions.startExecution({
        stateMachineArn: this.world.machineArn('ReleaseMachine'),
        name: `release-${incidentId}`.slice(0, 80),
        input: JSON.stringify({ incidentId }),
      });
      return;
    }
    for (const message of this.world.slack.messages) {
      const button = buttonsOf(message).find(({ actionId }) => actionId === 'undo');
      if (button === undefined) continue;
      this.follow(async () => {
        await this.world.slack.click(by, message, button);
      });
      return;
    }
    this.answeredWrong.push('there is no Undo to click');
  }

  /** What lies in the evidence bucket. */
  evidence(): readonly StoredVersion[] {
    return this.world.estate.state.objects;
  }

  hasIncident(): boolean {
    return this.incidentIds.length > 0;
  }

  async result(): Promise<{
    /** Where a task token stands that nobody may read. */
    readonly leaks: readonly string[];
    readonly incidents: readonly RecordedIncident[];
    readonly dispositions: Dispositions;
    readonly executions: readonly unknown[];
    readonly messages: readonly PostedMessage[];
    readonly published: readonly { readonly subject: string; readonly message: string }[];
    readonly shown: readonly Shown[];
    readonly whispers: readonly Whisper[];
    readonly wrong: readonly string[];
    readonly estate: unknown;
    readonly estateBefore: unknown;
    readonly logged: readonly string[];
    readonly timings: readonly Timing[];
  }> {
    const { world } = this;
    const incidents: RecordedIncident[] = [];
    for (const id of this.incidentIds) {
      const reading = this.follow(async () => {
        incidents.push(await this.recorded(id));
      });
      await this.scheduler.run({ until: () => reading.done });
      this.check();
    }
    const executions = this.executions().map((execution) => ({
      ...execution,
      events: this.history(execution.executionArn),
    }));
    const { messages, whispers } = world.slack;
    const { published, objects } = world.estate.state;
    const places = { messages, whispers, published, objects, executions, logged: world.logged, moments: this.moments };
    return {
      leaks: this.leaksIn(places),
      incidents,
      dispositions: this.dispositions,
      executions,
      messages: world.slack.messages,
      published: world.estate.state.published,
      shown: this.shown,
      whispers: world.slack.whispers,
      wrong: this.answeredWrong,
      estate: world.estate.snapshot(),
      estateBefore: this.snapshots.before,
      logged: world.logged,
      timings: this.timings.all(),
    };
  }

  private async recorded(id: string): Promise<RecordedIncident> {
    const { store, slack, estate } = this.world;
    const incident: Incident = await store.incidents.read(id);
    const { events } = await store.incidents.events(id);
    const approvals = await store.approvals.ofIncident(id);
    const evidence = await store.chain.entries(id);
    const ledger = await store.ledger.all(id);
    const head = slack.messages.find(({ ts }) => ts === incident.message?.ts) ?? null;
    return {
      id,
      serves:
        events.flatMap(({ facts }) => nodeForensicsRequest.safeParse(facts).data?.parent?.incidentId ?? [])[0] ?? null,
      told: [...new Set(events.map(({ name }) => name))].sort(),
      openedAt: incident.openedAt,
      closedAt: incident.closedAt,
      severity: incident.severity,
      outcome: incident.outcome,
      rule: incident.decision?.ruleId ?? null,
      alongside: incident.decision?.alongside ?? [],
      because: incident.decision?.because ?? null,
      problems: incident.problems,
      changes: ledger.map(({ change, state, failure }) => ({ line: change.line, state, failure })),
      changeSets: await this.changeSets(incident, ledger, approvals),
      snapshots: [...estate.state.snapshots.values()]
        .filter(({ tags }) => tags[incidentTag] === id)
        .map(({ id: snapshot, volumeId, tags, lock, startedAt }) => ({
          id: snapshot,
          of: tags[sourceTag] ?? volumeId,
          lockedDays: lock?.days ?? null,
          at: new Date(startedAt).toISOString(),
        })),
      evidence,
      sealed: estate.state.objects.some(({ key }) => key === `incidents/${id}/manifest-incident.json`),
      message: head,
      thread: slack.messages.filter(({ thread }) => thread !== null && thread === head?.ts).map(({ text }) => text),
      approvals: approvals.map(endOf),
    };
  }

  private async changeSets(
    { id, proposals }: Incident,
    ledger: readonly LedgerEntry[],
    approvals: readonly Approval[],
  ): Promise<RecordedChangeSet[]> {
    const proposed = purpose.options.flatMap((each) => proposals[each] ?? []);
    const known = [...ledger, ...approvals, ...proposed].map(({ changeSetHash }) => changeSetHash);
    const sets = [...new Set(known.filter((hash) => hash !== ''))].map(async (hash) => {
      const set = await this.world.store.ledger.proposal(id, hash);
      const asked = approvals.filter(({ changeSetHash }) => changeSetHash === hash).map(endOf);
      const observed = proposed.some(({ changeSetHash, state }) => changeSetHash === hash && state === 'observed');
      const entries = ledger.filter(({ changeSetHash }) => changeSetHash === hash);
      return {
        purpose: set.purpose,
        round: set.round,
        hash: hash.slice(0, 12),
        leave: asked[0] ?? (observed ? 'only observed' : 'automatic, as the plan says'),
        changes: set.changes.map(({ line }, at) => {
          const made = entries.find(({ position }) => position === at);
          const begun = made?.state === 'waiting' ? undefined : made;
          return {
            line,
            state: made?.state ?? null,
            failure: made?.failure ?? null,
            from: begun?.intendedAt ?? null,
            to: begun?.at ?? null,
          };
        }),
      };
    });
    const rank = ({ purpose: of, round }: { purpose: Purpose; round: number }) =>
      1_000 * purpose.options.indexOf(of) + round;
    return (await Promise.all(sets)).sort((a, b) => rank(a) - rank(b)).map(({ round: _round, ...set }) => set);
  }

  /** All executions, in the order in which they were started. */
  private executions(): ExecutionDescription[] {
    const all: ExecutionDescription[] = [];
    let nextToken: string | undefined;
    do {
      const page = this.world.stepFunctions.listExecutions({ maxResults: 1_000, nextToken });
      all.push(...page.executions);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return all.reverse();
  }

  /** The whole history; the task tokens in it are the one thing that nobody may read. */
  private history(executionArn: string): unknown[] {
    const events: unknown[] = [];
    let nextToken: string | undefined;
    do {
      const page = this.world.stepFunctions.getExecutionHistory({ executionArn, maxResults: 1_000, nextToken });
      events.push(...page.events);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    const text = JSON.stringify(events);
    for (const [, token = ''] of text.matchAll(tokenInHistory)) this.tokens.add(token);
    return JSON.parse(
      text.replace(tokenInHistory, (whole, token: string) => whole.replace(token, '<masked>')),
    ) as unknown[];
  }

  /** The places in which any of the tokens stands that the histories had. */
  private leaksIn(places: Readonly<Record<string, unknown>>): string[] {
    return Object.entries(places).flatMap(([place, content]) => {
      const text = JSON.stringify(content, (_, value: unknown) => (value instanceof Map ? [...value] : value));
      return [...this.tokens].some((token) => text.includes(token)) ? [place] : [];
    });
  }

  async close(): Promise<void> {
    await this.world.close();
  }

  private time(call: Call): void {
    if (this.snapshots !== undefined) this.timings.note(call, this.world.estate.state);
  }

  private noteTask(id: string, output: unknown): void {
    const it = output as Record<string, unknown>;
    if (id === 'triage') {
      const disposition = it['disposition'] as keyof Dispositions;
      this.dispositions[disposition]++;
      this.note('decision', `triage: ${disposition}, ${String(it['reason'])}`);
      if (disposition === 'opened') this.incidentIds.push(String(it['incidentId']));
    } else if (id === 'decide') {
      this.note('decision', `the plan decides: ${String(it['severity'])}, by the rule ${String(it['ruleId'])}`);
    } else if (id === 'propose-changes') {
      const hash = it['changeSetHash'];
      this.note('decision', `proposed: ${String(it['result'])}${hash === null ? '' : ` ${String(hash).slice(0, 12)}`}`);
    } else if (id === 'request-snapshots') {
      this.note('evidence', `${String(it['snapshots'])} snapshot(s) requested: a point in time of all volumes`);
    } else if (id === 'collect-node-evidence') {
      this.note('evidence', `${String(it['entries'])} piece(s) of evidence from AWS and Kubernetes`);
    } else if (id === 'collect-log-evidence') {
      this.note('evidence', `${String(it['entries'])} piece(s) of evidence from flow logs and audit logs`);
    } else if (id === 'collect-volatile-evidence' && (it['state'] === 'done' || it['entries'] !== 0)) {
      this.note('evidence', `${String(it['entries'])} piece(s) of volatile evidence`);
    } else if (id === 'secure-snapshots' && it['state'] === 'done') {
      this.note('evidence', `${String(it['snapshots'])} snapshot(s) complete and locked`);
    } else if (id === 'verify-node') {
      for (const open of it['open'] as string[]) this.note('decision', `not cut off: ${open}`);
    } else if (id === 'preserve-evidence') {
      this.note('evidence', `${String(it['entries'])} piece(s) of evidence preserved`);
    } else if (id === 'close-incident' && it['closed'] === true) {
      this.note('evidence', `sealed and closed: ${String(it['outcome'])}`);
    }
  }

  private noteEvent(event: EventBridgeEvent): void {
    const it = event['detail'] as { eventName?: string; errorCode?: string; state?: string };
    if (it.eventName === undefined) {
      const about = [event['resources']].flat().map((arn) => String(arn).split('/').at(-1));
      this.note('event', `EventBridge delivers ${[event['detail-type'], ...about, it.state ?? ''].join(' ').trim()}`);
      return;
    }
    const failed = it.errorCode === undefined ? '' : `, which failed: ${it.errorCode}`;
    this.note('event', `CloudTrail tells EventBridge of ${it.eventName}${failed}`);
  }

  private noteMessage(message: PostedMessage, rewritten: boolean): void {
    this.note(
      'slack',
      `${rewritten ? 'the message is rewritten' : message.thread === null ? 'a message is posted' : 'in the thread'}: ${message.text}`,
    );
    const buttons = buttonsOf(message);
    const { text, blocks, thread } = message;
    const at = new Date(this.scheduler.now()).toISOString();
    const fresh = buttons.filter(({ actionId, value }) => actionId === 'approve' && !this.asked.has(value));
    if (thread === null) this.shown.push({ at, text, blocks, asks: fresh.length > 0 });
    for (const { value } of fresh) {
      this.asked.add(value);
      // A message may ask several questions, each with buttons of its own.
      const own = buttons.filter((it) => it.value === value);
      const question = { number: this.questions.length + 1, message, buttons: own };
      this.questions.push(question);
      this.onQuestion(question);
    }
  }

  private note(kind: Moment['kind'], text: string): void {
    const moment = { at: new Date(this.scheduler.now()).toISOString(), kind, text };
    this.moments.push(moment);
    this.watch(moment);
  }

  /** Work whose failure must not be lost: it ends the rehearsal. */
  private follow(work: () => Promise<void>): { done: boolean } {
    const state = { done: false };
    work()
      .catch((error: unknown) => this.faults.push(error))
      .finally(() => {
        state.done = true;
      });
    return state;
  }

  private check(): void {
    if (this.faults.length > 0) throw this.faults[0];
  }
}

const clicks = { approve: 'Approve', reject: 'Reject', 'more-time': 'More time' } as const;

function endOf({ status, votes, extensions, asked }: Approval): string {
  const words = votes.map(
    ({ userId, verdict, reason }) => `${userId} ${verdict}${reason === null ? '' : ` “${reason}”`}`,
  );
  const reminders = asked.filter(({ as }) => as === 'reminded').length;
  const escalated = asked.some(({ as }) => as === 'escalated');
  return [
    `${status}: ${words.join(', ') || 'nobody'}`,
    ...(extensions.length > 0 ? [`${extensions.length} extension(s)`] : []),
    ...(reminders > 0 ? [`${reminders} reminder(s)`] : []),
    ...(escalated ? ['escalated'] : []),
  ].join('; ');
}

/** A token as a history has it, within JSON within JSON. */
const tokenInHistory = /taskToken\\+":\\+"([^"\\]+)/g;

function machineName(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}
