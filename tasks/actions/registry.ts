import { ContractBroken } from '../errors';
import type { Action } from './action';
import { closeClusterEndpoint } from './close-cluster-endpoint';
import { restoreClusterEndpoint } from './restore-cluster-endpoint';
import { restoreControlPlaneNetwork } from './restore-control-plane-network';
import { restoreInterfaceGroups } from './restore-interface-groups';
import { restoreNetworkAclAssociation } from './restore-network-acl-association';
import { restoreNetworkAclEntries } from './restore-network-acl-entries';
import { restorePrefixListEntries } from './restore-prefix-list-entries';
import { restoreSecurityGroupRules } from './restore-security-group-rules';
import { restoreSecurityGroupVpcAssociation } from './restore-security-group-vpc-association';
import { restrictClusterEndpoint } from './restrict-cluster-endpoint';

/** Every action that a plan may name. */
export const actions: readonly Action[] = [
  closeClusterEndpoint,
  restoreClusterEndpoint,
  restoreControlPlaneNetwork,
  restoreInterfaceGroups,
  restoreNetworkAclAssociation,
  restoreNetworkAclEntries,
  restorePrefixListEntries,
  restoreSecurityGroupRules,
  restoreSecurityGroupVpcAssociation,
  restrictClusterEndpoint,
];

/** Plans are checked against the registry when they are loaded: an id that is not here is a fault of ours. */
export function actionById(id: string): Action {
  const found = actions.find((action) => action.id === id);
  if (found === undefined) throw new ContractBroken(`there is no action ${id}`);
  return found;
}
