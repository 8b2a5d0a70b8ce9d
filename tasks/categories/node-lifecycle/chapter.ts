import { readOutcome } from '../../triage/cloudtrail';
import type { Event } from '../../triage/event';
import type { Chapter } from '../category';
import { nodeLifecycleReader } from './reader';

/**
 * An instance ends once. Whoever has seen that it is being terminated, or the call that does it, knows already what a later
 * notification of its end tells, however late it comes. A stop is no such thing: the instance can be started, and
 * stopped again by another hand.
 */
export function chapterOf(event: Event): Chapter {
  const { act, state, instanceIds } = nodeLifecycleReader.read(event).facts;
  const ends = instanceIds.map((id) => `the end of ${id}`);
  if (act === 'state-change') {
    return state === 'shutting-down' || state === 'terminated' ? { begins: ends, ends } : { begins: [], ends: [] };
  }
  const begun = (act === 'terminate' || act === 'terminate-in-group') && readOutcome(event.detail) === 'succeeded';
  return { begins: begun ? ends : [], ends: [] };
}
