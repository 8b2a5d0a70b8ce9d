import type { LoadedIncident } from '../incidents/incident-file';
import { type Played, play } from '../incidents/play';
import { keepEvidence } from './evidence-folder';

/** Plays an incident, and keeps its evidence in a folder where one is named. */
export function playOne(incident: LoadedIncident, keep: string | undefined): Promise<Played> {
  return play(incident, (evidence) => {
    if (keep !== undefined) keepEvidence(keep, evidence);
  });
}
