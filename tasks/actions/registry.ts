import { ContractBroken } from '../errors';
import type { Action } from './action';
import { cordonNode } from './cordon-node';
import { deregisterTargets } from './deregister-targets';
import { disassociateElasticIps } from './disassociate-elastic-ips';
import { enableControlPlaneLogging } from './enable-control-plane-logging';
import { encryptSecrets } from './encrypt-secrets';
import { isolateInterfaces } from './isolate-interfaces';
import { leaveAutoScalingGroup } from './leave-auto-scaling-group';
import { markIsolated } from './mark-isolated';
import { protectFromScaleIn } from './protect-from-scale-in';
import { protectInstance } from './protect-instance';
import { protectSiblings } from './protect-siblings';
import { protectSiblingsFromScaleIn } from './protect-siblings-from-scale-in';
import { quarantinePods } from './quarantine-pods';
import { reattachVolume } from './reattach-volume';
import { restoreGroupCapacity } from './restore-group-capacity';
import { restoreInstanceProfile } from './restore-instance-profile';
import { restoreInterfaceGroups } from './restore-interface-groups';
import { restoreMetadataOptions } from './restore-metadata-options';
import { restoreNetworkAclAssociation } from './restore-network-acl-association';
import { restoreNetworkAclEntries } from './restore-network-acl-entries';
import { restorePrefixListEntries } from './restore-prefix-list-entries';
import { restoreSecurityGroupRules } from './restore-security-group-rules';
import { restoreSecurityGroupVpcAssociation } from './restore-security-group-vpc-association';
import { revokeRoleSessions } from './revoke-role-sessions';
import { swapInstanceProfile } from './swap-instance-profile';
import { terminateInstance } from './terminate-instance';
import { terminateNode } from './terminate-node';

/** Every action that a plan may name. */
export const actions: readonly Action[] = [
  protectSiblings,
  protectSiblingsFromScaleIn,
  reattachVolume,
  restoreGroupCapacity,
  restoreInstanceProfile,
  cordonNode,
  deregisterTargets,
  disassociateElasticIps,
  isolateInterfaces,
  leaveAutoScalingGroup,
  markIsolated,
  protectFromScaleIn,
  protectInstance,
  quarantinePods,
  enableControlPlaneLogging,
  encryptSecrets,
  restoreInterfaceGroups,
  restoreMetadataOptions,
  restoreNetworkAclAssociation,
  restoreNetworkAclEntries,
  restorePrefixListEntries,
  restoreSecurityGroupRules,
  restoreSecurityGroupVpcAssociation,
  revokeRoleSessions,
  swapInstanceProfile,
  terminateNode,
  terminateInstance,
];

/** Plans are checked against the registry when they are loaded: an id that is not here is a fault of ours. */
export function actionById(id: string): Action {
  const found = actions.find((action) => action.id === id);
  if (found === undefined) throw new ContractBroken(`there is no action ${id}`);
  return found;
}
