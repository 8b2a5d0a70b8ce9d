import { join } from 'node:path';
import { pascalCase } from '../../infra/task-function';
import { hubTemplate } from '../../infra/template';
import { categories } from '../../runbooks/categories';
import { nodeForensicsDetailType, nodeForensicsSource } from '../../runbooks/node-forensics';
import type { LoadedPlan } from '../../runbooks/plan-document';
import type { DecisionDeps } from '../../tasks/answer-slack/deps';
import { type AwsClients, awsClients } from '../../tasks/aws/clients';
import { publisher } from '../../tasks/aws/publisher';
import type { Configuration } from '../../tasks/configuration';
import type { Deps } from '../../tasks/deps';
import { Evidence } from '../../tasks/evidence';
import { kubernetesClients } from '../../tasks/kubernetes/client';
import { type KubernetesOf, noClusters } from '../../tasks/kubernetes/kubernetes';
import { ownRolePath } from '../../tasks/own-roles';
import { readPlan } from '../../tasks/plan-files';
import { type SlackApi, slackClient } from '../../tasks/slack/client';
import { slackResponders } from '../../tasks/slack/responders';
import { openStore, type Store } from '../../tasks/store/store';
import type { Task } from '../../tasks/task';
import type { Json } from '../engine/json';
import { mountStepFunctions } from '../engine/mount';
import type { Scheduler } from '../engine/scheduler';
import { type ExecutionDescription, FunctionError, StepFunctions } from '../engine/step-functions';
import type { EstateDescription, Identity } from '../estate/description';
import { type Call, Estate } from '../estate/estate';
import { KubernetesApi } from '../estate/kubernetes-api';
import { type EventBridgeEvent, userIdentity } from '../estate/records';
import { rightsOf } from '../estate/rights';
import { compilePattern, type EventPattern } from '../event-patterns/pattern';
import type { Directory } from '../slack/directory';
import { LocalSlack, type PostedMessage, type Response, type Whisper } from '../slack/local-slack';
import { incidentTable } from './incident-table';
import { readStack, type Stack } from './stack';
import { tasks } from './tasks';

/** What somebody who watches the world is told. All of it has happened already. */
export interface Watcher {
  readonly onEvent?: (event: EventBridgeEvent) => void;
  readonly onCall?: (call: Call) => void;
  readonly onStart?: (execution: ExecutionDescription) => void;
  readonly onEnd?: (execution: ExecutionDescription) => void;
  /** A task has done its work. */
  readonly onTask?: (taskId: string, output: unknown) => void;
  readonly onMessage?: (message: PostedMessage, rewritten: boolean) => void;
  readonly onWhisper?: (whisper: Whisper) => void;
}

export interface WorldOptions extends Watcher {
  readonly description: EstateDescription;
  readonly scheduler: Scheduler;
  /** When the incident begins, in milliseconds since the epoch. */
  readonly begins: number;
  /** What Slack's directory says of people who are not plain members. */
  readonly directory?: Directory;
  /** Plans in place of those in `runbooks/`. */
  readonly plans?: readonly LoadedPlan[];
}

const root = join(import.meta.dirname, '..', '..');
const planDirectory = join(root, 'runbooks');
/** For signing what is never sent to AWS. */
const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
const slackSecrets = { botToken: 'xoxb-local', signingSecret: 'local-signing-secret' } as const;
const transitionLatencyMs = 25;
/** Until a function runs: between warm and cold. */
const functionStartMs = 300;
/** A call of Step Functions or of a cluster's API server takes as long as one of any other service. */
const serviceLatencyMs = 150;
const slackLatencyMs = 120;

let synthesized: unknown;
const deployed = new Map<string, Stack>();
const shipped = new Map<string, LoadedPlan>();

/** The stack as the CDK synthesizes it, once in a process for each place where it is deployed. */
export function deployedStack(where: { account: string; region: string; partition: string }): Stack {
  const key = `${where.partition}:${where.account}:${where.region}`;
  const known = deployed.get(key);
  if (known !== undefined) return known;
  synthesized ??= hubTemplate();
  const stack = readStack(synthesized, where);
  deployed.set(key, stack);
  return stack;
}

/** The plan that is shipped for a category, read once in a process. Throws `PlanRefused`. */
function shippedPlan(category: string): LoadedPlan {
  const known = shipped.get(category);
  if (known !== undefined) return known;
  const plan = readPlan(planDirectory, category);
  shipped.set(category, plan);
  return plan;
}

