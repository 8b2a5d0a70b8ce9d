import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, type Trace, text } from '../command';
import type { TargetGroup } from '../state';

/** Traffic to a target that leaves goes on for so long. */
const drainMs = 30_000;

export const targetGroupCommands: Commands = {
  DescribeTargetGroups: {
    run: ({ state }) => ({
      TargetGroups: [...state.targetGroups.values()].map((it) => ({
        TargetGroupArn: it.arn,
        TargetGroupName: it.name,
        VpcId: it.vpcId,
        TargetType: it.type,
        Port: it.port,
      })),
    }),
  },

  DescribeTargetHealth: {
    run(account, input) {
      const { targets } = groupOf(account, input);
      return {
        TargetHealthDescriptions: targets.map(({ id, port, state }) => ({
          Target: { Id: id, Port: port },
          TargetHealth: { State: state },
        })),
      };
    },
  },

  RegisterTargets: {
    run(account, input) {
      const group = groupOf(account, input);
      for (const { Id = '', Port = group.port } of targetsIn(input)) {
        group.targets = group.targets.filter(({ id, port }) => id !== Id || port !== Port);
        group.targets.push({ id: Id, port: Port, state: 'healthy' });
        group.targets.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.port - b.port));
      }
      return {};
    },
    trace: (input) => traceOf(input),
  },

  DeregisterTargets: {
    run(account, input) {
      const group = groupOf(account, input);
      const { scheduler } = account;
      for (const { Id = '', Port = group.port } of targetsIn(input)) {
        const leaving = group.targets.find(({ id, port }) => id === Id && port === Port);
        if (leaving === undefined) continue;
        leaving.state = 'draining';
        scheduler.at(scheduler.now() + drainMs, () => {
          if (leaving.state === 'draining') group.targets = group.targets.filter((it) => it !== leaving);
        });
      }
      return {};
    },
    trace: (input) => traceOf(input),
  },
};

function groupOf({ state }: Account, input: Input): TargetGroup {
  const arn = text(input, 'TargetGroupArn');
  const found = state.targetGroups.get(arn);
  if (found === undefined) throw new AwsError('TargetGroupNotFoundException', `Target groups '${arn}' not found`);
  return found;
}

function targetsIn(input: Input): readonly { Id?: string; Port?: number }[] {
  return list<{ Id?: string; Port?: number }>(input, 'Targets');
}

function traceOf(input: Input): Trace {
  return {
    requestParameters: {
      targetGroupArn: text(input, 'TargetGroupArn'),
      targets: targetsIn(input).map(({ Id: id, Port: port }) => ({ id, port })),
    },
    responseElements: null,
    resources: [{ type: 'AWS::ElasticLoadBalancingV2::TargetGroup', name: text(input, 'TargetGroupArn') }],
  };
}
