import { AwsError } from '../aws-error';
import { type Account, type Commands, text } from '../command';
import { enter } from '../instance-states';
import { at, replenish, takeOut } from '../scaling';
import type { Instance } from '../state';
import { clusterOf, giveUp } from './eks-calls';

/** What AWS does by itself, without anybody's call: incident files have it happen as `aws:…`. */
export const occurrences: Commands = {
  /** A Spot instance is taken back: two minutes' notice, then it goes. */
  InterruptSpotInstance: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      const { account: owner, partition, region } = account.description;
      account.notify({
        source: 'aws.ec2',
        detailType: 'EC2 Spot Instance Interruption Warning',
        resources: [`arn:${partition}:ec2:${region}:${owner}:instance/${it.id}`],
        detail: { 'instance-id': it.id, 'instance-action': 'terminate' },
      });
      account.scheduler.at(account.scheduler.now() + 120_000, () => {
        if (it.state === 'terminated' || it.state === 'shutting-down') return;
        it.stateReason = {
          code: 'Server.SpotInstanceTermination',
          message: 'Server.SpotInstanceTermination: Spot instance termination',
        };
        enter(account, it, 'shutting-down');
      });
      return {};
    },
  },

  /** The operating system shuts down. By the instance's attribute it stops or ends; one-time Spot capacity cannot stop. */
  ShutDownFromWithin: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      it.stateReason = {
        code: 'Client.InstanceInitiatedShutdown',
        message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
      };
      enter(account, it, it.spot || it.shutdownBehavior === 'terminate' ? 'shutting-down' : 'stopping');
      return {};
    },
  },

  /** An instance's status checks fail: its Auto Scaling group replaces it. */
  FailStatusCheck: {
    run(account, input) {
      const { id } = instanceOf(account, text(input, 'InstanceId'));
      for (const group of account.state.autoScalingGroups.values()) {
        if (!group.members.some(({ instanceId }) => instanceId === id)) continue;
        const when = at(account);
        takeOut(
          account,
          group,
          id,
          `At ${when} an instance was taken out of service in response to an EC2 instance status checks failure.`,
        );
        replenish(
          account,
          group,
          `At ${when} an instance was launched in response to an unhealthy instance needing to be replaced.`,
        );
      }
      return {};
    },
  },

  /** EKS gives up the update that a cluster carries out. */
  FailClusterUpdate: {
    run({ state }, input) {
      giveUp(state, clusterOf(state, text(input, 'name')), text(input, 'errorCode'), text(input, 'errorMessage'));
      return {};
    },
  },
};

function instanceOf({ state }: Account, id: string): Instance {
  const found = state.instances.get(id);
  if (found === undefined) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  return found;
}