/**
 * The whole product on one machine: the synthesized machines on the engine, the real tasks against the estate, the table
 * and Slack, and the synthesized rules between events and machines.
 */
export class World {
  readonly estate: Estate;
  readonly stepFunctions: StepFunctions;
  readonly store: Store;
  /** Every line that a task logged. */
  readonly logged: string[] = [];
  private readonly rules: readonly { readonly pattern: EventPattern; readonly machineArn: string }[];
  private readonly machineArns = new Map<string, string>();
  private readonly plans = new Map<string, LoadedPlan>();
  private readonly sweep: Stack['schedules'][number] | undefined;
  private sweeping = false;
  private kubernetesApi: KubernetesApi | undefined;
  private random = 0;
  private uuids = 0;

  private constructor(
    private readonly options: WorldOptions,
    private readonly configuration: Configuration,
    stack: Stack,
    readonly slack: LocalSlack,
  ) {
    const { scheduler, description } = options;
    this.estate = new Estate({
      description,
      scheduler,
      begins: options.begins,
      onEvent: (event) => {
        options.onEvent?.(event);
        this.deliver(event);
      },
      ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    });
    this.store = openStore(incidentTable(options.scheduler), {
      tableName: configuration.incidentTable,
      account: configuration.account,
      region: configuration.region,
    });
    this.stepFunctions = new StepFunctions({
      scheduler,
      account: description.account,
      region: description.region,
      partition: description.partition,
      // The same on every run: jitter spreads retries of many machines, of which there are few here.
      random: () => {
        this.random = (this.random + 0.382) % 1;
        return this.random;
      },
      uuid: () => `00000000-0000-4000-8000-${String(++this.uuids).padStart(12, '0')}`,
      invokeFunction: (name, payload) => this.invoke(name, payload),
      transitionLatencyMs,
      onStart: (execution) => options.onStart?.(execution),
      onStatusChange: (execution) => this.ended(execution),
    });
    for (const { logicalId, definition } of stack.machines) {
      const { stateMachineArn } = this.stepFunctions.createStateMachine({ name: logicalId, definition });
      this.machineArns.set(logicalId, stateMachineArn);
    }
    for (const given of options.plans ?? []) this.plans.set(given.plan.category, given);
    this.sweep = stack.schedules.find((it) => it.function === `${pascalCase('answer-slack')}Function`);
    this.rules = stack.rules.map(({ pattern, machine }) => ({
      pattern: compilePattern(pattern),
      machineArn: this.machineArn(machine),
    }));
  }

