import type { ActorSign } from '../runbooks/actor-signs';
import type { Actor } from '../runbooks/incident';
import type { Dossier } from './dossier';

/** What speaks for the principal behind a call being in other hands. */
export function signsOf(
  { principalArn, arn }: Pick<Actor, 'principalArn' | 'arn'>,
  known: Dossier['signs'],
): readonly ActorSign[] {
  return known.find(({ principal }) => principal === (principalArn ?? arn))?.signs ?? [];
}

/**
 * Who is to be expelled where the plan says so: whoever stands behind the incident, and everybody else of its calls for
 * whose being in other hands as much speaks. Others whose calls lie in the same incident did what they always do.
 */
export function suspectsOf({ actor, signs, events }: Pick<Dossier, 'actor' | 'signs' | 'events'>): Actor[] {
  const least = Math.max(1, actor === null ? 0 : signsOf(actor, signs).length);
  const others = events.flatMap((event) =>
    event.actor !== null && signsOf(event.actor, signs).length >= least ? [event.actor] : [],
  );
  return actor === null ? others : [actor, ...others];
}
