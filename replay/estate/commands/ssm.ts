import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, text } from '../command';
import type { HostCommand } from '../state';

/** The agent hears of a command after so long, and a script like ours takes so long. */
const heardAfterMs = 2_000;
const takesMs = 12_000;

/** Systems Manager's Run Command, and the agent on the other side. */
export const ssmCommands: Commands = {
  DescribeInstanceInformation: {
    run(account, input) {
      const [{ Values = [] } = {}] = list<{ Values?: string[] }>(input, 'Filters');
      const found = Values.filter((id) => agentOf(account, id) !== 'absent');
      return {
        InstanceInformationList: found.map((InstanceId) => ({
          InstanceId,
          PingStatus: agentOf(account, InstanceId) === 'online' ? 'Online' : 'ConnectionLost',
          PlatformType: 'Linux',
          AgentVersion: '3.3.3050.0',
        })),
      };
    },
  },

  SendCommand: {
    run(account, input) {
      const [instanceId = ''] = list<string>(input, 'InstanceIds');
      if (!account.state.instances.has(instanceId) || agentOf(account, instanceId) === 'absent') {
        throw new AwsError('InvalidInstanceId', `Instances [[${instanceId}]] not in a valid state for account`);
      }
      const { scheduler, state } = account;
      const id = account.newId('command').replace('command-', '');
      const command: HostCommand = { id, instanceId, status: 'Pending', output: '', text: scriptIn(input) };
      state.hostCommands.set(id, command);
      scheduler.at(scheduler.now() + heardAfterMs, () => {
        if (command.status !== 'Pending' || agentOf(account, instanceId) !== 'online') return;
        command.status = 'InProgress';
        scheduler.at(scheduler.now() + takesMs, () => finish(account, command));
      });
      scheduler.at(scheduler.now() + Number(input['TimeoutSeconds'] ?? 3_600) * 1_000, () => {
        if (command.status === 'Pending') command.status = 'TimedOut';
      });
      return { Command: { CommandId: id, Status: 'Pending', InstanceIds: [instanceId] } };
    },
    trace: (input, output) => ({
      // CloudTrail hides what a command's parameters are.
      requestParameters: {
        documentName: text(input, 'DocumentName'),
        instanceIds: list<string>(input, 'InstanceIds'),
        parameters: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
      responseElements: output === null ? null : { command: { commandId: (output['Command'] as Input)['CommandId'] } },
      resources: list<string>(input, 'InstanceIds').map((name) => ({ type: 'AWS::EC2::Instance', name })),
    }),
  },

  GetCommandInvocation: {
    run({ state }, input) {
      const found = commandOf(state.hostCommands, input);
      return {
        CommandId: found.id,
        InstanceId: found.instanceId,
        Status: found.status,
        StandardOutputContent: found.output,
      };
    },
  },

  CancelCommand: {
    run({ state }, input) {
      const found = commandOf(state.hostCommands, input);
      if (found.status === 'Pending' || found.status === 'InProgress') found.status = 'Cancelled';
      return {};
    },
    trace: (input) => ({
      requestParameters: { commandId: text(input, 'CommandId') },
      responseElements: null,
      resources: [],
    }),
  },
};

function scriptIn(input: Input): string {
  const { commands = [] } = (input['Parameters'] ?? {}) as { commands?: string[] };
  return commands.join('\n');
}

function commandOf(commands: ReadonlyMap<string, HostCommand>, input: Input): HostCommand {
  const found = commands.get(text(input, 'CommandId'));
  if (found === undefined) throw new AwsError('InvocationDoesNotExist', 'The command invocation does not exist');
  return found;
}

/** The agent needs the machine to run, credentials, and a way out to Systems Manager. */
function agentOf(account: Account, instanceId: string): 'online' | 'offline' | 'absent' {
  const { description, state } = account;
  const installed = description.instances.find(({ id }) => id === instanceId)?.agent ?? 'absent';
  if (installed !== 'online') return installed;
  const it = state.instances.get(instanceId);
  return it?.state === 'running' && it.profile !== null && hasWayOut(account, instanceId) ? 'online' : 'offline';
}

function hasWayOut({ state }: Account, instanceId: string): boolean {
  const groups = [...state.interfaces.values()]
    .filter((it) => it.instanceId === instanceId)
    .flatMap((it) => it.groupIds);
  return [...state.rules.values()].some(
    ({ groupId, egress, protocol, from, to }) =>
      egress &&
      groups.includes(groupId) &&
      (protocol === '-1' || (protocol === 'tcp' && (from ?? 0) <= 443 && (to ?? 65_535) >= 443)),
  );
}

/** The script has run: what it found goes to the URLs that it was given, each of which takes one object. */
function finish(account: Account, command: HostCommand): void {
  if (command.status !== 'InProgress') return;
  const { state, scheduler, newId } = account;
  if (!hasWayOut(account, command.instanceId)) {
    command.status = 'TimedOut';
    return;
  }
  const lines: string[] = [];
  for (const [, name = '', url = ''] of command.text.matchAll(/^PUT_([A-Z_]+)='(https:[^']+)'$/gm)) {
    const kind = name.toLowerCase().replaceAll('_', '-');
    const key = decodeURIComponent(new URL(url).pathname.slice(1));
    if (state.objects.some((it) => it.key === key)) {
      lines.push(`lost ${kind}`);
      continue;
    }
    const body = `${kind} of ${command.instanceId}\n`;
    state.objects.push({
      key,
      versionId: newId('v'),
      body,
      // The bucket's default retention.
      lockedUntil: new Date(scheduler.now() + 365 * 86_400_000).toISOString(),
      at: new Date(scheduler.now()).toISOString(),
    });
    lines.push(`kept ${kind} ${createHash('sha256').update(body).digest('hex')}`);
  }
  command.output = `${lines.join('\n')}\n`;
  command.status = 'Success';
}
