import { createHash } from 'node:crypto';
import type { AwsClients } from '../../tasks/aws/clients';
import type { Scheduler } from '../engine/scheduler';
import { AwsError } from './aws-error';
import type { Account, Command, Commands, Input, Output } from './command';
import { addressCommands } from './commands/addresses';
import { autoScalingCommands } from './commands/auto-scaling';
import { cloudTrailCommands } from './commands/cloudtrail';
import { configCommands } from './commands/config';
import { eksCommands } from './commands/eks';
import { complianceCommands, eventBusCommands } from './commands/event-bus';
import { kmsCommands, s3Commands, secretsCommands, snsCommands } from './commands/evidence';
import { flowLogBucketCommands } from './commands/flow-log-buckets';
import { guardDutyCommands } from './commands/guardduty';
import { iamCommands } from './commands/iam';
import { imageCommands } from './commands/images';
import { inspectorCommands } from './commands/inspector';
import { lifecycleCommands } from './commands/instance-lifecycle';
import { instanceCommands } from './commands/instances';
import { interfaceCommands } from './commands/interfaces';
import { loadBalancerCommands } from './commands/load-balancers';
import { flowLogCommands, logCommands } from './commands/logs';
import { networkAclCommands } from './commands/network-acls';
import { occurrences } from './commands/occurrences';
import { prefixListCommands } from './commands/prefix-lists';
import { registryCommands } from './commands/registries';
import { securityGroupCommands } from './commands/security-groups';
import { snapshotCommands } from './commands/snapshots';
import { ssmCommands } from './commands/ssm';
import { standbyCommands } from './commands/standby';
import { targetGroupCommands } from './commands/target-groups';
import { volumeCommands } from './commands/volumes';
import { type EstateDescription, type Identity, identity as identitySchema } from './description';
import { accessKeyId, type EventBridgeEvent, envelope, notificationEnvelope, pastRecord, usernameOf } from './records';
import type { Rights } from './rights';
import { refuseRevoked, type Sessions } from './sessions';
import { type State, stateOf } from './state';
import { RequestTokens, retried } from './throttling';

/** A call that somebody made, with how it ended. */
export interface Call {
  readonly time: number;
  readonly by: string;
  readonly service: string;
  readonly action: string;
  readonly input: Input;
  /** Whether it changes something. */
  readonly changes: boolean;
  readonly error: string | null;
}

interface Fault {
  readonly service: string;
  readonly action: string;
  readonly error: { readonly name: string; readonly message: string };
  times: number;
}

export interface EstateOptions {
  readonly description: EstateDescription;
  readonly scheduler: Scheduler;
  /** When the incident begins: what is told of the past is so long before it. Milliseconds since the epoch. */
  readonly begins: number;
  /** Told of every recorded call as EventBridge delivers it. */
  readonly onEvent?: (event: EventBridgeEvent) => void;
  readonly onCall?: (call: Call) => void;
}

/** What the estate does of each service. The past that some of it tells of is counted back from `begins`. */
function servicesAt(begins: number): ReadonlyMap<string, Commands> {
  return new Map<string, Commands>([
    ['autoscaling', { ...autoScalingCommands, ...standbyCommands }],
    ['aws', occurrences],
    [
      'ec2',
      {
        ...addressCommands,
        ...flowLogCommands,
        ...securityGroupCommands,
        ...snapshotCommands,
        ...networkAclCommands,
        ...imageCommands,
        ...instanceCommands,
        ...interfaceCommands,
        ...lifecycleCommands,
        ...prefixListCommands,
        ...volumeCommands,
      },
    ],
    ['eks', eksCommands],
    ['elasticloadbalancing', { ...loadBalancerCommands, ...targetGroupCommands }],
    ['ssm', ssmCommands],
    ['cloudtrail', cloudTrailCommands()],
    ['config', { ...configCommands(begins), ...complianceCommands() }],
    ['events', eventBusCommands],
    ['guardduty', guardDutyCommands],
    ['iam', iamCommands],
    ['inspector2', inspectorCommands],
    ['logs', logCommands(begins)],
    ['ecr', registryCommands],
    ['s3', flowLogBucketCommands(begins, s3Commands)],
    ['kms', kmsCommands],
    ['sns', snsCommands],
    ['secretsmanager', secretsCommands],
  ]);
}

/** Whether the estate knows a call such as `ec2:RunInstances`: an incident file is refused before it is played. */
export function knowsCall(call: string): boolean {
  const [service = '', action = ''] = call.split(':');
  return servicesAt(0).get(service)?.[action] !== undefined;
}

/** A call takes so long, there and back. */
const latencyMs = 150;

/**
 * A simulated AWS account under the real SDK clients: the same inputs, outputs and errors. Somebody's calls change it,
 * CloudTrail records them, EventBridge delivers the records. The same calls give the same bytes on every run.
 */
