import { Pass } from 'aws-cdk-lib/aws-stepfunctions';
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
    return Pass.jsonata(scope, 'Open the ledger', {
      assign: { incidentId: '{% $states.input.incidentId %}', ...notHeldYet() },
    })
      .next(answerPhase(scope, functions, { purpose: 'undo', words: 'the undo' }, failure))
      .next(closePhase(scope, functions, undefined, failure));
  },
};
