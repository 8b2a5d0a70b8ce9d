import { errorName } from './errors';

/** How AWS's services say that a call is not allowed. */
const refusals = /AccessDenied|Unauthorized|Forbidden|ExplicitDeny/i;

export function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.test(error.name);
}

/**
 * What AWS answers, or `otherwise` where it lets us not ask: what could not be had is noted, and the response goes on without
 * it. Whatever else goes wrong passes, to be tried again.
 */
export async function unlessRefused<Answer, Otherwise>(
  { problems }: { readonly problems: Set<string> },
  what: string,
  otherwise: Otherwise,
  ask: () => Promise<Answer>,
): Promise<Answer | Otherwise> {
  try {
    return await ask();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    problems.add(`${what} could not be read: ${errorName(error)}`);
    return otherwise;
  }
}
