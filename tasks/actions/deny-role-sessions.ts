import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  type Role,
} from '@aws-sdk/client-iam';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { ownerByTags } from '../aws/network';
import { runningWith } from '../categories/node-compromise/nodes';
import { isProtected } from '../own-roles';
import { items, part, textAt, textsAt } from '../triage/cloudtrail';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';
import { principalsOf } from './principals';

const side = z.strictObject({ denied: z.boolean() });

/**
 * Denies everything to every session of a role, those that are there and those to come, until it is taken back. AWS's own
 * policy does it: a right to attach that one policy cannot be turned into any other right, as one to write policies could.
 */
export const denyRoleSessions: Action = {
  id: 'deny-role-sessions',
  description: 'Denies everything to all sessions of a role that looks stolen',
  permissions: {
    read: [
      {
        actions: ['iam:GetRole', 'iam:ListAttachedRolePolicies', 'iam:ListInstanceProfilesForRole'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
      },
      { actions: ['ec2:DescribeInstances'], on: ['*'] },
    ],
    write: [
      {
        actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
        conditions: { ArnLike: { 'iam:PolicyARN': 'arn:*:iam::aws:policy/AWSDenyAll' } },
      },
    ],
  },

  async propose(context, dossier) {
    const changes: Change[] = [];
    for (const name of new Set(principalsOf(dossier).flatMap(({ kind, name }) => (kind === 'role' ? name : [])))) {
      const role = await readRole(context.aws.iam, name);
      // A finding names a role without its path: whether it is one that must be left alone, IAM says.
      if (role === null || isProtected(role.Path ?? '/') || (await isDenied(context.aws.iam, role))) continue;
      const owner = ownerByTags(
        Object.fromEntries((role.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      );
      changes.push({
        id: `deny-role-sessions:${name}`,
        action: 'deny-role-sessions',
        target: { type: 'AWS::IAM::Role', id: name },
        before: { denied: false },
        after: { denied: true },
        line: `${name}: deny everything to all of its sessions`,
        reversible: true,
        knownFrom: 'event',
        owner,
        warnings: [
          ...(await blastRadiusOf(context, role)),
          ...(owner === null ? [] : [`${owner} made this role and may take the policy off again at its next run.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws }, { target }) {
    const role = await readRole(aws.iam, target.id);
    return role === null ? null : { denied: await isDenied(aws.iam, role) };
  },

  async apply({ aws }, change) {
    const role = await readRole(aws.iam, change.target.id);
    if (role === null) return;
    const { denied } = side.parse(change.after);
    if ((await isDenied(aws.iam, role)) === denied) return;
    const which = { RoleName: change.target.id, PolicyArn: denyAllFor(role) };
    if (denied) await aws.iam.send(new AttachRolePolicyCommand(which));
    else await aws.iam.send(new DetachRolePolicyCommand(which));
  },

  async verify(context, change) {
    const present = side.safeParse(await this.present(context, change));
    return present.success && present.data.denied === side.parse(change.after).denied
      ? { state: 'done' }
      : { state: 'failed', reason: `the sessions of ${change.target.id} are not as they should be` };
  },

  undo: inverted,
};

async function readRole(iam: IAMClient, RoleName: string): Promise<Role | null> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return Role ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}

/** AWS's policy that denies everything, in the role's own partition. */
function denyAllFor({ Arn }: Role): string {
  return `arn:${Arn?.split(':')[1] ?? 'aws'}:iam::aws:policy/AWSDenyAll`;
}

async function isDenied(iam: IAMClient, role: Role): Promise<boolean> {
  let Marker: string | undefined;
  do {
    const page = await iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: role.RoleName, ...(Marker === undefined ? {} : { Marker }) }),
    );
    if ((page.AttachedPolicies ?? []).some(({ PolicyArn }) => PolicyArn === denyAllFor(role))) return true;
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return false;
}

/** Who else loses their rights: instances that run with the role, services and pods that assume it. */
async function blastRadiusOf({ aws }: ActionContext, role: Role): Promise<string[]> {
  const { InstanceProfiles } = await aws.iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: role.RoleName }));
  const instances: string[] = [];
  for (const { Arn } of InstanceProfiles ?? []) if (Arn !== undefined) instances.push(...(await runningWith(aws, Arn)));
  const assumedBy = trustedBy(role);
  return [
    ...(instances.length === 0
      ? []
      : [`${instances.length} instance(s) run with it and lose their rights: ${instances.slice(0, 5).join(', ')}.`]),
    ...(assumedBy.length === 0 ? [] : [`Whoever else assumes it is locked out too: ${assumedBy.join(', ')}.`]),
  ];
}

/** Whom the role's trust policy lets assume it: accounts, services, and by a cluster's identity provider its pods. */
function trustedBy({ AssumeRolePolicyDocument }: Role): string[] {
  let document: unknown;
  try {
    document = JSON.parse(decodeURIComponent(AssumeRolePolicyDocument ?? ''));
  } catch {
    return [];
  }
  const found = items(part(document)['Statement']).flatMap((statement) => {
    const principal = part(statement, 'Principal');
    const named = ['AWS', 'Service', 'Federated'].flatMap((kind) => {
      const value = principal[kind];
      return typeof value === 'string' ? [value] : textsAt(value);
    });
    const pods = Object.values(part(statement, 'Condition')).flatMap((test) =>
      Object.keys(part(test)).flatMap((key) => (key.endsWith(':sub') ? (textAt(test, key) ?? []) : [])),
    );
    return pods.length > 0 ? pods : named;
  });
  return [...new Set(found)].sort().slice(0, 8);
}