  static async open(options: WorldOptions): Promise<World> {
    const { scheduler, description } = options;
    const { account, region, partition } = description;
    const stack = deployedStack({ account, region, partition });
    const configuration: Configuration = {
      region,
      account,
      partition,
      incidentTable: 'incidents',
      evidenceBucket: `eks-incident-evidence-${account}`,
      evidenceKeyArn: `arn:${partition}:kms:${region}:${account}:key/00000000-0000-4000-8000-0000000000ee`,
      sealingKeyArn: `arn:${partition}:kms:${region}:${account}:key/00000000-0000-4000-8000-0000000000ff`,
      slackSecretArn: `arn:${partition}:secretsmanager:${region}:${account}:secret:slack`,
      fallbackTopicArn: `arn:${partition}:sns:${region}:${account}:fallback`,
      evidenceRetentionDays: 365,
      flowLogBuckets: description.flowLogBuckets,
      planDirectory,
      scriptDirectory: join(root, 'tasks', 'collect-volatile-evidence', 'scripts'),
      slackApiUrl: '',
      releaseMachineArn: `arn:${partition}:states:${region}:${account}:stateMachine:ReleaseMachine`,
      approverRoleName: 'eks-incident-approvers',
    };
    // Read before anything is opened that would have to be closed again.
    const plans = [...(options.plans ?? []), ...Object.keys(categories).map((category) => shippedPlan(category))];
    let world: World | undefined;
    const slack = await LocalSlack.start({
      scheduler,
      ...slackSecrets,
      channels: [...new Set(plans.map(({ plan }) => plan.channel))],
      directory: options.directory ?? { users: {}, userGroups: {} },
      deliver: async (event) => {
        if (world === undefined) throw new Error('the world is not there yet');
        return (await world.run('answer-slack', event)) as Response;
      },
      ...(options.onMessage === undefined ? {} : { onMessage: options.onMessage }),
      ...(options.onWhisper === undefined ? {} : { onWhisper: options.onWhisper }),
    });
    try {
      world = new World(options, { ...configuration, slackApiUrl: slack.apiUrl }, stack, slack);
      const { kubernetes } = world.estate.state;
      if (kubernetes.size > 0) world.kubernetesApi = await KubernetesApi.start(kubernetes);
      return world;
    } catch (error) {
      await slack.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.slack.close();
    await this.kubernetesApi?.close();
  }

  machineArn(logicalId: string): string {
    const found = this.machineArns.get(logicalId);
    if (found === undefined) throw new Error(`the stack has no machine ${logicalId}`);
    return found;
  }

  /** An event arrives at the bus: every rule whose pattern matches starts its machine. */
  deliver(event: EventBridgeEvent): void {
    for (const { pattern, machineArn } of this.rules) {
      if (!pattern.matches(event)) continue;
      this.stepFunctions.startExecution({
        stateMachineArn: machineArn,
        // EventBridge names the execution after the event; a second delivery gets a name of its own.
        name: this.executionName(machineArn, event.id),
        input: JSON.stringify(event),
      });
    }
  }

  /** Somebody asks for a node's forensics, as another incident's machine does. */
  requestForensics(request: Readonly<Record<string, unknown>>): void {
    const { description, scheduler } = this.options;
    const id = `00000000-0000-4000-9000-${String(++this.uuids).padStart(12, '0')}`;
    this.stepFunctions.startExecution({
      stateMachineArn: this.machineArn('NodeForensicsMachine'),
      name: `isolate-${id}`,
      input: JSON.stringify({
        version: '0',
        id,
        source: nodeForensicsSource,
        'detail-type': nodeForensicsDetailType,
        account: description.account,
        region: description.region,
        time: new Date(scheduler.now()).toISOString(),
        resources: [],
        detail: request,
      }),
    });
  }

  private readonly named = new Map<string, number>();

  private executionName(machineArn: string, eventId: string): string {
    const base = eventId.replace(/[^0-9A-Za-z_-]/g, '-').slice(0, 70);
    const times = (this.named.get(`${machineArn}:${base}`) ?? 0) + 1;
    this.named.set(`${machineArn}:${base}`, times);
    return times === 1 ? base : `${base}_${times}`;
  }

  /** Runs a task by itself, as a schedule, a rule or a URL does. */
  run(taskId: string, input: unknown): Promise<unknown> {
    const task = tasks.find(({ contract }) => contract.id === taskId);
    if (task === undefined) throw new Error(`there is no task ${taskId}`);
    return task.run(input, this.depsFor(task));
  }

  private async invoke(arn: string, payload: Json): Promise<Json> {
    const name = arn.split(':').at(-1) ?? '';
    const task = tasks.find(({ contract }) => `${pascalCase(contract.id)}Function` === name);
    if (task === undefined) throw new FunctionError('ResourceNotFoundException', `Function not found: ${arn}`);
    await this.options.scheduler.sleep(functionStartMs);
    try {
      const output = await task.run(payload, this.depsFor(task));
      if (task.contract.waitsForDecision) this.sweepOn();
      this.options.onTask?.(task.contract.id, output);
      return JSON.parse(JSON.stringify(output ?? null)) as Json;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // What the runtime reports; a stack differs from machine to machine.
      throw new FunctionError(error.name, error.message);
    }
  }

  /** The clock's sweep of decisions, as long as there is something to decide: on a virtual clock it would go on for ever. */
  private sweepOn(): void {
    const { sweep } = this;
    if (sweep === undefined || this.sweeping) return;
    this.sweeping = true;
    const { scheduler } = this.options;
    scheduler.at(scheduler.now() + sweep.everySeconds * 1_000, () => {
      void this.run('answer-slack', sweep.input).then((answer) => {
        this.sweeping = false;
        const { open } = JSON.parse((answer as Response).body ?? '{}') as { open?: number };
        if (open !== undefined && open > 0) this.sweepOn();
      });
    });
  }

  /** Somebody decides at the command line: the function is invoked, and AWS vouches for the identity that asks. */
  async decide(
    identity: string,
    request: { command: string; approval?: string; shown?: string; reason?: string },
  ): Promise<Response> {
    const proof = { headers: { identity, purpose: `${request.command} ${request.approval} ${request.shown}` } };
    const signed = request.command === 'list' ? request : { ...request, proof };
    return (await this.run('answer-slack', { kind: 'command-line', ...signed })) as Response;
  }

  private readonly made = new Map<string, Deps & DecisionDeps>();

  /** What a task works with: clients of its own, whose calls are made by its own role. */
  private depsFor({ contract }: Pick<Task, 'contract'>): Deps & DecisionDeps {
    const known = this.made.get(contract.id);
    if (known !== undefined) return known;
    const { scheduler, description } = this.options;
    const { configuration, store } = this;
    const now = () => new Date(scheduler.now());
    const aws: AwsClients = awsClients(description.region, localCredentials);
    const identity: Identity = {
      type: 'AssumedRole',
      role: contract.id,
      path: ownRolePath,
      session: contract.id,
      sourceIp: 'lambda.amazonaws.com',
      userAgent: 'eks-incident-response',
      mfa: false,
    };
    this.estate.mount(aws, identity, rightsOf(contract.permissions));
    mountStepFunctions(aws.sfn, this.stepFunctions, () => scheduler.sleep(serviceLatencyMs));
    const states = async (action: string, call: () => unknown): Promise<void> => {
      await scheduler.sleep(serviceLatencyMs);
      this.estate.fail('states', action);
      call();
    };
    const log: Deps['log'] = (level, message, about = {}) => {
      this.logged.push(JSON.stringify({ level, message, ...about }));
    };
    const plan = (category: string) => this.planOf(category);
    const deps: Deps & DecisionDeps = {
      now,
      pause: (milliseconds) => scheduler.sleep(milliseconds),
      configuration,
      aws,
      kubernetes: contract.speaksToClusters === true ? this.kubernetes(aws, now) : noClusters,
      store,
      evidence: new Evidence(aws, store, configuration, now),
      responders: slackResponders({
        store,
        configuration,
        log,
        slack: async () => this.slackApi(),
        channelOf: async ({ category }) => plan(category).plan.channel,
        fallBack: publisher(aws.sns, configuration.fallbackTopicArn),
      }),
      slackApi: async () => this.slackApi(),
      slackSecrets: async () => ({
        botToken: slackSecrets.botToken,
        signingSecrets: [slackSecrets.signingSecret],
      }),
      plan,
      log,
      machines: {
        answer: (taskToken, output) =>
          states('SendTaskSuccess', () => this.stepFunctions.sendTaskSuccess({ taskToken, output })),
        startRelease: (name, input) =>
          states('StartExecution', () =>
            this.stepFunctions.startExecution({ stateMachineArn: configuration.releaseMachineArn, name, input }),
          ),
      },
      callerOf: async ({ headers: { identity = '', purpose } }, binding) => {
        if (purpose !== binding) return null;
        const { arn } = userIdentity(this.estate.identityOf(identity), description, now().toISOString());
        return typeof arn === 'string' ? arn : null;
      },
    };
    this.made.set(contract.id, deps);
    return deps;
  }

  /** The API servers of the estate's clusters, by the real client over loopback. */
  private kubernetes(aws: AwsClients, now: () => Date): KubernetesOf {
    const { scheduler, description } = this.options;
    return kubernetesClients({
      eks: aws.eks,
      sts: aws.sts,
      region: description.region,
      now,
      locate: ({ name = '' }) => ({ server: this.kubernetesApi?.locate(name) ?? '', skipTLSVerify: true }),
      request: async (call) => {
        await scheduler.sleep(serviceLatencyMs);
        return scheduler.track(call());
      },
    });
  }

  private planOf(category: string): LoadedPlan {
    return this.plans.get(category) ?? shippedPlan(category);
  }

  /** The real client; virtual time stands still while it speaks. */
  private slackApi(): SlackApi {
    const { scheduler } = this.options;
    const api = slackClient(slackSecrets.botToken, this.configuration.slackApiUrl);
    const inTurn = async <T>(call: () => Promise<T>): Promise<T> => {
      await scheduler.sleep(slackLatencyMs);
      return scheduler.track(call());
    };
    return Object.fromEntries(
      Object.entries(api).map(([name, call]) => [
        name,
        (...given: unknown[]) => inTurn(() => (call as (...args: unknown[]) => Promise<unknown>)(...given)),
      ]),
    ) as unknown as SlackApi;
  }

  /** The rule on failed executions. */
  private ended(execution: ExecutionDescription): void {
    this.options.onEnd?.(execution);
    if (!['FAILED', 'TIMED_OUT', 'ABORTED'].includes(execution.status)) return;
    void this.run('report-failure', {
      incidentId: null,
      executionArn: execution.executionArn,
      error: execution.status,
      cause: 'The execution ended without closing its incident',
      input: null,
    });
  }
}
