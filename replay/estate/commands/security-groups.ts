import { AwsError } from '../aws-error';
import { storedCidr } from '../cidr';
import { type Account, type Command, type Commands, type Input, list, type Output, type Trace, text } from '../command';
import { filtered, paged, tagList } from '../filters';
import type { Group, Rule } from '../state';
import { tagsIn } from '../tags';
import { s3PrefixList } from './addresses';

const groupType = 'AWS::EC2::SecurityGroup';

interface IpPermission {
  readonly IpProtocol?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly IpRanges?: readonly { CidrIp?: string; Description?: string }[];
  readonly Ipv6Ranges?: readonly { CidrIpv6?: string; Description?: string }[];
  readonly PrefixListIds?: readonly { PrefixListId?: string; Description?: string }[];
  readonly UserIdGroupPairs?: readonly { GroupId?: string; UserId?: string; Description?: string }[];
}

type Wanted = Omit<Rule, 'id' | 'groupId' | 'egress'>;

export const securityGroupCommands: Commands = {
  DescribeSecurityGroups: {
    run({ state }, input) {
      const ids = list<string>(input, 'GroupIds');
      for (const id of ids) if (!state.groups.has(id)) throw noGroup(id);
      const found = filtered(state.groups.values(), input, (group, name) => {
        const rules = [...state.rules.values()].filter((rule) => rule.groupId === group.id);
        switch (name) {
          case 'group-id':
            return [group.id];
          case 'group-name':
            return [group.name];
          case 'vpc-id':
            return [group.vpcId];
          case 'ip-permission.prefix-list-id':
            return rules.filter(({ egress }) => !egress).map(({ prefixListId }) => prefixListId);
          case 'egress.ip-permission.prefix-list-id':
            return rules.filter(({ egress }) => egress).map(({ prefixListId }) => prefixListId);
          case 'ip-permission.group-id':
            return rules.filter(({ egress }) => !egress).map(({ referencedGroupId }) => referencedGroupId);
          default:
            return undefined;
        }
      }).filter(({ id }) => ids.length === 0 || ids.includes(id));
      const described = found.map((group) => ({
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        VpcId: group.vpcId,
        Tags: tagList(group.tags),
      }));
      return paged(described, input, 'SecurityGroups');
    },
  },

  DescribeSecurityGroupRules: {
    run({ state, description }, input) {
      const ids = list<string>(input, 'SecurityGroupRuleIds');
      const found = filtered(
        state.rules.values() as Iterable<Rule & { tags?: Record<string, string> }>,
        input,
        (rule, name) => {
          if (name === 'group-id') return [rule.groupId];
          return name === 'security-group-rule-id' ? [rule.id] : undefined;
        },
      ).filter(({ id }) => ids.length === 0 || ids.includes(id));
      const described = found.map((rule) => ruleOutput(rule, description.account));
      return paged(described, input, 'SecurityGroupRules');
    },
  },

  AuthorizeSecurityGroupIngress: authorize(false),
  AuthorizeSecurityGroupEgress: authorize(true),
  RevokeSecurityGroupIngress: revoke(false),
  RevokeSecurityGroupEgress: revoke(true),

  ModifySecurityGroupRules: {
    run({ state }, input) {
      const group = groupOf(state.groups, input);
      for (const update of list<{ SecurityGroupRuleId?: string; SecurityGroupRule?: Input }>(
        input,
        'SecurityGroupRules',
      )) {
        const id = update.SecurityGroupRuleId ?? '';
        const rule = state.rules.get(id);
        if (rule === undefined || rule.groupId !== group.id) {
          throw new AwsError(
            'InvalidSecurityGroupRuleId.NotFound',
            `The security group rule ID '${id}' does not exist`,
          );
        }
        const asked = update.SecurityGroupRule ?? {};
        const ports = portsFor(text(asked, 'IpProtocol'), asked['FromPort'], asked['ToPort']);
        const described = text(asked, 'Description');
        state.rules.set(id, {
          id,
          groupId: group.id,
          egress: rule.egress,
          protocol: text(asked, 'IpProtocol'),
          ...ports,
          ...defined({
            cidrIpv4: asked['CidrIpv4'] === undefined ? undefined : storedCidr(asked['CidrIpv4']),
            cidrIpv6: asked['CidrIpv6'] === undefined ? undefined : storedCidr(asked['CidrIpv6']),
            prefixListId: asked['PrefixListId'],
            referencedGroupId: asked['ReferencedGroupId'],
          }),
          ...(described === '' ? {} : { description: described }),
        });
      }
      return { Return: true };
    },
    trace(input, output) {
      const updates = list<{ SecurityGroupRuleId?: string; SecurityGroupRule?: Input }>(
        input,
        'SecurityGroupRules',
      ).map((update) => ({
        SecurityGroupRuleId: update.SecurityGroupRuleId,
        SecurityGroupRule: { ...update.SecurityGroupRule },
      }));
      const SecurityGroupRule = updates.length === 1 ? updates[0] : updates;
      return {
        requestParameters: { ModifySecurityGroupRulesRequest: { GroupId: text(input, 'GroupId'), SecurityGroupRule } },
        responseElements: output === null ? null : { ModifySecurityGroupRulesResponse: { return: true } },
        resources: [{ type: groupType, name: text(input, 'GroupId') }],
      };
    },
  },

  CreateSecurityGroup: {
    run({ state, newId }, input) {
      const vpcId = text(input, 'VpcId');
      if (!state.vpcs.has(vpcId)) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
      const name = text(input, 'GroupName');
      if ([...state.groups.values()].some((group) => group.name === name && group.vpcId === vpcId)) {
        throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
      }
      const id = newId('sg');
      state.groups.set(id, {
        id,
        name,
        vpcId,
        description: text(input, 'Description'),
        tags: tagsIn(input, 'security-group'),
      });
      // Every new group lets everything out.
      const ruleId = newId('sgr');
      state.rules.set(ruleId, {
        id: ruleId,
        groupId: id,
        egress: true,
        protocol: '-1',
        from: null,
        to: null,
        cidrIpv4: '0.0.0.0/0',
      });
      return { GroupId: id };
    },
    trace: (input, output) => ({
      requestParameters: {
        groupName: text(input, 'GroupName'),
        groupDescription: text(input, 'Description'),
        vpcId: text(input, 'VpcId'),
      },
      responseElements: output === null ? null : { _return: true, groupId: output['GroupId'] },
      resources: output === null ? [] : [{ type: groupType, name: String(output['GroupId']) }],
    }),
  },

  DeleteSecurityGroup: {
    run({ state }, input) {
      const group = groupOf(state.groups, input);
      const used = [...state.interfaces.values()].some(({ groupIds }) => groupIds.includes(group.id));
      const referenced = [...state.rules.values()].some(
        (rule) => rule.referencedGroupId === group.id && rule.groupId !== group.id,
      );
      if (used || referenced) {
        throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`);
      }
      state.groups.delete(group.id);
      for (const rule of [...state.rules.values()]) if (rule.groupId === group.id) state.rules.delete(rule.id);
      return { Return: true, GroupId: group.id };
    },
    trace: (input, output) =>
      aboutGroup(input, output === null ? null : { _return: true, groupId: text(input, 'GroupId') }),
  },

  UpdateSecurityGroupRuleDescriptionsIngress: describeRules(),
  UpdateSecurityGroupRuleDescriptionsEgress: describeRules(),

  AssociateSecurityGroupVpc: {
    run({ state, scheduler }, input) {
      const group = groupOf(state.groups, input);
      const association = { groupId: group.id, vpcId: text(input, 'VpcId'), state: 'associating' };
      state.vpcAssociations.push(association);
      scheduler.at(scheduler.now() + 5_000, () => {
        association.state = 'associated';
      });
      return { State: 'associating' };
    },
    trace: vpcTrace('AssociateSecurityGroupVpc', 'associating'),
  },

  DisassociateSecurityGroupVpc: {
    run({ state, scheduler }, input) {
      const group = groupOf(state.groups, input);
      const vpcId = text(input, 'VpcId');
      const association = state.vpcAssociations.find((it) => it.groupId === group.id && it.vpcId === vpcId);
      if (association === undefined) {
        throw new AwsError('InvalidParameterValue', `The security group ${group.id} is not associated with ${vpcId}`);
      }
      association.state = 'disassociating';
      scheduler.at(scheduler.now() + 5_000, () => {
        state.vpcAssociations.splice(state.vpcAssociations.indexOf(association), 1);
      });
      return { State: 'disassociating' };
    },
    trace: vpcTrace('DisassociateSecurityGroupVpc', 'disassociating'),
  },

  DescribeSecurityGroupVpcAssociations: {
    run({ state }, input) {
      const found = filtered(
        state.vpcAssociations as ((typeof state.vpcAssociations)[number] & { tags?: Record<string, string> })[],
        input,
        (it, name) => {
          if (name === 'group-id') return [it.groupId];
          return name === 'vpc-id' ? [it.vpcId] : undefined;
        },
      ).map(({ groupId, vpcId, state: State }) => ({ GroupId: groupId, VpcId: vpcId, State }));
      return paged(found, input, 'SecurityGroupVpcAssociations');
    },
  },
};

function authorize(egress: boolean): Command {
  return {
    run(account, input) {
      const { state, newId, description } = account;
      const group = groupOf(state.groups, input);
      const wanted = wantedRules(account, input);
      for (const rule of wanted) {
        if (standing(account, group, egress, rule) !== undefined) {
          throw new AwsError(
            'InvalidPermission.Duplicate',
            `the specified rule "peer: ${peerOf(rule)}, ${rule.protocol}, from port: ${rule.from}, to port: ${rule.to}, ALLOW" already exists`,
          );
        }
      }
      const made = wanted.map((rule): Rule => ({ ...rule, id: newId('sgr'), groupId: group.id, egress }));
      for (const rule of made) state.rules.set(rule.id, rule);
      return { Return: true, SecurityGroupRules: made.map((rule) => ruleOutput(rule, description.account)) };
    },
    trace: (input, output, { description }) =>
      aboutGroup(
        input,
        output === null
          ? null
          : {
              _return: true,
              securityGroupRuleSet: {
                items: list<Output>(output, 'SecurityGroupRules').map((it) => ruleRecord(it, description.account)),
              },
            },
      ),
  };
}

function revoke(egress: boolean): Command {
  return {
    run(account, input) {
      const { state, description } = account;
      const group = groupOf(state.groups, input);
      const ids = list<string>(input, 'SecurityGroupRuleIds');
      const rules = ids.map((id) => {
        const rule = state.rules.get(id);
        if (rule === undefined || rule.groupId !== group.id || rule.egress !== egress) {
          throw new AwsError(
            'InvalidSecurityGroupRuleId.NotFound',
            `The security group rule ID '${id}' does not exist`,
          );
        }
        return rule;
      });
      for (const wanted of wantedRules(account, input)) {
        const rule = standing(account, group, egress, wanted);
        if (rule === undefined) {
          throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
        }
        rules.push(rule);
      }
      for (const rule of rules) state.rules.delete(rule.id);
      return {
        Return: true,
        RevokedSecurityGroupRules: rules.map((rule) => ruleOutput(rule, description.account)),
      };
    },
    trace: (input, output, { description }) =>
      aboutGroup(
        input,
        output === null
          ? null
          : {
              _return: true,
              revokedSecurityGroupRuleSet: {
                items: list<Output>(output, 'RevokedSecurityGroupRules').map((it) =>
                  ruleRecord(it, description.account),
                ),
              },
            },
      ),
  };
}

function describeRules(): Command {
  return {
    run(account, input) {
      groupOf(account.state.groups, input);
      return { Return: true };
    },
    trace: (input, output) => aboutGroup(input, output === null ? null : { _return: true }),
  };
}

function vpcTrace(call: string, state: string): NonNullable<Command['trace']> {
  return (input, output) => ({
    requestParameters: { [`${call}Request`]: { GroupId: text(input, 'GroupId'), VpcId: text(input, 'VpcId') } },
    responseElements: output === null ? null : { [`${call}Response`]: { state } },
    resources: [{ type: groupType, name: text(input, 'GroupId') }],
  });
}

function groupOf(groups: ReadonlyMap<string, Group>, input: Input): Group {
  const id = text(input, 'GroupId');
  const name = text(input, 'GroupName');
  const found = id === '' ? [...groups.values()].find((group) => group.name === name) : groups.get(id);
  if (found === undefined) throw noGroup(id === '' ? name : id);
  return found;
}

function noGroup(id: string): AwsError {
  return new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

/** The rules that a call names, flat or as permissions. */
function wantedRules(account: Account, input: Input): Wanted[] {
  const flat = text(input, 'CidrIp');
  const permissions: IpPermission[] = [...list<IpPermission>(input, 'IpPermissions')];
  if (flat !== '') {
    const range = flat.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: flat }] } : { IpRanges: [{ CidrIp: flat }] };
    permissions.push({
      IpProtocol: text(input, 'IpProtocol'),
      ...defined({ FromPort: input['FromPort'], ToPort: input['ToPort'] }),
      ...range,
    });
  }
  return permissions.flatMap((permission) => {
    const protocol = permission.IpProtocol ?? '-1';
    const base = { protocol, ...portsFor(protocol, permission.FromPort, permission.ToPort) };
    const said = (Description: string | undefined) => (Description === undefined ? {} : { description: Description });
    return [
      ...(permission.IpRanges ?? []).map((it) => ({
        ...base,
        cidrIpv4: storedCidr(it.CidrIp),
        ...said(it.Description),
      })),
      ...(permission.Ipv6Ranges ?? []).map((it) => ({
        ...base,
        cidrIpv6: storedCidr(it.CidrIpv6),
        ...said(it.Description),
      })),
      ...(permission.PrefixListIds ?? []).map((it) => {
        const prefixListId = it.PrefixListId ?? '';
        if (!account.state.prefixLists.has(prefixListId) && prefixListId !== s3PrefixList) {
          throw new AwsError('InvalidPrefixListID.NotFound', `The prefix list ID '${prefixListId}' does not exist`);
        }
        return { ...base, prefixListId, ...said(it.Description) };
      }),
      ...(permission.UserIdGroupPairs ?? []).map((it) => {
        const referencedGroupId = it.GroupId ?? '';
        if (!account.state.groups.has(referencedGroupId)) throw noGroup(referencedGroupId);
        return { ...base, referencedGroupId, ...said(it.Description) };
      }),
    ];
  });
}

function portsFor(protocol: string, from: unknown, to: unknown): { from: number | null; to: number | null } {
  if (!['tcp', 'udp', 'icmp', 'icmpv6', '6', '17', '1', '58'].includes(protocol)) return { from: null, to: null };
  if (typeof from !== 'number' || typeof to !== 'number') {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value for portRange. Must specify both from and to ports with TCP/UDP.`,
    );
  }
  return { from, to };
}

function standing({ state }: Account, group: Group, egress: boolean, wanted: Wanted): Rule | undefined {
  return [...state.rules.values()].find(
    (rule) =>
      rule.groupId === group.id &&
      rule.egress === egress &&
      rule.protocol === wanted.protocol &&
      rule.from === wanted.from &&
      rule.to === wanted.to &&
      peerOf(rule) === peerOf(wanted),
  );
}

function peerOf(rule: Wanted): string {
  return rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.prefixListId ?? rule.referencedGroupId ?? '';
}

function ruleOutput(rule: Rule, account: string): Output {
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: rule.groupId,
    GroupOwnerId: account,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.from ?? -1,
    ToPort: rule.to ?? -1,
    ...defined({ CidrIpv4: rule.cidrIpv4, CidrIpv6: rule.cidrIpv6, PrefixListId: rule.prefixListId }),
    ...(rule.referencedGroupId === undefined
      ? {}
      : { ReferencedGroupInfo: { GroupId: rule.referencedGroupId, UserId: account } }),
    ...defined({ Description: rule.description }),
  };
}

