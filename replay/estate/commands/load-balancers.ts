import { type Account, type Commands, list } from '../command';
import { tagList } from '../filters';

export const loadBalancerCommands: Commands = {
  DescribeLoadBalancers: {
    run: (account) => ({
      LoadBalancers: account.description.loadBalancers.map(({ name, type, scheme, vpc }) => ({
        LoadBalancerArn: arnOf(account, name),
        LoadBalancerName: name,
        Type: type,
        Scheme: scheme,
        VpcId: vpc,
        State: { Code: 'active' },
      })),
    }),
  },

  DescribeTags: {
    run(account, input) {
      const wanted = list<string>(input, 'ResourceArns');
      const found = account.description.loadBalancers.filter(({ name }) => wanted.includes(arnOf(account, name)));
      return {
        TagDescriptions: found.map(({ name, tags }) => ({ ResourceArn: arnOf(account, name), Tags: tagList(tags) })),
      };
    },
  },
};

function arnOf({ description: { partition, region, account } }: Account, name: string): string {
  return `arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/0123456789abcdef`;
}
