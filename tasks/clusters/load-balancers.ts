import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Permission } from '../permission';

export const readLoadBalancers: Permission = {
  actions: ['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTags'],
  on: ['*'],
};

/** DescribeTags takes so many ARNs in a call. */
const tagsAtOnce = 20;

/** The load balancers that a cluster's controllers made: nobody deletes them once the cluster is gone. */
export async function readLoadBalancersOf(elb: ElasticLoadBalancingV2Client, cluster: string): Promise<LoadBalancer[]> {
  const all: LoadBalancer[] = [];
  let marker: string | undefined;
  do {
    const page = await elb.send(new DescribeLoadBalancersCommand(marker === undefined ? {} : { Marker: marker }));
    all.push(...(page.LoadBalancers ?? []));
    marker = page.NextMarker;
  } while (marker !== undefined && marker !== '');

  const found: LoadBalancer[] = [];
  for (let start = 0; start < all.length; start += tagsAtOnce) {
    const some = all.slice(start, start + tagsAtOnce);
    const ResourceArns = some.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []);
    const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { ResourceArn, Tags } of TagDescriptions ?? []) {
      const ours = (Tags ?? []).some(
        ({ Key, Value }) =>
          Key === `kubernetes.io/cluster/${cluster}` ||
          ((Key === 'elbv2.k8s.aws/cluster' || Key === 'eks:eks-cluster-name') && Value === cluster),
      );
      if (ours) found.push(...some.filter(({ LoadBalancerArn }) => LoadBalancerArn === ResourceArn));
    }
  }
  return found;
}
