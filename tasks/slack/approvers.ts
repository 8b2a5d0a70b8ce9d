import type { ApproverList } from '../../runbooks/decision';
import { errorName } from '../errors';
import type { SlackApi } from './client';

/** People, and what was wrong with looking them up. */
export interface LookedUp {
  readonly userIds: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Who a list of the plan is in Slack, now. Where a group or an address cannot be looked up, the list's fallback is asked as
 * well, and the notes say so.
 */
export async function lookUpApprovers(list: ApproverList, slack: () => Promise<SlackApi>): Promise<LookedUp> {
  const notes: string[] = [];
  const attempt = async (what: string, look: (api: SlackApi) => Promise<readonly string[]>) => {
    try {
      const found = await look(await slack());
      if (found.length === 0) notes.push(`${what} is nobody: the fallback of ${list.name} is asked instead.`);
      return found;
    } catch (error) {
      notes.push(`${what} could not be looked up (${codeOf(error)}): the fallback of ${list.name} is asked instead.`);
      return [];
    }
  };
  const found: string[] = [...list.slackUsers];
  for (const group of list.slackUserGroups)
    found.push(...(await attempt(`The user group ${group}`, (api) => api.members(group))));
  for (const email of list.emails) {
    found.push(...(await attempt(`The address ${email}`, async (api) => [await api.userByEmail(email)])));
  }
  if (notes.length > 0) found.push(...list.fallback);
  return { userIds: [...new Set(found)], notes };
}

/** Slack's own word for what was wrong, such as `ratelimited`. */
export function codeOf(error: unknown): string {
  const { data, code } = error as { data?: { error?: unknown }; code?: unknown };
  if (typeof data?.error === 'string') return data.error;
  if (code === 'slack_webapi_rate_limited_error') return 'ratelimited';
  return typeof code === 'string' ? code : errorName(error);
}