/** A rule in a record's response: in camelCase, and as flat as EC2 writes it. */
function ruleRecord(it: Output, account: string): Output {
  const referenced = it['ReferencedGroupInfo'] as { GroupId?: string } | undefined;
  return defined({
    groupOwnerId: account,
    groupId: it['GroupId'],
    securityGroupRuleId: it['SecurityGroupRuleId'],
    isEgress: it['IsEgress'],
    ipProtocol: it['IpProtocol'],
    fromPort: it['FromPort'],
    toPort: it['ToPort'],
    cidrIpv4: it['CidrIpv4'],
    cidrIpv6: it['CidrIpv6'],
    prefixListId: it['PrefixListId'],
    referencedGroupInfo: referenced === undefined ? undefined : { groupId: referenced.GroupId, userId: account },
    description: it['Description'],
  });
}

function aboutGroup(input: Input, responseElements: Trace['responseElements']): Trace {
  const ids = list<string>(input, 'SecurityGroupRuleIds');
  return {
    requestParameters: defined({
      groupId: input['GroupId'],
      groupName: input['GroupName'],
      ipPermissions: permissionRecords(input),
      ipProtocol: input['IpProtocol'],
      fromPort: input['FromPort'],
      toPort: input['ToPort'],
      cidrIp: input['CidrIp'],
      securityGroupRuleIds:
        ids.length === 0 ? undefined : { items: ids.map((securityGroupRuleId) => ({ securityGroupRuleId })) },
    }),
    responseElements,
    resources: [{ type: groupType, name: text(input, 'GroupId') || text(input, 'GroupName') }],
  };
}

function permissionRecords(input: Input): Output {
  const permissions = list<IpPermission>(input, 'IpPermissions');
  const itemsOf = (items: readonly Output[]) => (items.length === 0 ? {} : { items });
  return itemsOf(
    permissions.map((it) =>
      defined({
        ipProtocol: it.IpProtocol,
        fromPort: it.FromPort,
        toPort: it.ToPort,
        groups: itemsOf(
          (it.UserIdGroupPairs ?? []).map((pair) => defined({ groupId: pair.GroupId, description: pair.Description })),
        ),
        ipRanges: itemsOf(
          (it.IpRanges ?? []).map((range) => defined({ cidrIp: range.CidrIp, description: range.Description })),
        ),
        ipv6Ranges: itemsOf(
          (it.Ipv6Ranges ?? []).map((range) => defined({ cidrIpv6: range.CidrIpv6, description: range.Description })),
        ),
        prefixListIds: itemsOf(
          (it.PrefixListIds ?? []).map((one) =>
            defined({ prefixListId: one.PrefixListId, description: one.Description }),
          ),
        ),
      }),
    ),
  );
}

export function defined(fields: Readonly<Record<string, unknown>>): Record<string, never> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, never>;
}
