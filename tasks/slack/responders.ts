import type { Deps } from '../deps';
import { errorName } from '../errors';
import type { Incident } from '../store/incidents';
import { codeOf } from './approvers';
import { limits } from './blocks';
import type { SlackApi } from './client';
import { inWords } from './in-words';
import { incidentMessage } from './message';
import { escaped, within } from './text';
import { readIncidentView } from './view';

/** The people who respond, by way of Slack, and of e-mail where Slack fails. */
export interface Responders {
  /**
   * Shows the incident as it stands: the head message is posted, or rewritten where there is one. Never throws: a message
   * that cannot be sent goes to the fallback, unless `quietly`, and is noted as a problem of the incident.
   */
  present(incidentId: string, how?: { readonly quietly: boolean }): Promise<Incident['message']>;
  /** Adds a line to the incident's thread: words as they are, whatever stands in them, or with our own marks. Never throws. */
  tell(incidentId: string, words: string | Marked): Promise<void>;
  /** Puts a file into the incident's thread. Never throws. */
  attach(incidentId: string, file: { name: string; content: string; comment: string }): Promise<void>;
}

/** A line with mentions and dates of ours, in which event data is inert already. */
export interface Marked {
  readonly mrkdwn: string;
}

type Needs = Pick<Deps, 'store' | 'configuration' | 'log'> & {
  readonly slack: () => Promise<SlackApi>;
  /** Where an incident's message is to be posted; null where nobody says. */
  readonly channelOf: (incident: Incident) => Promise<string | null>;
  /** Tells people without Slack. */
  readonly fallBack: (subject: string, message: string) => Promise<void>;
};

/** What Slack says of a message that somebody has deleted, or whose channel is gone: another one is posted. */
const lost = new Set([
  'message_not_found',
  'cant_update_message',
  'channel_not_found',
  'is_archived',
  'edit_window_closed',
]);

export function slackResponders({ store, configuration, log, slack, channelOf, fallBack }: Needs): Responders {
  /** Slack failed: somebody must still be told, in words that need no Slack. */
  const withoutSlack = async (incidentId: string, text: string, fault: unknown, quietly = false): Promise<void> => {
    log(quietly ? 'info' : 'error', 'Slack could not be told', { incidentId, error: codeOf(fault) });
    if (quietly) return;
    try {
      await store.incidents.noteProblem(incidentId, `Slack could not be told: ${codeOf(fault)}`);
      await fallBack(`EKS incident ${incidentId}`, `Slack could not be reached (${codeOf(fault)}).\n\n${text}`);
    } catch (worse) {
      log('error', 'nobody could be told', { incidentId, error: errorName(worse) });
    }
  };

  const present: Responders['present'] = async (incidentId, how) => {
    let text = `Incident ${incidentId}: its execution in the Step Functions console has the details.`;
    try {
      const view = await readIncidentView(store, incidentId, configuration);
      text = inWords(view);
      const message = incidentMessage(view);
      const api = await slack();
      const known = view.incident.message;
      if (known !== null) {
        try {
          await api.update(known.channel, known.ts, message);
          return known;
        } catch (error) {
          if (!lost.has(codeOf(error))) throw error;
        }
      }
      const channel = await channelOf(view.incident);
      if (channel === null) return null;
      const posted = await api.post(channel, message);
      await store.incidents.set(incidentId, { message: posted });
      return posted;
    } catch (error) {
      await withoutSlack(incidentId, text, error, how?.quietly);
      return null;
    }
  };

  const inThread = async (
    incidentId: string,
    text: string,
    say: (api: SlackApi, at: { channel: string; ts: string }) => Promise<void>,
  ) => {
    try {
      const { message } = await store.incidents.read(incidentId);
      const thread = message ?? (await present(incidentId));
      if (thread !== null) await say(await slack(), thread);
    } catch (error) {
      await withoutSlack(incidentId, text, error);
    }
  };

  return {
    present,
    tell(incidentId, words) {
      const text = typeof words === 'string' ? escaped(words, limits.section) : within(words.mrkdwn, limits.section);
      return inThread(incidentId, text, (api, { channel, ts }) => api.reply(channel, ts, text));
    },
    attach: (incidentId, file) =>
      inThread(incidentId, file.comment, (api, { channel, ts }) => api.upload(channel, ts, file)),
  };
}
