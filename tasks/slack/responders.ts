import type { Incident } from '../store/incidents';

/** The people who respond, by way of Slack, and of e-mail where Slack fails. */
export interface Responders {
  /**
   * Shows the incident as it stands: the head message is posted, or rewritten where there is one. Never throws: a message
   * that cannot be sent goes to the fallback and is noted as a problem of the incident.
   */
  present(incidentId: string): Promise<Incident['message']>;
  /** Adds a line to the incident's thread. Never throws. */
  tell(incidentId: string, text: string): Promise<void>;
}
