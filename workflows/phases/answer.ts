import { Duration } from 'aws-cdk-lib';
import { type Chain, Choice, Condition, Errors, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Purpose } from '../../runbooks/decision';
import { applyChanges } from '../../tasks/apply-changes/contract';
import { expireApproval } from '../../tasks/expire-approval/contract';
import { proposeChanges } from '../../tasks/propose-changes/contract';
import { requestApproval } from '../../tasks/request-approval/contract';
import { verifyChanges } from '../../tasks/verify-changes/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { mayJudgeAgain } from './decide';
import { otherwise, phase } from './phase';
import { caughtFailure } from './report-failure';

/**
 * The first look comes at once, the next after 15 s, each pause then twice the one before, two minutes at most: what takes
 * seconds is seen in seconds, and what takes an hour costs 33 looks. The proposal says how long its changes may take, two
 * hours at most: 63 looks.
 */
const firstPauseSeconds = 15;
const longestPauseSeconds = 120;

/** While another incident changes the same resource, this one asks every two minutes, and for two hours in all: 60 times. */
const heldPauseSeconds = 120;
const longestHeldSeconds = 7_200;

/** The variables of an answer. Within a Map or a Parallel their names must not be those of the states around it. */
function variablesOf(prefix = '') {
  const own = (name: string) => (prefix === '' ? name : `${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`);
  return {
    changeSetHash: own('changeSetHash'),
    waitSeconds: own('waitSeconds'),
    patienceSeconds: own('patienceSeconds'),
    waitedSeconds: own('waitedSeconds'),
    pauseSeconds: own('pauseSeconds'),
    heldSeconds: own('heldSeconds'),
  };
}

/** Set before the first answer of a machine, or of a branch: the time that its answers may wait for other incidents is one. */
export function notHeldYet(prefix?: string): Readonly<Record<string, 0>> {
  return { [variablesOf(prefix).heldSeconds]: 0 };
}

interface Answer {
  /** What is answered, or JSONata for it. */
  readonly purpose: Purpose | `{% ${string} %}`;
  /** What responders call it in the console: "the containment". */
  readonly words: string;
  /** What a failure sets before it goes where failures go. */
  readonly caught?: Readonly<Record<string, unknown>>;
  /** Where to go when an event joined that the decision does not know. */
  readonly judgeAgain?: IChainable;
  /** Where to go when what is to be undone has not ended. */
  readonly stillOpen?: IChainable;
  /** What its variables begin with; see `variablesOf`. */
  readonly prefix?: string;
}

/**
 * Propose, ask, apply, verify: how everything that alters the world is done. Apply starts, verify answers done, pending or
 * failed, and while it is pending both come round again. It goes on when there is nothing to change,
 * when people say no or nothing, and when what was decided has been done or has failed.
 */
export function answerPhase(
  scope: Construct,
  functions: FunctionFor,
  { purpose, words, judgeAgain, stillOpen, caught = caughtFailure, prefix }: Answer,
  failure: IChainable,
): Chain {
  const own = variablesOf(prefix);
  const about = { incidentId: '{% $incidentId %}', purpose };
  const proposed = { ...about, changeSetHash: `{% $${own.changeSetHash} %}` };

  const propose = taskState(scope, `Propose ${words}`, functions, {
    contract: proposeChanges,
    arguments: {
      ...about,
      mayJudgeAgain: judgeAgain === undefined ? false : `{% ${mayJudgeAgain.beforeProposing} %}`,
      mayWait: `{% $${own.heldSeconds} < ${longestHeldSeconds} %}`,
    },
    assign: {
      [own.changeSetHash]: '{% $states.result.Payload.changeSetHash %}',
      [own.waitSeconds]: '{% $states.result.Payload.waitSeconds %}',
      [own.patienceSeconds]: '{% $states.result.Payload.patienceSeconds %}',
      [own.waitedSeconds]: 0,
      [own.pauseSeconds]: firstPauseSeconds,
    },
  });
  const mayApply = Choice.jsonata(scope, `May ${words} be applied?`);
  const ask = taskState(scope, `Ask for approval of ${words}`, functions, {
    contract: requestApproval,
    arguments: proposed,
    assign: { [own.waitSeconds]: '{% $states.result.waitSeconds %}' },
    waitSeconds: `{% $${own.waitSeconds} %}`,
  });
  const whenSilent = taskState(scope, `Nobody answered on ${words}`, functions, {
    contract: expireApproval,
    arguments: about,
    assign: { [own.waitSeconds]: '{% $states.result.Payload.waitSeconds %}' },
  });
  const decided = Choice.jsonata(scope, `Is ${words} approved?`);
  const apply = taskState(scope, `Apply ${words}`, functions, {
    contract: applyChanges,
    arguments: proposed,
  });
  const verify = taskState(scope, `Verify ${words}`, functions, {
    contract: verifyChanges,
    arguments: { ...proposed, last: `{% $${own.waitedSeconds} >= $${own.patienceSeconds} %}` },
  });
  const stands = Choice.jsonata(scope, `Does ${words} stand?`);
  const wait = Wait.jsonata(scope, `Give ${words} time`, {
    time: WaitTime.seconds(`{% $${own.pauseSeconds} %}`),
    assign: {
      [own.waitedSeconds]: `{% $${own.waitedSeconds} + $${own.pauseSeconds} %}`,
      [own.pauseSeconds]: `{% $min([2 * $${own.pauseSeconds}, ${longestPauseSeconds}]) %}`,
    },
  });

  const held = Wait.jsonata(scope, `Let the other incident finish before ${words}`, {
    time: WaitTime.duration(Duration.seconds(heldPauseSeconds)),
    assign: { [own.heldSeconds]: `{% $${own.heldSeconds} + ${heldPauseSeconds} %}` },
  });

  propose.next(mayApply);
  held.next(propose);
  mayApply
    .when(Condition.jsonata("{% $states.input.result = 'automatic' %}"), apply)
    .when(Condition.jsonata("{% $states.input.result = 'approval' %}"), ask)
    .when(Condition.jsonata("{% $states.input.result = 'held' %}"), held);
  if (judgeAgain !== undefined) {
    mayApply.when(Condition.jsonata("{% $states.input.result = 'outdated' %}"), judgeAgain);
  }
  if (stillOpen !== undefined) propose.addCatch(stillOpen, { errors: ['IncidentOpen'] });
  ask.next(decided);
  // The wait ends when something is due, also when a decision was quicker than the question: the store knows which.
  ask.addCatch(whenSilent, { errors: [Errors.TIMEOUT, 'AlreadyDecided'] });
  whenSilent.next(decided);
  decided.when(Condition.jsonata("{% $states.input.verdict in ['extended', 'waiting'] %}"), ask);
  decided.when(Condition.jsonata("{% $states.input.verdict in ['approved', 'apply-unanswered'] %}"), apply);
  apply.addCatch(propose, { errors: ['WorldChanged'] });
  apply.next(verify);
  verify.next(stands);
  stands.when(Condition.jsonata("{% $states.input.state = 'pending' %}"), wait);
  // Changes whose time had not come are begun now; what is begun already is left alone.
  wait.next(apply);

  for (const task of [propose, ask, whenSilent, apply, verify]) task.addCatch(failure, { assign: { ...caught } });
  return phase(propose, otherwise(mayApply), otherwise(decided), otherwise(stands));
}
