import * as z from 'zod';
import { AwsError } from './aws-error';
import type { Account } from './command';
import type { Identity } from './description';

/** When the credentials were issued that somebody has taken from an instance, by the instance and the role. */
export type Sessions = Map<string, number>;

/** The one kind of policy that is evaluated here: a denial of sessions, of all or of those that were issued before a moment. */
const revocation = z.object({
  Statement: z.array(
    z.object({
      Effect: z.literal('Deny'),
      Condition: z.object({
        DateLessThan: z.object({ 'aws:TokenIssueTime': z.iso.datetime() }).optional(),
        StringLike: z.object({ 'aws:userid': z.string() }).optional(),
      }),
    }),
  ),
});

/**
 * Refuses the calls of revoked sessions. Whoever has an instance's credentials fetches new ones for each call while the
 * instance still has the role, and goes on with the last ones when it has not.
 */
export function refuseRevoked(
  account: Account,
  sessions: Sessions,
  service: string,
  action: string,
  caller: Identity,
): void {
  if (caller.type !== 'AssumedRole' || caller.fetchedFrom === undefined) return;
  const { state, scheduler } = account;
  const role = state.roles.get(caller.role);
  if (role === undefined) return;
  const key = `${caller.fetchedFrom} ${role.name}`;
  const instance = state.instances.get(caller.fetchedFrom);
  const profile = instance?.profile?.arn.split('/').at(-1) ?? '';
  if (role.profiles.includes(profile) && instance?.state === 'running') sessions.set(key, scheduler.now());
  const issued = sessions.get(key) ?? 0;
  const denied = Object.values(role.inline).some((document) => {
    const parsed = revocation.safeParse(JSON.parse(document));
    return (parsed.data?.Statement ?? []).some(({ Condition }) => {
      const of = Condition.StringLike?.['aws:userid'] ?? '*';
      const before = Condition.DateLessThan?.['aws:TokenIssueTime'];
      return (before === undefined || issued < Date.parse(before)) && (of === '*' || of === `*:${caller.session}`);
    });
  });
  if (!denied) return;
  throw new AwsError(
    service === 'ec2' ? 'UnauthorizedOperation' : 'AccessDenied',
    `User is not authorized to perform: ${service}:${action} with an explicit deny in an identity-based policy`,
  );
}
