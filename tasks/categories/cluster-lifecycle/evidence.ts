import type { ActionContext } from '../../actions/action';
import { asJson, readClusterWhole } from '../../aws/clusters';
import { readLoadBalancers, readLoadBalancersOf } from '../../clusters/load-balancers';
import { clusterTouchesOf } from '../../clusters/touches';
import { readOrphanedVolumes } from '../../clusters/volumes';
import type { Dossier } from '../../dossier';
import type { Category, Collector } from '../category';

/** Of a cluster that was deleted: what it was, and what it left. */
export const lifecycleEvidence: NonNullable<Category['evidence']> = {
  permissions: [readLoadBalancers],
  async collectors(context, dossier) {
    const deletions = clusterTouchesOf(dossier).filter(
      ({ resource, kind }) => resource === 'cluster' && kind === 'deleted',
    );
    const names = [...new Set(deletions.map(({ cluster }) => cluster))];
    return names.flatMap((name) => [restorationSheet(context, dossier, name), leftBehind(context, name)]);
  },
};

/** What making the cluster again would begin with, and what nobody wrote down. */
function restorationSheet(context: ActionContext, dossier: Dossier, name: string): Collector {
  return {
    kind: 'restoration-sheet',
    name: `restoration-sheet/${encodeURIComponent(name)}`,
    description: `what the cluster ${name} was, as far as anybody recorded it`,
    async collect() {
      const first = dossier.events[0]?.time ?? dossier.openedAt;
      const recorded = await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, first);
      const described = recorded === null ? await readClusterWhole(context.aws.eks, name) : null;
      return {
        cluster: name,
        knownFrom:
          recorded !== null ? 'baseline' : described !== null ? 'described while it was being deleted' : 'unknown',
        configuration: recorded ?? described,
        notIn: 'What ran in the cluster: its workloads and their configuration were in its own store, which is gone.',
        deletedBy: dossier.events
          .filter(({ name: call }) => call.endsWith(':DeleteCluster'))
          .map(({ actor, time }) => ({ time, principal: actor?.principalArn ?? actor?.arn ?? null })),
      };
    },
  };
}

function leftBehind({ aws }: ActionContext, name: string): Collector {
  return {
    kind: 'left-behind',
    name: `left-behind/${encodeURIComponent(name)}`,
    description: `volumes and load balancers that carry the tags of ${name}`,
    async collect() {
      const volumes = await readOrphanedVolumes(aws.ec2, name);
      const loadBalancers = await readLoadBalancersOf(aws.loadBalancing, name);
      return volumes.length + loadBalancers.length === 0 ? null : asJson({ volumes, loadBalancers });
    },
  };
}
