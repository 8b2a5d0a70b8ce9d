import * as z from 'zod';
import type { EndpointEventFacts } from '../../runbooks/endpoint-exposure';
import { isEveryAddress } from '../network/addresses';
import type { Permission } from '../permission';
import { type ClusterSetting, listParameter } from './setting';

/** The API endpoint of a cluster, as changes hold it: equal is equal. */
export const endpoint = z.strictObject({
  publicAccess: z.boolean(),
  privateAccess: z.boolean(),
  /** Sorted; empty where the endpoint is not public. */
  publicCidrs: z.array(z.string()),
});
export type Endpoint = z.infer<typeof endpoint>;

/** The address ranges that a public endpoint lets in where nobody says otherwise. */
export const everyAddress = ['0.0.0.0/0'] as const;

/** EKS's own description, or AWS Config's copy of it. */
interface Described {
  readonly endpointPublicAccess?: boolean | undefined;
  readonly endpointPrivateAccess?: boolean | undefined;
  readonly publicAccessCidrs?: readonly string[] | undefined;
}

/** Absent means public, and to every address. */
export function endpointOf(vpcConfig: Described | undefined): Endpoint {
  const publicAccess = vpcConfig?.endpointPublicAccess ?? true;
  const cidrs = vpcConfig?.publicAccessCidrs ?? [];
  return {
    publicAccess,
    privateAccess: vpcConfig?.endpointPrivateAccess ?? false,
    publicCidrs: !publicAccess ? [] : cidrs.length === 0 ? [...everyAddress] : [...new Set(cidrs)].sort(),
  };
}

/** Who reaches a cluster's API. One call switches public and private access together: the nodes always have a way to it. */
export const endpointSetting: ClusterSetting<Endpoint> = {
  schema: endpoint,
  of: ({ resourcesVpcConfig }) => endpointOf(resourcesVpcConfig),
  updateType: 'EndpointAccessUpdate',
  pending(params, now) {
    const either = (value: string | undefined, otherwise: boolean) =>
      value === undefined ? otherwise : value === 'true';
    return endpointOf({
      endpointPublicAccess: either(params.get('EndpointPublicAccess'), now.publicAccess),
      endpointPrivateAccess: either(params.get('EndpointPrivateAccess'), now.privateAccess),
      publicAccessCidrs: listParameter(params.get('PublicAccessCidrs')) ?? now.publicCidrs,
    });
  },
  input: ({ publicAccess, privateAccess, publicCidrs }) => ({
    resourcesVpcConfig: {
      endpointPublicAccess: publicAccess,
      endpointPrivateAccess: privateAccess,
      ...(publicAccess ? { publicAccessCidrs: publicCidrs } : {}),
    },
  }),
  tell: ({ publicAccess, privateAccess, publicCidrs }) =>
    `API endpoint ${publicAccess ? `public to ${publicCidrs.join(', ')}` : 'not public'}, private access ${privateAccess ? 'on' : 'off'}`,
  effects: (now, after) => [
    ...(now.publicAccess && !after.publicAccess
      ? ['People and pipelines outside the VPC no longer reach the API; nodes reach it within the VPC.']
      : []),
    ...(!now.privateAccess && after.privateAccess
      ? ['The nodes find the private endpoint only in a VPC with DNS hostnames and DNS resolution on.']
      : []),
    ...(now.privateAccess && !after.privateAccess
      ? ['The nodes must come from one of the public networks: look where their NAT gateway leads.']
      : []),
  ],
};

/** Private access is a hosted zone of Route 53 that EKS associates in the caller's name. */
export const associateHostedZone: Permission = {
  actions: ['route53:AssociateVPCWithHostedZone'],
  on: [`arn:\${Partition}:route53:::hostedzone/*`],
};

/** What of a recorded cluster says how its endpoint stood. */
export const recordedEndpoint = z
  .looseObject({
    cluster: z.looseObject({
      resourcesVpcConfig: z.looseObject({
        endpointPublicAccess: z.boolean(),
        endpointPrivateAccess: z.boolean().optional(),
        publicAccessCidrs: z.array(z.string()).optional(),
      }),
    }),
  })
  .transform(({ cluster }) => endpointOf(cluster.resourcesVpcConfig));

export function factsOfEndpoint({ publicAccess, privateAccess, publicCidrs }: Endpoint): EndpointEventFacts {
  return {
    endpointPublic: publicAccess ? 'yes' : 'no',
    publicCidrs: [...publicCidrs],
    privateAccess: privateAccess ? 'yes' : 'no',
    opensToInternet: publicCidrs.some(isEveryAddress) ? 'yes' : 'no',
  };
}
