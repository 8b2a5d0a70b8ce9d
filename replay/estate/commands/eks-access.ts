import { AwsError } from '../aws-error';
import { type Commands, type Input, list, text } from '../command';
import type { EstateDescription } from '../description';
import { type AccessEntry, type Cluster, type ClusterPart, named } from '../state';
import { begin, clusterOf, fields, paged, readyCluster, traced, tracedByPrincipal } from './eks-calls';

/** Who may use a cluster: access entries and their policies, Pod Identity, identity providers. */
export const clusterAccessCommands: Commands = {
  CreateAccessEntry: {
    run({ state, description }, input) {
      const cluster = withEntries(clusterOf(state, text(input, 'clusterName')));
      const principal = text(input, 'principalArn');
      if (cluster.accessEntries[principal] !== undefined) {
        throw new AwsError(
          'ResourceInUseException',
          'The specified access entry resource is already in use on this cluster.',
        );
      }
      const entry: AccessEntry = {
        ...named(text(input, 'type') || 'STANDARD', principal, {
          username: text(input, 'username'),
          kubernetesGroups: list<string>(input, 'kubernetesGroups'),
        }),
        policies: [],
        tags: { ...(fields(input['tags']) as Record<string, string>) },
      };
      cluster.accessEntries[principal] = entry;
      return { accessEntry: described(cluster, principal, entry, description) };
    },
    trace: traced,
  },

  UpdateAccessEntry: {
    run({ state, description }, input) {
      const { cluster, principal, entry } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      if (input['kubernetesGroups'] !== undefined)
        entry.kubernetesGroups = [...list<string>(input, 'kubernetesGroups')];
      if (input['username'] !== undefined) entry.username = text(input, 'username');
      return { accessEntry: described(cluster, principal, entry, description) };
    },
    trace: tracedByPrincipal,
  },

  DeleteAccessEntry: {
    run({ state }, input) {
      const { cluster, principal } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      delete cluster.accessEntries[principal];
      return {};
    },
    trace: tracedByPrincipal,
  },

  DescribeAccessEntry: {
    run({ state, description }, input) {
      const { cluster, principal, entry } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      return { accessEntry: described(cluster, principal, entry, description) };
    },
  },

  ListAccessEntries: {
    run: ({ state }, input) =>
      paged(
        Object.keys(withEntries(clusterOf(state, text(input, 'clusterName'))).accessEntries).sort(),
        input,
        'accessEntries',
      ),
  },

  AssociateAccessPolicy: {
    run({ state }, input) {
      const { cluster, principal, entry } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      const policyArn = text(input, 'policyArn');
      const scope = fields(input['accessScope']);
      const accessScope = { type: text(scope, 'type'), namespaces: [...list<string>(scope, 'namespaces')] };
      entry.policies = [...entry.policies.filter((it) => it.policyArn !== policyArn), { policyArn, accessScope }];
      return {
        clusterName: cluster.name,
        principalArn: principal,
        associatedAccessPolicy: { policyArn, accessScope },
      };
    },
    trace: tracedByPrincipal,
  },

  DisassociateAccessPolicy: {
    run({ state }, input) {
      const { entry } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      entry.policies = entry.policies.filter((it) => it.policyArn !== text(input, 'policyArn'));
      return {};
    },
    trace: tracedByPrincipal,
  },

  ListAssociatedAccessPolicies: {
    run({ state }, input) {
      const { cluster, principal, entry } = entryOf(clusterOf(state, text(input, 'clusterName')), input);
      return {
        clusterName: cluster.name,
        principalArn: principal,
        associatedAccessPolicies: structuredClone(entry.policies),
      };
    },
  },

  CreatePodIdentityAssociation: {
    run({ state, newId }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      const associationId = newId('a');
      const { clusterName: _cluster, clientRequestToken: _token, ...given } = input;
      const taken = Object.values(cluster.podIdentityAssociations).some(
        (it) => it['namespace'] === text(input, 'namespace') && it['serviceAccount'] === text(input, 'serviceAccount'),
      );
      if (taken) {
        throw new AwsError(
          'ResourceInUseException',
          `Association already exists: ${text(input, 'namespace')}/${text(input, 'serviceAccount')}`,
        );
      }
      const association: ClusterPart = { ...structuredClone(given), associationId, status: 'ACTIVE' };
      cluster.podIdentityAssociations[associationId] = association;
      return { association: withoutStatus(cluster, association) };
    },
    trace: traced,
  },

  UpdatePodIdentityAssociation: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      const association = associationOf(cluster, input);
      for (const field of ['roleArn', 'disableSessionTags', 'targetRoleArn', 'policy'] as const) {
        if (input[field] !== undefined) association[field] = input[field];
      }
      return { association: withoutStatus(cluster, association) };
    },
    trace: traced,
  },

  DeletePodIdentityAssociation: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      const association = associationOf(cluster, input);
      delete cluster.podIdentityAssociations[text(input, 'associationId')];
      return { association: withoutStatus(cluster, association) };
    },
    trace: traced,
  },

  DescribePodIdentityAssociation: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      return { association: withoutStatus(cluster, associationOf(cluster, input)) };
    },
  },

  ListPodIdentityAssociations: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      return {
        associations: Object.values(cluster.podIdentityAssociations).map((it) => ({
          clusterName: cluster.name,
          namespace: it['namespace'],
          serviceAccount: it['serviceAccount'],
          associationId: it['associationId'],
        })),
      };
    },
  },

  AssociateIdentityProviderConfig: {
    run(account, input) {
      const cluster = readyCluster(account.state, text(input, 'clusterName'));
      const oidc = fields(input['oidc']);
      if (Object.keys(cluster.identityProviders).length > 0) {
        throw new AwsError('InvalidRequestException', 'A cluster can be associated with one identity provider only');
      }
      const associated: ClusterPart = { ...oidc, tags: fields(input['tags']), status: 'CREATING' };
      cluster.identityProviders[text(oidc, 'identityProviderConfigName')] = associated;
      return begin(account, cluster, 'AssociateIdentityProviderConfig', { identityProviderConfig: oidc }, () => {
        associated.status = 'ACTIVE';
      });
    },
    trace: traced,
  },

  DisassociateIdentityProviderConfig: {
    run(account, input) {
      const cluster = readyCluster(account.state, text(input, 'clusterName'));
      const config = fields(input['identityProviderConfig']);
      const associated = cluster.identityProviders[text(config, 'name')];
      if (associated === undefined) {
        throw new AwsError('ResourceNotFoundException', 'No identity provider config found.');
      }
      associated.status = 'DELETING';
      return begin(account, cluster, 'DisassociateIdentityProviderConfig', { identityProviderConfig: config }, () => {
        delete cluster.identityProviders[text(config, 'name')];
      });
    },
    trace: traced,
  },

  DescribeIdentityProviderConfig: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      const oidc = cluster.identityProviders[text(fields(input['identityProviderConfig']), 'name')];
      if (oidc === undefined) throw new AwsError('ResourceNotFoundException', 'No identity provider config found.');
      return { identityProviderConfig: { oidc: { ...structuredClone(oidc), clusterName: cluster.name } } };
    },
  },

  ListIdentityProviderConfigs: {
    run({ state }, input) {
      const cluster = clusterOf(state, text(input, 'clusterName'));
      return {
        identityProviderConfigs: Object.keys(cluster.identityProviders).map((name) => ({ type: 'oidc', name })),
      };
    },
  },
};

