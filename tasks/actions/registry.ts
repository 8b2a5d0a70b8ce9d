import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { ContractBroken } from '../errors';
import type { Action } from './action';
import { closeClusterEndpoint } from './close-cluster-endpoint';
import { cordonNode } from './cordon-node';
import { deleteCluster } from './delete-cluster';
import { denyAddresses } from './deny-addresses';
import { denyRoleSessions } from './deny-role-sessions';
import { deregisterTargets } from './deregister-targets';
import { disableAccessKey } from './disable-access-key';
import { disassociateElasticIps } from './disassociate-elastic-ips';
import { disassociateIdentityProvider } from './disassociate-identity-provider';
import { enableControlPlaneLogging } from './enable-control-plane-logging';
import { enableDeletionProtection } from './enable-deletion-protection';
import { encryptSecrets } from './encrypt-secrets';
import { isolateInterfaces } from './isolate-interfaces';
import { leaveAutoScalingGroup } from './leave-auto-scaling-group';
import { liftDeletionProtection } from './lift-deletion-protection';
import { markIsolated } from './mark-isolated';
import { protectFromScaleIn } from './protect-from-scale-in';
import { protectInstance } from './protect-instance';
import { protectSiblings } from './protect-siblings';
import { protectSiblingsFromScaleIn } from './protect-siblings-from-scale-in';
import { quarantinePods } from './quarantine-pods';
import { reattachVolume } from './reattach-volume';
import { restoreClusterEndpoint } from './restore-cluster-endpoint';
import { restoreClusterLogging } from './restore-cluster-logging';
import { restoreControlPlaneNetwork } from './restore-control-plane-network';
import { restoreDeletionProtection } from './restore-deletion-protection';
import { restoreGroupCapacity } from './restore-group-capacity';
import { restoreInstanceProfile } from './restore-instance-profile';
import { restoreInterfaceGroups } from './restore-interface-groups';
import { restoreMetadataOptions } from './restore-metadata-options';
import { restoreNetworkAclAssociation } from './restore-network-acl-association';
import { restoreNetworkAclEntries } from './restore-network-acl-entries';
import { restoreNodeGroupScaling } from './restore-node-group-scaling';
import { restorePrefixListEntries } from './restore-prefix-list-entries';
import { restoreSecurityGroupRules } from './restore-security-group-rules';
import { restoreSecurityGroupVpcAssociation } from './restore-security-group-vpc-association';
import { restrictClusterEndpoint } from './restrict-cluster-endpoint';
import { revokeClusterAccess } from './revoke-cluster-access';
import { revokePodIdentity } from './revoke-pod-identity';
import { revokeRoleSessions } from './revoke-role-sessions';
import { snapshotOrphanedVolumes } from './snapshot-orphaned-volumes';
import { swapInstanceProfile } from './swap-instance-profile';
import { terminateNode } from './terminate-node';
import { withdrawClusterAccess } from './withdraw-cluster-access';

/** Every action that a plan may name. */
export const actions: readonly Action[] = [
  closeClusterEndpoint,
  cordonNode,
  deleteCluster,
  denyAddresses,
  denyRoleSessions,
  deregisterTargets,
  disableAccessKey,
  disassociateElasticIps,
  disassociateIdentityProvider,
  enableControlPlaneLogging,
  enableDeletionProtection,
  encryptSecrets,
  isolateInterfaces,
  leaveAutoScalingGroup,
  liftDeletionProtection,
  markIsolated,
  protectFromScaleIn,
  protectInstance,
  protectSiblings,
  protectSiblingsFromScaleIn,
  quarantinePods,
  reattachVolume,
  restoreClusterEndpoint,
  restoreClusterLogging,
  restoreControlPlaneNetwork,
  restoreDeletionProtection,
  restoreGroupCapacity,
  restoreInstanceProfile,
  restoreInterfaceGroups,
  restoreMetadataOptions,
  restoreNetworkAclAssociation,
  restoreNetworkAclEntries,
  restoreNodeGroupScaling,
  restorePrefixListEntries,
  restoreSecurityGroupRules,
  restoreSecurityGroupVpcAssociation,
  restrictClusterEndpoint,
  revokeClusterAccess,
  revokePodIdentity,
  revokeRoleSessions,
  snapshotOrphanedVolumes,
  swapInstanceProfile,
  terminateNode,
  withdrawClusterAccess,
];

/** Plans are checked against the registry when they are loaded: an id that is not here is a fault of ours. */
export function actionById(id: string): Action {
  const found = actions.find((action) => action.id === id);
  if (found === undefined) throw new ContractBroken(`there is no action ${id}`);
  return found;
}

/** Whether nothing is left to be done for a change, because its target is gone: one that is yet to be made has not. */
export function isDoneByGoing({ action, before }: Pick<Change, 'action' | 'before'>, present: Json | null): boolean {
  return present === null && before !== null && actionById(action).goneIsDone === true;
}
