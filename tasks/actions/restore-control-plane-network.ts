import { recordedVpcConfig, vpcConfigSetting } from '../clusters/vpc-config';
import { readPrior } from '../network/prior';
import { clusterSettingAction } from './cluster-setting';
import { touchesOf } from './touches';

/** Gives a control plane back the security groups and subnets that it had. Where nobody knows them, people are told. */
export const restoreControlPlaneNetwork = clusterSettingAction({
  id: 'restore-control-plane-network',
  description: 'Gives a cluster’s control plane back the security groups and subnets that it had before',
  setting: vpcConfigSetting,
  async wanted(context, dossier, name) {
    const change = touchesOf(dossier).find(({ touch }) => touch.kind === 'control-plane-set' && touch.cluster === name);
    if (change === undefined) return null;
    const prior = await readPrior(context, { type: 'AWS::EKS::Cluster', id: name }, change.time, recordedVpcConfig);
    if (prior === null) {
      context.left.add(`Nobody knows which groups and subnets the control plane of ${name} had: look at the cluster.`);
      return null;
    }
    return { state: prior.state, knownFrom: prior.from };
  },
});
