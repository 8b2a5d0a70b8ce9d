import type { Approval } from '../../runbooks/approval';
import { matchesArn } from '../../runbooks/arn-pattern';
import type { Actor } from '../../runbooks/incident';
import type { SlackApi } from './client';

type Identities = Approval['identities'];

/** The names by which a call's record calls whoever made it that may be an e-mail address. */
function addressesOf({ sessionName, name }: Actor): string[] {
  return [sessionName, name].flatMap((it) => (it?.includes('@') ? it.toLowerCase() : []));
}

/** Whether an actor is this Slack user: by the plan's map, or by the e-mail address that names the session. */
export function isActor(
  actor: Actor,
  { id, email }: { readonly id: string; readonly email: string | null },
  identities: Identities,
): boolean {
  return (
    slackUsersOf(actor, identities).includes(id) || (email !== null && addressesOf(actor).includes(email.toLowerCase()))
  );
}

function slackUsersOf({ arn, principalArn }: Pick<Actor, 'arn' | 'principalArn'>, identities: Identities): string[] {
  const names = [arn, principalArn].flatMap((it) => it ?? []);
  return identities.filter(({ aws }) => names.some((name) => matchesArn(aws, name))).map(({ slack }) => slack);
}

/** The Slack users who did it, as far as that can be known before they click: they are asked in vain. */
export async function actorsInSlack(
  actors: readonly Actor[],
  identities: Identities,
  slack: () => Promise<SlackApi>,
): Promise<string[]> {
  const found = new Set(actors.flatMap((actor) => slackUsersOf(actor, identities)));
  for (const email of new Set(actors.flatMap(addressesOf))) {
    try {
      found.add(await (await slack()).userByEmail(email));
    } catch {
      // Nobody of that address, or Slack is not there: whoever clicks is looked at again.
    }
  }
  return [...found];
}

/** A principal that has proved who it is at the command line, as a Slack user; null where the plan knows nobody by it. */
export async function slackUserOf(
  principal: { readonly arns: readonly string[]; readonly email: string | null },
  identities: Identities,
  slack: () => Promise<SlackApi>,
): Promise<string | null> {
  const [listed] = principal.arns.flatMap((arn) => slackUsersOf({ arn, principalArn: null }, identities));
  if (listed !== undefined || principal.email === null) return listed ?? null;
  try {
    return await (await slack()).userByEmail(principal.email);
  } catch {
    return null;
  }
}
