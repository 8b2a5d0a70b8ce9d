import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, text } from '../command';
import type { EstateDescription } from '../description';
import type { Cluster } from '../state';
import { begin, clusterOf, describedUpdate, fields, paged, readyCluster, traced } from './eks-calls';

/** A cluster takes about ten minutes to make: https://docs.aws.amazon.com/eks/latest/userguide/create-cluster.html */
const creationMs = 10 * 60_000;
const deletionMs = 3 * 60_000;

/** Clusters themselves and their updates. */
export const clusterCommands: Commands = {
  ListClusters: {
    run: ({ state }, input) => paged([...state.clusters.keys()], input, 'clusters'),
  },

  DescribeCluster: {
    run: ({ state, description }, input) => ({
      cluster: described(clusterOf(state, text(input, 'name')), description),
    }),
  },

  CreateCluster: {
    run(account, input) {
      const { state, description, scheduler, newId } = account;
      const name = text(input, 'name');
      if (state.clusters.has(name)) {
        throw new AwsError('ResourceInUseException', `Cluster already exists with name: ${name}`);
      }
      const vpc = fields(input['resourcesVpcConfig']);
      const subnetIds = [...list<string>(vpc, 'subnetIds')];
      // Absent means public, to every address: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
      const endpointPublicAccess = vpc['endpointPublicAccess'] !== false;
      const cidrs = list<string>(vpc, 'publicAccessCidrs');
      const cluster: Cluster = {
        name,
        arn: `arn:${description.partition}:eks:${description.region}:${description.account}:cluster/${name}`,
        version: text(input, 'version') || '1.34',
        roleArn: text(input, 'roleArn'),
        vpcId: state.subnets.get(subnetIds[0] ?? '')?.vpcId ?? '',
        subnetIds,
        clusterSecurityGroupId: newId('sg'),
        securityGroupIds: [...list<string>(vpc, 'securityGroupIds')],
        endpointPublicAccess,
        endpointPrivateAccess: vpc['endpointPrivateAccess'] === true,
        publicAccessCidrs: !endpointPublicAccess ? [] : cidrs.length === 0 ? ['0.0.0.0/0'] : [...cidrs],
        ipFamily: text(fields(input['kubernetesNetworkConfig']), 'ipFamily') || 'ipv4',
        logging: logTypes([], input),
        secretsKey: null,
        authenticationMode: text(fields(input['accessConfig']), 'authenticationMode') || 'CONFIG_MAP',
        deletionProtection: input['deletionProtection'] === true,
        status: 'CREATING',
        createdAt: scheduler.now(),
        nodegroups: {},
        fargateProfiles: {},
        addons: {},
        accessEntries: {},
        podIdentityAssociations: {},
        identityProviders: {},
        tags: { ...(fields(input['tags']) as Record<string, string>) },
      };
      state.clusters.set(name, cluster);
      scheduler.at(scheduler.now() + creationMs, () => {
        if (cluster.status === 'CREATING') cluster.status = 'ACTIVE';
      });
      return { cluster: described(cluster, description) };
    },
    trace: traced,
  },

  DeleteCluster: {
    run({ state, description, scheduler }, input) {
      const cluster = clusterOf(state, text(input, 'name'));
      if (Object.keys(cluster.nodegroups).length > 0) {
        throw new AwsError('ResourceInUseException', 'Cluster has nodegroups attached');
      }
      if (Object.keys(cluster.fargateProfiles).length > 0) {
        throw new AwsError('ResourceInUseException', 'Cluster has Fargate profiles attached');
      }
      // It is ignored while a cluster is creating, failed or deleting.
      if (cluster.deletionProtection && (cluster.status === 'ACTIVE' || cluster.status === 'UPDATING')) {
        throw new AwsError(
          'InvalidRequestException',
          `Cluster ${cluster.name} has deletion protection enabled. Disable deletion protection to delete it.`,
        );
      }
      cluster.status = 'DELETING';
      scheduler.at(scheduler.now() + deletionMs, () => state.clusters.delete(cluster.name));
      return { cluster: described(cluster, description) };
    },
    trace: traced,
  },

  UpdateClusterConfig: {
    run(account, input) {
      const cluster = readyCluster(account.state, text(input, 'name'));
      const vpc = fields(input['resourcesVpcConfig']);
      if ('subnetIds' in vpc || 'securityGroupIds' in vpc) {
        return begin(account, cluster, 'VpcConfigUpdate', vpc, () => {
          if ('subnetIds' in vpc) cluster.subnetIds = [...list<string>(vpc, 'subnetIds')];
          if ('securityGroupIds' in vpc) cluster.securityGroupIds = [...list<string>(vpc, 'securityGroupIds')];
        });
      }
      if (Object.keys(vpc).length > 0) return updateEndpoint(account, cluster, vpc);
      if (input['logging'] !== undefined) {
        const logging = logTypes(cluster.logging, input);
        return begin(account, cluster, 'LoggingUpdate', { clusterLogging: input['logging'] }, () => {
          cluster.logging = logging;
        });
      }
      if (input['deletionProtection'] !== undefined) {
        const on = input['deletionProtection'] === true;
        return begin(account, cluster, 'DeletionProtectionUpdate', { deletionProtection: on }, () => {
          cluster.deletionProtection = on;
        });
      }
      const mode = text(fields(input['accessConfig']), 'authenticationMode');
      if (mode === '') throw new AwsError('InvalidParameterException', 'No changes needed for the config provided');
      const modes = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'];
      // The way to the API cannot be gone back.
      if (modes.indexOf(mode) < modes.indexOf(cluster.authenticationMode)) {
        throw new AwsError(
          'InvalidParameterException',
          `Unsupported authentication mode update from ${cluster.authenticationMode} to ${mode}`,
        );
      }
      return begin(account, cluster, 'AccessConfigUpdate', { authenticationMode: mode }, () => {
        cluster.authenticationMode = mode;
      });
    },
    trace: traced,
  },

  AssociateEncryptionConfig: {
    run(account, input) {
      const cluster = readyCluster(account.state, text(input, 'clusterName'));
      if (cluster.secretsKey !== null) {
        throw new AwsError('InvalidParameterException', 'Cluster already has encryption config');
      }
      const [config] = list<{ provider?: { keyArn?: string } }>(input, 'encryptionConfig');
      return begin(
        account,
        cluster,
        'AssociateEncryptionConfig',
        { encryptionConfig: input['encryptionConfig'] },
        () => {
          cluster.secretsKey = config?.provider?.keyArn ?? null;
        },
      );
    },
    trace: traced,
  },

  UpdateClusterVersion: {
    run(account, input) {
      const cluster = readyCluster(account.state, text(input, 'name'));
      return begin(account, cluster, 'VersionUpdate', { version: text(input, 'version') }, () => {
        cluster.version = text(input, 'version');
      });
    },
    trace: traced,
  },

  ListUpdates: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'name'));
      const nodegroup = input['nodegroupName'] ?? null;
      const found = [...state.clusterUpdates.values()].filter(
        (it) => it.cluster === cluster.name && it.nodegroup === nodegroup,
      );
      return paged(
        found.map(({ id }) => id),
        input,
        'updateIds',
      );
    },
  },

  DescribeUpdate: {
    run({ state }, input) {
      const id = text(input, 'updateId');
      const found = state.clusterUpdates.get(id);
      if (found === undefined || found.cluster !== text(input, 'name')) {
        throw new AwsError('ResourceNotFoundException', `No update found for ID: ${id}`);
      }
      return { update: describedUpdate(found) };
    },
  },
};