export class Estate {
  private readonly account: Account;
  private readonly commands: ReadonlyMap<string, Commands>;
  private readonly faults: Fault[] = [];
  private readonly sessions: Sessions = new Map();
  private readonly requestTokens: RequestTokens;
  private counter = 0;

  constructor(private readonly options: EstateOptions) {
    const { description, scheduler, begins } = options;
    const state = stateOf(description);
    this.requestTokens = new RequestTokens(() => scheduler.now());
    this.account = {
      description,
      state,
      scheduler,
      newId: (prefix) => `${prefix}-${this.next().slice(0, 17)}`,
      notify: (notification) =>
        options.onEvent?.(notificationEnvelope(notification, this.uuid(), scheduler.now(), description)),
      perform: (caller, service, action, input) => this.call(service, action, input, caller, true),
    };
    this.commands = servicesAt(begins);
    for (const { name, failedUpdates } of description.clusters) {
      for (const { id, type, error, minutesBefore } of failedUpdates) {
        const [errorCode = '', errorMessage = ''] = error.split(/: (.*)/s);
        const createdAt = begins - minutesBefore * 60_000;
        const errors = [{ errorCode, errorMessage }];
        const update = { id, cluster: name, nodegroup: null, type, params: [], createdAt, status: 'Failed', errors };
        state.clusterUpdates.set(id, update);
      }
    }
    for (const past of description.trail) {
      const caller = this.identityOf(past.actor);
      const [service = '', name = ''] = past.event.split(':');
      state.trail.push({
        eventId: this.uuid(),
        time: begins - past.minutesBefore * 60_000,
        source: `${service}.amazonaws.com`,
        name,
        username: usernameOf(caller),
        accessKeyId: accessKeyId(caller),
        resources: past.resources.map((resource) => ({ type: 'AWS::Resource', name: resource })),
        record: JSON.stringify(pastRecord(past, caller, begins, description)),
      });
    }
  }

  get state(): State {
    return this.account.state;
  }

  /**
   * Puts the account under clients, when each is first asked for: all their calls are made by this identity, and none leaves
   * this process. What it has no right to is denied.
   */
  mount(clients: Omit<AwsClients, 'sfn'>, caller: Identity, may: Rights = () => true): void {
    const services: Readonly<Record<keyof typeof clients, string>> = {
      autoScaling: 'autoscaling',
      cloudTrail: 'cloudtrail',
      config: 'config',
      ec2: 'ec2',
      ecr: 'ecr',
      eks: 'eks',
      events: 'events',
      guardDuty: 'guardduty',
      iam: 'iam',
      inspector: 'inspector2',
      kms: 'kms',
      loadBalancing: 'elasticloadbalancing',
      logs: 'logs',
      s3: 's3',
      secretsManager: 'secretsmanager',
      sns: 'sns',
      ssm: 'ssm',
      sts: 'sts',
    };
    for (const [name, service] of Object.entries(services)) {
      const make = Object.getOwnPropertyDescriptor(clients, name);
      let mounted: unknown;
      const get = () => {
        mounted ??= this.mounted(make?.get?.() ?? make?.value, service, caller, may);
        return mounted;
      };
      Object.defineProperty(clients, name, { get, enumerable: true, configurable: true });
    }
  }

  private mounted(
    client: { readonly middlewareStack: Stack; readonly config: { cacheMiddleware?: boolean } },
    service: string,
    caller: Identity,
    may: Rights,
  ): unknown {
    // What stands below this middleware is never run: to order it anew for each call would be most of a call's work.
    client.config.cacheMiddleware = true;
    client.middlewareStack.add(
      (_next, context) => async (args) => {
        const { scheduler } = this.account;
        const action = String(context['commandName']).replace(/Command$/, '');
        const attempt = async () => {
          await scheduler.sleep(latencyMs);
          if (!may(`${service}:${action}`)) throw denied(`${service}:${action}`);
          try {
            return this.call(service, action, args.input, caller);
          } catch (error) {
            // Who may not list a bucket is not told that there is no such object.
            const hidden = error instanceof AwsError && error.name === 'NoSuchKey' && !may('s3:ListBucket');
            throw hidden ? denied('s3:ListBucket') : error;
          }
        };
        const output = await retried(attempt, (pauseMs) => scheduler.sleep(pauseMs));
        return { output: { ...output, $metadata: { httpStatusCode: 200, requestId: this.uuid() } }, response: {} };
      },
      { step: 'initialize', priority: 'high', name: 'estate' },
    );
    return client;
  }

  /** Somebody calls an API, such as `ec2:RevokeSecurityGroupIngress`. Throws `AwsError`. */
  async act(actor: string, call: string, input: Input): Promise<Output> {
    const [service = '', action = ''] = call.split(':');
    const caller = this.identityOf(actor);
    await this.account.scheduler.sleep(latencyMs);
    return this.call(service, action, input, caller);
  }

