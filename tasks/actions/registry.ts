import { ContractBroken } from '../errors';
import type { Action } from './action';
import { denyRoleSessions } from './deny-role-sessions';
import { disableAccessKey } from './disable-access-key';
import { enableControlPlaneLogging } from './enable-control-plane-logging';
import { encryptSecrets } from './encrypt-secrets';
import { restoreInterfaceGroups } from './restore-interface-groups';
import { restoreNetworkAclAssociation } from './restore-network-acl-association';
import { restoreNetworkAclEntries } from './restore-network-acl-entries';
import { restorePrefixListEntries } from './restore-prefix-list-entries';
import { restoreSecurityGroupRules } from './restore-security-group-rules';
import { restoreSecurityGroupVpcAssociation } from './restore-security-group-vpc-association';
import { terminateInstance } from './terminate-instance';

/** Every action that a plan may name. */
export const actions: readonly Action[] = [
  denyRoleSessions,
  disableAccessKey,
  enableControlPlaneLogging,
  encryptSecrets,
  restoreInterfaceGroups,
  restoreNetworkAclAssociation,
  restoreNetworkAclEntries,
  restorePrefixListEntries,
  restoreSecurityGroupRules,
  restoreSecurityGroupVpcAssociation,
  terminateInstance,
];

/** Plans are checked against the registry when they are loaded: an id that is not here is a fault of ours. */
export function actionById(id: string): Action {
  const found = actions.find((action) => action.id === id);
  if (found === undefined) throw new ContractBroken(`there is no action ${id}`);
  return found;
}