/** A cluster that only knows the ConfigMap has no entries: https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html */
function withEntries(cluster: Cluster): Cluster {
  if (cluster.authenticationMode !== 'CONFIG_MAP') return cluster;
  throw new AwsError(
    'InvalidRequestException',
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
  );
}

function entryOf(cluster: Cluster, input: Input): { cluster: Cluster; principal: string; entry: AccessEntry } {
  const principal = text(input, 'principalArn');
  const entry = withEntries(cluster).accessEntries[principal];
  if (entry === undefined) {
    throw new AwsError(
      'ResourceNotFoundException',
      `The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.`,
    );
  }
  return { cluster, principal, entry };
}

function described(
  cluster: Cluster,
  principalArn: string,
  { type, username, kubernetesGroups, tags }: AccessEntry,
  { partition, region, account }: EstateDescription,
): object {
  return {
    clusterName: cluster.name,
    principalArn,
    type,
    username,
    kubernetesGroups: [...kubernetesGroups],
    accessEntryArn: `arn:${partition}:eks:${region}:${account}:access-entry/${cluster.name}/${encodeURIComponent(principalArn)}`,
    tags: { ...tags },
  };
}

function associationOf(cluster: Cluster, input: Input): ClusterPart {
  const found = cluster.podIdentityAssociations[text(input, 'associationId')];
  if (found === undefined) {
    throw new AwsError('ResourceNotFoundException', `No association found with ID: ${text(input, 'associationId')}.`);
  }
  return found;
}

function withoutStatus({ name }: Cluster, { status: _status, ...association }: ClusterPart): object {
  return { ...structuredClone(association), clusterName: name };
}