  identityOf(actor: string): Identity {
    const found = this.account.description.identities[actor];
    if (found === undefined) throw new Error(`the estate has no identity ${actor}`);
    return identitySchema.parse(found);
  }

  /** From now on so many calls fail. */
  injectFault({ times, ...fault }: Omit<Fault, 'times'> & { readonly times?: number | undefined }): void {
    this.faults.push({ ...fault, times: times ?? Number.POSITIVE_INFINITY });
  }

  /** The account as plain data, for statements about it and for comparing it with another moment's. */
  snapshot(): Record<string, unknown> {
    const { state } = this.account;
    const plain = (map: ReadonlyMap<string, unknown>) =>
      Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
    return JSON.parse(
      JSON.stringify({
        groups: plain(state.groups),
        rules: plain(state.rules),
        vpcAssociations: state.vpcAssociations,
        networkAcls: plain(state.acls),
        subnets: plain(state.subnets),
        interfaces: plain(state.interfaces),
        instances: plain(state.instances),
        roles: plain(state.roles),
        users: plain(state.users),
        volumes: plain(state.volumes),
        autoScalingGroups: plain(state.autoScalingGroups),
        snapshots: plain(state.snapshots),
        elasticAddresses: plain(state.addresses),
        targetGroups: plain(state.targetGroups),
        hostFolders: plain(state.hostFolders),
        uploads: plain(state.uploads),
        kubernetes: Object.fromEntries([...state.kubernetes].map(([name, { objects }]) => [name, plain(objects)])),
        prefixLists: plain(state.prefixLists),
        clusters: plain(state.clusters),
      }),
    ) as Record<string, unknown>;
  }

  /** `forItself`: AWS calls it for itself, and does not stand in its own way. */
  private call(service: string, action: string, input: Input, caller: Identity, forItself = false): Output {
    const command = this.commands.get(service)?.[action];
    if (command === undefined) throw new Error(`the estate does not know ${service}:${action}`);
    let output: Output | null = null;
    let error: AwsError | null = null;
    try {
      this.fail(service, action);
      if (service === 'ec2' && !forItself) this.requestTokens.take(action, input);
      refuseRevoked(this.account, this.sessions, service, action, caller);
      output = command.run(this.account, input, caller);
    } catch (fault) {
      if (!(fault instanceof AwsError)) throw fault;
      error = fault;
    }
    this.options.onCall?.({
      time: this.account.scheduler.now(),
      by: usernameOf(caller),
      service,
      action,
      input,
      changes: command.trace !== undefined,
      error: error?.name ?? null,
    });
    this.record(service, action, input, caller, command, output, error);
    if (error !== null) throw error;
    return output ?? {};
  }

  /** Throws where a call of this kind is to fail: for services that are simulated elsewhere. */
  fail(service: string, action: string): void {
    const fault = this.faults.find((it) => it.service === service && it.action === action && it.times > 0);
    if (fault === undefined) return;
    fault.times--;
    throw new AwsError(fault.error.name, fault.error.message);
  }

  private record(
    service: string,
    action: string,
    input: Input,
    caller: Identity,
    command: Command,
    output: Output | null,
    error: AwsError | null,
  ): void {
    if (command.trace === undefined) return;
    const trace = command.trace(input, output, this.account);
    const time = this.account.scheduler.now();
    const call = {
      eventId: this.uuid(),
      requestId: this.uuid(),
      time,
      service,
      action,
      caller,
      trace,
      error: error === null ? null : { code: errorCode(service, error), message: error.message },
    };
    const event = envelope(call, this.account.description);
    this.account.state.trail.push({
      eventId: call.eventId,
      time,
      source: `${service}.amazonaws.com`,
      name: action,
      username: usernameOf(caller),
      accessKeyId: accessKeyId(caller),
      resources: trace.resources,
      record: JSON.stringify(event['detail']),
    });
    this.options.onEvent?.(event);
  }

  private next(): string {
    return createHash('sha256')
      .update(`${this.account.description.account}:${this.counter++}`)
      .digest('hex');
  }

  private uuid(): string {
    const digits = this.next();
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      digits.slice(12, 16),
      digits.slice(16, 20),
      digits.slice(20, 32),
    ].join('-');
  }
}

/** EC2's error codes stand in CloudTrail with `Client.` before them; other services' as they are. */
function errorCode(service: string, { name }: AwsError): string {
  return service !== 'ec2' || name === 'AccessDenied' ? name : `Client.${name}`;
}

interface Stack {
  add(
    middleware: (
      next: unknown,
      context: Readonly<Record<string, unknown>>,
    ) => (args: { input: Input }) => Promise<{ output: unknown; response: unknown }>,
    options: { step: 'initialize'; priority: 'high'; name: string },
  ): void;
}

function denied(action: string): AwsError {
  return new AwsError(
    'AccessDenied',
    `You are not authorized to perform ${action}: no identity-based policy allows it`,
  );
}
