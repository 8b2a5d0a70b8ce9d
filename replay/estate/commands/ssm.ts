import { agentOf, hear } from '../agent';
import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, text } from '../command';
import { platformOf } from '../instance-states';
import type { HostCommand } from '../state';

/** Systems Manager's Run Command. */
export const ssmCommands: Commands = {
  DescribeInstanceInformation: {
    run(account, input) {
      const [{ Values = [] } = {}] = list<{ Values?: string[] }>(input, 'Filters');
      const found = Values.filter((id) => agentOf(account, id) !== 'absent');
      return {
        InstanceInformationList: found.map((InstanceId) => ({
          InstanceId,
          PingStatus: agentOf(account, InstanceId) === 'online' ? 'Online' : 'ConnectionLost',
          PlatformType: platformTypes[platformOn(account, InstanceId)],
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
      if (platforms[text(input, 'DocumentName')] !== platformOn(account, instanceId)) {
        throw new AwsError(
          'UnsupportedPlatformType',
          "The document doesn't support the platform type of the given managed node IDs.",
        );
      }
      const id = account.newId('command').replace('command-', '');
      const { commands = [], executionTimeout = [] } = (input['Parameters'] ?? {}) as Record<string, string[]>;
      const command: HostCommand = { id, instanceId, status: 'Pending', output: '', text: commands.join('\n') };
      account.state.hostCommands.set(id, command);
      hear(account, command, {
        toBegin: Number(input['TimeoutSeconds'] ?? 3_600),
        toEnd: Number(executionTimeout[0] ?? 3_600),
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

/** Which of AWS's documents runs where. */
const platforms: Readonly<Record<string, 'linux' | 'windows'>> = {
  'AWS-RunShellScript': 'linux',
  'AWS-RunPowerShellScript': 'windows',
};
const platformTypes = { linux: 'Linux', windows: 'Windows' } as const;

function platformOn(account: Account, instanceId: string): 'linux' | 'windows' {
  const found = account.state.instances.get(instanceId);
  return found === undefined ? 'linux' : platformOf(account, found);
}

function commandOf(commands: ReadonlyMap<string, HostCommand>, input: Input): HostCommand {
  const found = commands.get(text(input, 'CommandId'));
  if (found === undefined) throw new AwsError('InvocationDoesNotExist', 'The command invocation does not exist');
  return found;
}
