import type { Cluster, EKSClient } from '@aws-sdk/client-eks';
import { z } from 'zod';
import type { EndpointEventFacts } from '../../runbooks/endpoint-exposure';
import { readUpdateInProgress } from '../aws/clusters';
import { isEveryAddress } from '../network/addresses';

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

/**
 * The endpoint as it will be when EKS has carried out what it was asked to: until then the cluster is described as it was.
 */
export async function readEndpoint(eks: EKSClient, cluster: Cluster): Promise<Endpoint> {
  const now = endpointOf(cluster.resourcesVpcConfig);
  if (cluster.status !== 'UPDATING' || cluster.name === undefined) return now;
  const update = await readUpdateInProgress(eks, cluster.name);
  if (update?.type !== 'EndpointAccessUpdate') return now;
  const said = new Map((update.params ?? []).map(({ type, value }) => [type, value]));
  const either = (value: string | undefined, otherwise: boolean) =>
    value === undefined ? otherwise : value === 'true';
  const cidrs = cidrList.safeParse(said.get('PublicAccessCidrs'));
  return endpointOf({
    endpointPublicAccess: either(said.get('EndpointPublicAccess'), now.publicAccess),
    endpointPrivateAccess: either(said.get('EndpointPrivateAccess'), now.privateAccess),
    publicAccessCidrs: cidrs.success ? cidrs.data : now.publicCidrs,
  });
}

/** An update's parameters are texts: of a list its JSON. */
const cidrList = z.string().transform((text, context) => {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    context.addIssue('not a list of CIDRs');
    return z.NEVER;
  }
});

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

export function tellEndpoint({ publicAccess, privateAccess, publicCidrs }: Endpoint): string {
  const outside = publicAccess ? `public to ${publicCidrs.join(', ')}` : 'not public';
  return `${outside}, private access ${privateAccess ? 'on' : 'off'}`;
}

export function factsOfEndpoint({ publicAccess, privateAccess, publicCidrs }: Endpoint): EndpointEventFacts {
  return {
    endpointPublic: publicAccess ? 'yes' : 'no',
    publicCidrs: [...publicCidrs],
    privateAccess: privateAccess ? 'yes' : 'no',
    opensToInternet: publicCidrs.some(isEveryAddress) ? 'yes' : 'no',
  };
}
