import * as z from 'zod';

/** What Slack's directory says of people who are not plain members, and which user groups there are. */
export const directory = z.strictObject({
  users: z
    .record(
      z.string(),
      z.strictObject({
        email: z.string().optional(),
        bot: z.boolean().default(false),
        deactivated: z.boolean().default(false),
        /** Of another workspace that shares the channel. */
        otherWorkspace: z.boolean().default(false),
      }),
    )
    .default({}),
  userGroups: z.record(z.string(), z.array(z.string())).default({}),
});
export type Directory = z.infer<typeof directory>;

export const homeTeam = 'T07LOCAL';

type Answer = Record<string, unknown>;

/** Any other user id is a member of the workspace without an e-mail address that the app could read. */
export function userInfo({ users }: Directory, id: string): Answer {
  if (!/^[UW][A-Z0-9]{2,20}$/.test(id)) return { ok: false, error: 'user_not_found' };
  const found = users[id];
  return {
    ok: true,
    user: {
      id,
      team_id: found?.otherWorkspace === true ? 'T07OTHER' : homeTeam,
      deleted: found?.deactivated ?? false,
      is_bot: found?.bot ?? false,
      ...(found?.otherWorkspace === true ? { is_stranger: true } : {}),
      profile: found?.email === undefined ? {} : { email: found.email },
    },
  };
}

export function userByEmail(directory: Directory, email: string): Answer {
  const found = Object.entries(directory.users).find(
    ([, user]) => user.email?.toLowerCase() === email.toLowerCase() && !user.deactivated && !user.otherWorkspace,
  );
  return found === undefined ? { ok: false, error: 'users_not_found' } : userInfo(directory, found[0]);
}

export function groupMembers({ userGroups, users }: Directory, group: string): Answer {
  const members = userGroups[group];
  if (members === undefined) return { ok: false, error: 'no_such_subteam' };
  return { ok: true, users: members.filter((user) => users[user]?.deactivated !== true) };
}
