import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import type { Dossier } from '../dossier';
import { errorName } from '../errors';
import { type Node, nameOfArn } from '../forensics/node';
import { nodeSettingsOf, nodesOf } from '../forensics/request';
import { profileAssociation, roleOfProfile, sharersOf } from '../forensics/roles';
import { type PodRole, rolesOfSuspects } from '../forensics/workload';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/**
 * Which sessions are denied everything. Of a role as a whole those that had begun: whoever has it by right fetches new ones.
 * Of one node all, whenever they begin: until EC2 has swapped its profile, which takes a moment, it is given fresh ones.
 */
const side = z.strictObject({ deniedSessions: z.string(), begun: z.enum(['until it was applied', 'ever']) }).nullable();
type Denied = NonNullable<z.infer<typeof side>>;
const parameters = z.strictObject({ role: z.string(), policy: z.string() });

const everySession = '*';

/**
 * Denies the sessions of a node's role, and those of the roles of suspect pods: what was stolen is worth nothing any more.
 * After the profile is swapped, or fresh sessions of a whole role come at once. A role that other nodes share is denied to
 * this node alone, by the session's name, which is the instance's id, unless the plan says otherwise.
 */
export const revokeRoleSessions: Action = {
  id: 'revoke-role-sessions',
  description: 'Denies the sessions of a role: those of one node, or all that have begun',
  permissions: {
    read: [
      { actions: ['ec2:DescribeIamInstanceProfileAssociations', 'ec2:DescribeInstances'], on: ['*'] },
      { actions: ['iam:GetInstanceProfile'], on: [`arn:\${Partition}:iam::\${Account}:instance-profile/*`] },
      { actions: ['iam:GetRole', 'iam:GetRolePolicy'], on: [`arn:\${Partition}:iam::\${Account}:role/*`] },
      {
        actions: ['eks:DescribeCluster', 'eks:DescribePodIdentityAssociation', 'eks:ListPodIdentityAssociations'],
        on: ['*'],
      },
    ],
    write: [
      {
        actions: ['iam:DeleteRolePolicy', 'iam:PutRolePolicy'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
      },
    ],
  },
  after: ['swap-instance-profile'],

  async propose(context, dossier) {
    const { revokeSessions, forensicInstanceProfile } = nodeSettingsOf(dossier);
    if (revokeSessions === 'never') return [];
    const ofNodes = async () => {
      const nodes = (await nodesOf(context, dossier)).map((node) =>
        ofNode(context, dossier.incidentId, node, revokeSessions === 'whole-role', forensicInstanceProfile),
      );
      return (await Promise.all(nodes)).flat();
    };
    const changes = await Promise.all([ofNodes(), ofPods(context, dossier)]);
    const proposed = new Map(changes.flat().map((change) => [change.id, change]));
    const looks = [...proposed.values()].map(async (change) => {
      const before = await this.present(context, change);
      // An event that joined has everything proposed once more: what stands already is not done twice.
      return sameState(before, change.after) ? [] : [{ ...change, before }];
    });
    return (await Promise.all(looks)).flat();
  },

  async present({ aws }, change) {
    return presentSide(aws.iam, parameters.parse(change.parameters));
  },

  async apply(context, change) {
    const { iam } = context.aws;
    const { role, policy } = parameters.parse(change.parameters);
    if (sameState(await presentSide(iam, { role, policy }), change.after)) return;
    const after = side.parse(change.after);
    const which = { RoleName: role, PolicyName: policy };
    if (after === null) await iam.send(new DeleteRolePolicyCommand(which));
    else await iam.send(new PutRolePolicyCommand({ ...which, PolicyDocument: denial(after, context.now()) }));
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `the policy of ${change.target.id} is not as it should be` };
  },

  undo: inverted,
};

