import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, type Trace, text } from '../command';
import type { Role, User } from '../state';

/** Roles, users and their keys. A managed policy is its ARN: what it allows nobody here evaluates. */
export const iamCommands: Commands = {
  GetRole: {
    run(account, input) {
      const { name, arn, path, trusts, tags } = roleOf(account, input);
      const document = {
        Version: '2012-10-17',
        Statement: trusts.map((trust) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...trust })),
      };
      return {
        Role: {
          RoleName: name,
          Arn: arn,
          Path: path,
          AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(document)),
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
      };
    },
  },

  ListAttachedRolePolicies: {
    run: (account, input) => ({
      AttachedPolicies: roleOf(account, input).policies.map((arn) => ({
        PolicyArn: arn,
        PolicyName: arn.split('/').at(-1),
      })),
      IsTruncated: false,
    }),
  },

  AttachRolePolicy: {
    run(account, input) {
      const role = changeable(roleOf(account, input));
      const arn = text(input, 'PolicyArn');
      if (role.policies.length >= policiesOfARole && !role.policies.includes(arn)) {
        throw new AwsError('LimitExceededException', `Cannot exceed quota for PoliciesPerRole: ${policiesOfARole}`);
      }
      role.policies = [...new Set([...role.policies, arn])];
      return {};
    },
    trace: rolePolicyTrace,
  },

  DetachRolePolicy: {
    run(account, input) {
      const role = changeable(roleOf(account, input));
      const arn = text(input, 'PolicyArn');
      if (!role.policies.includes(arn)) throw new AwsError('NoSuchEntityException', `Policy ${arn} was not found.`);
      role.policies = role.policies.filter((it) => it !== arn);
      return {};
    },
    trace: rolePolicyTrace,
  },

  ListInstanceProfilesForRole: {
    run(account, input) {
      const { name, arn, profiles } = roleOf(account, input);
      return {
        InstanceProfiles: profiles.map((profile) => profileNamed(account, profile, { name, arn })),
        IsTruncated: false,
      };
    },
  },

  GetInstanceProfile: {
    run(account, input) {
      const wanted = text(input, 'InstanceProfileName');
      const role = [...account.state.roles.values()].find(({ profiles }) => profiles.includes(wanted));
      if (role === undefined) {
        throw new AwsError('NoSuchEntityException', `Instance Profile ${wanted} cannot be found.`);
      }
      return { InstanceProfile: profileNamed(account, wanted, role) };
    },
  },

  ListRolePolicies: {
    run: (account, input) => ({ PolicyNames: Object.keys(roleOf(account, input).inline).sort(), IsTruncated: false }),
  },

  GetRolePolicy: {
    run(account, input) {
      const document = roleOf(account, input).inline[text(input, 'PolicyName')];
      if (document === undefined) throw noPolicy(input);
      return {
        RoleName: text(input, 'RoleName'),
        PolicyName: text(input, 'PolicyName'),
        PolicyDocument: encodeURIComponent(document),
      };
    },
  },

  PutRolePolicy: {
    run(account, input) {
      changeable(roleOf(account, input)).inline[text(input, 'PolicyName')] = text(input, 'PolicyDocument');
      return {};
    },
    trace: inlinePolicyTrace,
  },

  DeleteRolePolicy: {
    run(account, input) {
      const role = changeable(roleOf(account, input));
      if (role.inline[text(input, 'PolicyName')] === undefined) throw noPolicy(input);
      delete role.inline[text(input, 'PolicyName')];
      return {};
    },
    trace: inlinePolicyTrace,
  },

  GetUser: {
    run(account, input) {
      const { name, arn } = userOf(account, input);
      return { User: { UserName: name, Arn: arn } };
    },
  },

  ListAccessKeys: {
    run(account, input) {
      const { name, accessKeys } = userOf(account, input);
      return {
        AccessKeyMetadata: accessKeys.map(({ id, created, active }) => ({
          UserName: name,
          AccessKeyId: id,
          Status: active ? 'Active' : 'Inactive',
          CreateDate: new Date(created),
        })),
        IsTruncated: false,
      };
    },
  },

  UpdateAccessKey: {
    run(account, input) {
      const id = text(input, 'AccessKeyId');
      const key = userOf(account, input).accessKeys.find((it) => it.id === id);
      if (key === undefined)
        throw new AwsError('NoSuchEntityException', `The Access Key with id ${id} cannot be found.`);
      key.active = text(input, 'Status') === 'Active';
      return {};
    },
    trace: (input): Trace => ({
      requestParameters: {
        userName: text(input, 'UserName'),
        accessKeyId: text(input, 'AccessKeyId'),
        status: text(input, 'Status'),
      },
      responseElements: null,
      resources: [{ type: 'AWS::IAM::AccessKey', name: text(input, 'AccessKeyId') }],
    }),
  },
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const policiesOfARole = 10;

function roleOf({ state }: Account, input: Input): Role {
  const name = text(input, 'RoleName');
  const found = state.roles.get(name);
  if (found === undefined) throw new AwsError('NoSuchEntityException', `The role with name ${name} cannot be found.`);
  return found;
}

/** Roles that AWS made for itself, and for IAM Identity Center, nobody else may change. */
function changeable(role: Role): Role {
  if (role.path.startsWith('/aws-service-role/') || role.path.startsWith('/aws-reserved/')) {
    throw new AwsError(
      'UnmodifiableEntityException',
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

function userOf({ state }: Account, input: Input): User {
  const name = text(input, 'UserName');
  const found = state.users.get(name);
  if (found === undefined) throw new AwsError('NoSuchEntityException', `The user with name ${name} cannot be found.`);
  return found;
}

function profileNamed({ description }: Account, name: string, role: Pick<Role, 'name' | 'arn'>) {
  const { partition, account } = description;
  return {
    InstanceProfileName: name,
    Arn: `arn:${partition}:iam::${account}:instance-profile/${name}`,
    Roles: [{ RoleName: role.name, Arn: role.arn }],
  };
}

function rolePolicyTrace(input: Input): Trace {
  return {
    requestParameters: { roleName: text(input, 'RoleName'), policyArn: text(input, 'PolicyArn') },
    responseElements: null,
    resources: [{ type: 'AWS::IAM::Role', name: text(input, 'RoleName') }],
  };
}

function noPolicy(input: Input): AwsError {
  return new AwsError(
    'NoSuchEntityException',
    `The role policy with name ${text(input, 'PolicyName')} cannot be found.`,
  );
}

function inlinePolicyTrace(input: Input): Trace {
  const document = text(input, 'PolicyDocument');
  return {
    requestParameters: {
      roleName: text(input, 'RoleName'),
      policyName: text(input, 'PolicyName'),
      ...(document === '' ? {} : { policyDocument: document }),
    },
    responseElements: null,
    resources: [{ type: 'AWS::IAM::Role', name: text(input, 'RoleName') }],
  };
}
