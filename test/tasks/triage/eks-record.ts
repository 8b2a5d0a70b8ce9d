import type { Json } from '../../../runbooks/incident';
import { called } from './record';

/** A call of EKS, or of another service that has one of the same name, as a trail records it. */
export function calledEks(
  eventName: string,
  requestParameters: Json,
  responseElements: Json = null,
  more: Readonly<Record<string, Json>> = {},
  service = 'eks',
) {
  const call = called(eventName, requestParameters, responseElements, {
    eventSource: `${service}.amazonaws.com`,
    ...more,
  });
  return { ...call, source: `aws.${service}` };
}

export const denied = { errorCode: 'AccessDenied', errorMessage: 'User is not authorized' };

const role = 'arn:aws:iam::111122223333:role/helper';

/** A request of each call of EKS that concerns clusters, in the shape in which CloudTrail records it. */
export const requests: Readonly<Record<string, Json>> = {
  CreateCluster: {
    name: 'payments',
    roleArn: role,
    resourcesVpcConfig: {
      subnetIds: ['subnet-1', 'subnet-2'],
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
    },
  },
  DeleteCluster: { name: 'payments' },
  UpdateClusterVersion: { name: 'payments', version: '1.34', clientRequestToken: 't' },
  CreateNodegroup: {
    name: 'payments',
    nodegroupName: 'gpu',
    scalingConfig: { minSize: 1, maxSize: 9, desiredSize: 3 },
  },
  DeleteNodegroup: { name: 'payments', nodegroupName: 'gpu' },
  UpdateNodegroupConfig: { name: 'payments', nodegroupName: 'gpu', scalingConfig: { maxSize: 90 } },
  UpdateNodegroupVersion: { name: 'payments', nodegroupName: 'gpu', version: '1.34' },
  CreateFargateProfile: { name: 'payments', fargateProfileName: 'batch', podExecutionRoleArn: role },
  DeleteFargateProfile: { name: 'payments', fargateProfileName: 'batch' },
  CreateAddon: { name: 'payments', addonName: 'vpc-cni' },
  DeleteAddon: { name: 'payments', addonName: 'vpc-cni', preserve: false },
  CreateAccessEntry: { name: 'payments', principalArn: role },
  AssociateAccessPolicy: {
    name: 'payments',
    principalArn: encodeURIComponent(role),
    policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    accessScope: { type: 'cluster' },
  },
  UpdateAccessEntry: { name: 'payments', principalArn: encodeURIComponent(role), kubernetesGroups: ['ops'] },
  CreatePodIdentityAssociation: { name: 'payments', namespace: 'shop', serviceAccount: 'checkout', roleArn: role },
  UpdatePodIdentityAssociation: { name: 'payments', associationId: 'a-1', roleArn: role },
  AssociateIdentityProviderConfig: {
    name: 'payments',
    oidc: { identityProviderConfigName: 'okta', issuerUrl: 'https://id.example.com', clientId: 'c' },
  },
  DisassociateIdentityProviderConfig: { name: 'payments', identityProviderConfig: { type: 'oidc', name: 'okta' } },
};
