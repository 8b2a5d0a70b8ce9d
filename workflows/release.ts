import { Fail, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import { sevenDays, type Workflow } from './category';
import { answerPhase, notHeldYet } from './phases/answer';
import { closePhase } from './phases/close';
import { failurePhase } from './phases/report-failure';

/** Takes back what an incident's ledger says was changed. Its input is `{ "incidentId": "…" }`. */
export const release: Workflow = {
  id: 'release',
  description: 'Takes back the changes of a closed incident, after approval',
  timeoutSeconds: sevenDays,

  define(scope, functions) {
    const failure = failurePhase(scope, functions);
    // It is left to its own machine: what fails here must not close it. Whoever started this sees why it ended.
    const stillOpen = Fail.jsonata(scope, 'The incident is still open', {
      error: 'IncidentOpen',
      cause: 'Its machine still runs. Undo it once it has closed.',
    });
    return Pass.jsonata(scope, 'Open the ledger', {
      assign: { incidentId: '{% $states.input.incidentId %}', ...notHeldYet() },
    })
      .next(answerPhase(scope, functions, { purpose: 'undo', words: 'the undo', stillOpen }, failure))
      .next(closePhase(scope, functions, undefined, failure));
  },
};