function updateEndpoint(account: Account, cluster: Cluster, vpc: Input) {
  const wanted = {
    endpointPublicAccess: given(vpc, 'endpointPublicAccess') ?? cluster.endpointPublicAccess,
    endpointPrivateAccess: given(vpc, 'endpointPrivateAccess') ?? cluster.endpointPrivateAccess,
  };
  if (!wanted.endpointPublicAccess && !wanted.endpointPrivateAccess) {
    throw new AwsError(
      'InvalidParameterException',
      'Private and public endpoint access cannot be false at the same time',
    );
  }
  const named = list<string>(vpc, 'publicAccessCidrs');
  const stood = cluster.publicAccessCidrs.length === 0 ? ['0.0.0.0/0'] : cluster.publicAccessCidrs;
  const publicAccessCidrs = !wanted.endpointPublicAccess ? [] : named.length === 0 ? [...stood] : [...named];
  const same =
    wanted.endpointPublicAccess === cluster.endpointPublicAccess &&
    wanted.endpointPrivateAccess === cluster.endpointPrivateAccess &&
    [...publicAccessCidrs].sort().join() === [...cluster.publicAccessCidrs].sort().join();
  if (same) {
    throw new AwsError(
      'InvalidParameterException',
      `Cluster is already at the desired configuration with endpointPrivateAccess: ${wanted.endpointPrivateAccess} , endpointPublicAccess: ${wanted.endpointPublicAccess}, and Public Endpoint Restrictions: ${JSON.stringify(publicAccessCidrs)}`,
    );
  }
  return begin(account, cluster, 'EndpointAccessUpdate', { ...wanted, publicAccessCidrs }, () => {
    Object.assign(cluster, wanted, { publicAccessCidrs });
  });
}

function given(input: Input, name: string): boolean | undefined {
  const value = input[name];
  return typeof value === 'boolean' ? value : undefined;
}

/** The types that are on after what a call says of some of them. */
function logTypes(stood: readonly string[], input: Input): string[] {
  const types = new Set(stood);
  for (const setup of list<Input>(fields(input['logging']), 'clusterLogging')) {
    for (const type of list<string>(setup, 'types')) {
      if (setup['enabled'] === false) types.delete(type);
      else types.add(type);
    }
  }
  return [...types].sort();
}

const allLogTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

function described(it: Cluster, { region }: EstateDescription): Record<string, unknown> {
  const off = allLogTypes.filter((type) => !it.logging.includes(type));
  return {
    name: it.name,
    arn: it.arn,
    version: it.version,
    status: it.status,
    createdAt: new Date(it.createdAt),
    roleArn: it.roleArn,
    ...(it.status === 'CREATING'
      ? {}
      : { endpoint: `https://0123456789ABCDEF0123456789ABCDEF.gr7.${region}.eks.amazonaws.com` }),
    identity: { oidc: { issuer: `https://oidc.eks.${region}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF` } },
    resourcesVpcConfig: {
      vpcId: it.vpcId,
      subnetIds: [...it.subnetIds],
      clusterSecurityGroupId: it.clusterSecurityGroupId,
      securityGroupIds: [...it.securityGroupIds],
      endpointPublicAccess: it.endpointPublicAccess,
      endpointPrivateAccess: it.endpointPrivateAccess,
      publicAccessCidrs: [...it.publicAccessCidrs],
    },
    kubernetesNetworkConfig: { ipFamily: it.ipFamily },
    logging: {
      clusterLogging: [
        ...(it.logging.length === 0 ? [] : [{ types: [...it.logging], enabled: true }]),
        ...(off.length === 0 ? [] : [{ types: off, enabled: false }]),
      ],
    },
    ...(it.secretsKey === null
      ? {}
      : { encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: it.secretsKey } }] }),
    accessConfig: { authenticationMode: it.authenticationMode },
    deletionProtection: it.deletionProtection,
    tags: { ...it.tags },
  };
}
