import { AwsError } from '../aws-error';
import { type Commands, list, text } from '../command';

/** What ends instances, and what they leave to read. */
export const lifecycleCommands: Commands = {
  TerminateInstances: {
    run({ state, scheduler }, input) {
      const ids = list<string>(input, 'InstanceIds');
      for (const id of ids) {
        if (!state.instances.has(id))
          throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      }
      const changes = ids.flatMap((id) => {
        const it = state.instances.get(id);
        if (it === undefined) return [];
        const previous = it.state;
        if (previous !== 'terminated') it.state = 'shutting-down';
        scheduler.at(scheduler.now() + 30_000, () => {
          it.state = 'terminated';
        });
        return [{ InstanceId: id, PreviousState: { Name: previous }, CurrentState: { Name: it.state } }];
      });
      return { TerminatingInstances: changes };
    },
    trace: (input, output) => ({
      requestParameters: {
        instancesSet: { items: list<string>(input, 'InstanceIds').map((instanceId) => ({ instanceId })) },
      },
      responseElements: output === null ? null : { instancesSet: { items: [] } },
      resources: list<string>(input, 'InstanceIds').map((name) => ({ type: 'AWS::EC2::Instance', name })),
    }),
  },

  GetConsoleOutput: {
    run({ state, scheduler }, input) {
      const id = text(input, 'InstanceId');
      if (!state.instances.has(id))
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      return {
        InstanceId: id,
        Timestamp: new Date(scheduler.now()),
        Output: Buffer.from(`${id} login: `).toString('base64'),
      };
    },
  },
};