async function ofNode(
  { aws }: ActionContext,
  incidentId: string,
  node: Node,
  whole: boolean,
  forensicProfile: string | null,
): Promise<Change[]> {
  const profile = (await profileAssociation(aws.ec2, node.id))?.IamInstanceProfile?.Arn ?? node.profileArn;
  // By the sessions of the forensic profile the node's agent works, and nothing else.
  if (profile === null || nameOfArn(profile) === forensicProfile) return [];
  const [role, sharers] = await Promise.all([roleOfProfile(aws.iam, profile), sharersOf(aws.ec2, profile, node.id)]);
  if (role === null) return [];
  const shown = `${sharers.slice(0, 5).join(', ')}${sharers.length > 5 ? ` and ${sharers.length - 5} more` : ''}`;
  const shared =
    sharers.length === 0
      ? []
      : [
          whole
            ? `The role is ${shown}’s too: their sessions are denied as well, until they fetch new ones.`
            : `The role is ${shown}’s too: their sessions go on.`,
        ];
  const stays = node.managedByEks
    ? [
        'The instance keeps its profile, which EKS Auto Mode does not let anybody change: all of its sessions are denied, those to come too.',
      ]
    : [];
  return [revocation(incidentId, role, whole ? everySession : `*:${node.id}`, [...shared, ...stays])];
}

async function ofPods(context: ActionContext, dossier: Dossier): Promise<Change[]> {
  let roles: PodRole[];
  try {
    roles = await rolesOfSuspects(context, dossier);
  } catch (error) {
    // The sessions of the node do not live on because those of its pods are not known.
    context.left.add(`which roles the suspect pods have was not looked at: ${errorName(error)}`);
    return [];
  }
  return roles.map(({ role, because }) =>
    revocation(dossier.incidentId, role, everySession, [
      `${because}: every session of the role is denied, those of other pods too, until they fetch new ones.`,
    ]),
  );
}

function revocation(incidentId: string, role: string, deniedSessions: string, warnings: string[]): Change {
  const policy = `revoked-by-${incidentId}`.slice(0, 128);
  return {
    id: `revoke-role-sessions:${role}`,
    action: 'revoke-role-sessions',
    target: { type: 'AWS::IAM::RolePolicy', id: `${role}/${policy}` },
    before: null,
    after: { deniedSessions, begun: deniedSessions === everySession ? 'until it was applied' : 'ever' },
    parameters: { role, policy },
    line: `${role}: ${deniedSessions === everySession ? 'every session begun until then' : `the sessions of ${deniedSessions.slice(2)}, those to come too,`} denied everything`,
    reversible: true,
    knownFrom: 'present',
    owner: null,
    warnings,
  };
}

/** As the console's "Revoke active sessions" writes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
function denial({ deniedSessions, begun }: Denied, at: Date): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: {
          ...(begun === 'ever' ? {} : { DateLessThan: { 'aws:TokenIssueTime': at.toISOString() } }),
          ...(deniedSessions === everySession ? {} : { StringLike: { 'aws:userid': deniedSessions } }),
        },
      },
    ],
  });
}

const written = z.object({
  Statement: z.tuple([
    z.object({
      Effect: z.literal('Deny'),
      Action: z.tuple([z.literal('*')]),
      Resource: z.tuple([z.literal('*')]),
      Condition: z.strictObject({
        DateLessThan: z.strictObject({ 'aws:TokenIssueTime': z.iso.datetime() }).optional(),
        StringLike: z.strictObject({ 'aws:userid': z.string() }).optional(),
      }),
    }),
  ]),
});

async function presentSide(iam: IAMClient, { role, policy }: z.infer<typeof parameters>): Promise<Json> {
  try {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy }));
    // IAM answers policies percent-encoded.
    const document: unknown = JSON.parse(decodeURIComponent(PolicyDocument ?? ''));
    const parsed = written.safeParse(document);
    if (!parsed.success) return { somebodyElses: true };
    const [{ Condition }] = parsed.data.Statement;
    return {
      deniedSessions: Condition.StringLike?.['aws:userid'] ?? everySession,
      begun: Condition.DateLessThan === undefined ? 'ever' : 'until it was applied',
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}
