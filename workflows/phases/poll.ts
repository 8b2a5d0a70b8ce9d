import { Duration } from 'aws-cdk-lib';
import { Choice, Condition, type TaskStateBase, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { otherwise, phase } from './phase';

/**
 * Runs a task again until it answers something other than `pending`. Its state must set the variable `looks` to one more
 * each time.
 */
export function pollPhase(
  scope: Construct,
  task: TaskStateBase,
  words: { readonly question: string; readonly wait: string; readonly seconds: number },
) {
  const ready = Choice.jsonata(scope, words.question);
  const wait = Wait.jsonata(scope, words.wait, { time: WaitTime.duration(Duration.seconds(words.seconds)) });
  task.next(ready);
  ready.when(Condition.jsonata("{% $states.input.state = 'pending' %}"), wait);
  wait.next(task);
  return phase(task, otherwise(ready));
}
