import { AwsError } from '../aws-error';
import { type Commands, type Input, text } from '../command';
import type { EstateDescription } from '../description';
import type { Cluster, ClusterPart } from '../state';
import { begin, clusterOf, fields, paged, traced } from './eks-calls';

/** One kind of what a cluster is made of: how the API calls it, and how long making and deleting one takes. */
interface Kind {
  /** As in `CreateNodegroup`. */
  readonly call: string;
  readonly field: 'nodegroup' | 'fargateProfile' | 'addon';
  readonly many: 'nodegroups' | 'fargateProfiles' | 'addons';
  /** What the list calls its names. */
  readonly listed: string;
  readonly arn: string;
  readonly says: string;
  readonly creationMs: number;
  readonly deletionMs: number;
}

const minute = 60_000;
const kinds: readonly Kind[] = [
  {
    call: 'Nodegroup',
    field: 'nodegroup',
    many: 'nodegroups',
    listed: 'nodegroups',
    arn: 'nodegroup',
    says: 'No node group found for name',
    creationMs: 3 * minute,
    deletionMs: 6 * minute,
  },
  {
    call: 'FargateProfile',
    field: 'fargateProfile',
    many: 'fargateProfiles',
    listed: 'fargateProfileNames',
    arn: 'fargateprofile',
    says: 'No Fargate Profile found with name',
    creationMs: 2 * minute,
    deletionMs: 2 * minute,
  },
  {
    call: 'Addon',
    field: 'addon',
    many: 'addons',
    listed: 'addons',
    arn: 'addon',
    says: 'No addon',
    creationMs: minute,
    deletionMs: minute,
  },
];

/** Node groups, Fargate profiles and add-ons. */
export const clusterPartCommands: Commands = {
  ...Object.assign({}, ...kinds.map(commandsOf)),

  UpdateNodegroupConfig: {
    run(account, input) {
      const { cluster, part } = nodegroupOf(account.state.clusters.get(text(input, 'clusterName')), input);
      const scaling = fields(input['scalingConfig']);
      return begin(
        account,
        cluster,
        'ConfigUpdate',
        scaling,
        () => {
          part['scalingConfig'] = { ...fields(part['scalingConfig']), ...scaling };
        },
        text(input, 'nodegroupName'),
      );
    },
    trace: traced,
  },

  UpdateNodegroupVersion: {
    run(account, input) {
      const { cluster, part } = nodegroupOf(account.state.clusters.get(text(input, 'clusterName')), input);
      return begin(
        account,
        cluster,
        'VersionUpdate',
        { version: text(input, 'version') },
        () => {
          part['version'] = text(input, 'version');
        },
        text(input, 'nodegroupName'),
      );
    },
    trace: traced,
  },
};

function commandsOf({ call, field, many, listed, arn, says, creationMs, deletionMs }: Kind): Commands {
  const nameField = `${field}Name`;
  const named = (cluster: Cluster, input: Input): ClusterPart => {
    const found = cluster[many][text(input, nameField)];
    if (found === undefined) throw new AwsError('ResourceNotFoundException', `${says}: ${text(input, nameField)}.`);
    return found;
  };
  const described = (
    cluster: Cluster,
    name: string,
    part: ClusterPart,
    { region, account, partition }: EstateDescription,
  ) => ({
    [field]: {
      ...structuredClone(part),
      clusterName: cluster.name,
      [`${field}Arn`]: `arn:${partition}:eks:${region}:${account}:${arn}/${cluster.name}/${name}`,
    },
  });
  return {
    [`Create${call}`]: {
      run({ state, description, scheduler }, input) {
        const cluster = clusterOf(state, text(input, 'clusterName'));
        const name = text(input, nameField);
        if (cluster[many][name] !== undefined) {
          throw new AwsError('ResourceInUseException', `${call} already exists with name ${name}`);
        }
        if (cluster.status !== 'ACTIVE' && cluster.status !== 'UPDATING') {
          throw new AwsError('InvalidRequestException', `Cluster '${cluster.name}' is not in ACTIVE status`);
        }
        const { clusterName: _cluster, clientRequestToken: _token, ...given } = input;
        const part: ClusterPart = {
          tags: {},
          ...structuredClone(given),
          status: 'CREATING',
          createdAt: new Date(scheduler.now()),
        };
        cluster[many][name] = part;
        scheduler.at(scheduler.now() + creationMs, () => {
          if (part.status === 'CREATING') part.status = 'ACTIVE';
        });
        return described(cluster, name, part, description);
      },
      trace: traced,
    },

    [`Delete${call}`]: {
      run({ state, description, scheduler }, input) {
        const cluster = clusterOf(state, text(input, 'clusterName'));
        const part = named(cluster, input);
        // One Fargate profile at a time: https://docs.aws.amazon.com/eks/latest/userguide/delete-fargate-profile.html
        const busy = Object.values(cluster[many]).some(({ status }) => status === 'DELETING');
        if (many === 'fargateProfiles' && busy) {
          throw new AwsError(
            'ResourceInUseException',
            'Cannot delete Fargate Profile because cluster has one in DELETING',
          );
        }
        part.status = 'DELETING';
        const name = text(input, nameField);
        scheduler.at(scheduler.now() + deletionMs, () => {
          delete cluster[many][name];
        });
        return described(cluster, name, part, description);
      },
      trace: traced,
    },

    [`Describe${call}`]: {
      run({ state, description }, input) {
        const cluster = clusterOf(state, text(input, 'clusterName'));
        return described(cluster, text(input, nameField), named(cluster, input), description);
      },
    },

    [`List${call}s`]: {
      run: ({ state }, input) =>
        paged(Object.keys(clusterOf(state, text(input, 'clusterName'))[many]).sort(), input, listed),
    },
  };
}

function nodegroupOf(cluster: Cluster | undefined, input: Input): { cluster: Cluster; part: ClusterPart } {
  const part = cluster?.nodegroups[text(input, 'nodegroupName')];
  if (cluster === undefined || part === undefined) {
    throw new AwsError('ResourceNotFoundException', `No node group found for name: ${text(input, 'nodegroupName')}.`);
  }
  return { cluster, part };
}
