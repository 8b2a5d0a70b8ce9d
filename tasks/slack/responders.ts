import { PublishCommand } from '@aws-sdk/client-sns';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import type { Incident } from '../store/incidents';
import type { SlackApi } from './client';
import { incidentMessage } from './message';
import { readIncidentView } from './view';

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

type Needs = Pick<Deps, 'store' | 'aws' | 'configuration' | 'plan' | 'log'> & {
  readonly slack: () => Promise<SlackApi>;
};

export function slackResponders({ store, aws, configuration, plan, log, slack }: Needs): Responders {
  /** Slack failed: somebody must still be told, in words that need no Slack. */
  const fallBack = async (incidentId: string, text: string, fault: unknown): Promise<void> => {
    log('error', 'Slack could not be told', { incidentId, error: errorName(fault) });
    try {
      await store.incidents.noteProblem(incidentId, `Slack could not be told: ${errorName(fault)}`);
      await aws.sns.send(
        new PublishCommand({
          TopicArn: configuration.fallbackTopicArn,
          Subject: `EKS incident ${incidentId}`.slice(0, 100),
          Message: `${text}\n\nSlack could not be reached (${errorName(fault)}). The execution in the Step Functions console has the details; an approval can be given in Slack as soon as it is back.`,
        }),
      );
    } catch (worse) {
      log('error', 'nobody could be told', { incidentId, error: errorName(worse) });
    }
  };

  return {
    async present(incidentId) {
      let text = `Incident ${incidentId}`;
      try {
        const view = await readIncidentView(store, incidentId, configuration);
        const message = incidentMessage(view);
        text = message.text;
        const api = await slack();
        const known = view.incident.message;
        if (known !== null) {
          await api.update(known.channel, known.ts, message);
          return known;
        }
        const posted = await api.post(plan(view.incident.category).plan.channel, message);
        await store.incidents.set(incidentId, { message: posted });
        return posted;
      } catch (error) {
        await fallBack(incidentId, text, error);
        return null;
      }
    },

    async tell(incidentId, text) {
      try {
        const { message } = await store.incidents.read(incidentId);
        const thread = message ?? (await this.present(incidentId));
        if (thread !== null) await (await slack()).reply(thread.channel, thread.ts, text);
      } catch (error) {
        await fallBack(incidentId, text, error);
      }
    },
  };
}
