import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, Pass, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import { FunctionError } from '../../../replay/engine/service-integrations';
import { StepFunctions } from '../../../replay/engine/step-functions';
import { readStack } from '../../../replay/world/stack';
import type { Json } from '../../../runbooks/incident';
import { part } from '../../../tasks/triage/cloudtrail';
import type { FunctionFor } from '../../../workflows/category';
import { protectAndContain } from '../../../workflows/phases/isolate-node';
import { phase } from '../../../workflows/phases/phase';

const where = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };

const functionArn = 'arn:aws:lambda:eu-central-1:111122223333:function:';
const collecting = ['collect-node-evidence', 'collect-volatile-evidence', 'collect-log-evidence'];
/** As every task answers that has nothing to do. */
const nothing = {
  ...{ state: 'done', progress: null },
  ...{ result: 'nothing', changeSetHash: null, waitSeconds: 1, patienceSeconds: 1 },
};

/** Runs the part on a node; tasks of these ids fail. Answers the ids of those that were called, and the failure that is left. */
async function run(fails: (id: string, input: Json) => boolean, planned: object = {}, volatileFirst = false) {
  const stack = new Stack(new App(), 'Test');
  const known = new Map<string, IFunction>();
  const functions: FunctionFor = ({ id }) => {
    const found = known.get(id) ?? LambdaFunction.fromFunctionArn(stack, `${id}Function`, `${functionArn}${id}`);
    known.set(id, found);
    return found;
  };
  const begin = Pass.jsonata(stack, 'Begin', {
    assign: {
      incidentId: 'incident',
      planned: { protect: 'never', contain: 'never', remediate: 'never', ...planned },
      volatileFirst,
    },
  });
  const failure = Pass.jsonata(stack, 'Failed', { outputs: 'failed' });
  const ended = Pass.jsonata(stack, 'Ended', { outputs: '{% $nodeFailure %}' });
  const chain = begin.next(protectAndContain(stack, functions, phase(failure))).next(ended);
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(chain),
    queryLanguage: QueryLanguage.JSONATA,
  });
  const called: string[] = [];
  const scheduler = new VirtualScheduler(0);
  const states = new StepFunctions({
    ...where,
    scheduler,
    random: () => 0,
    uuid: () => '00000000-0000-4000-8000-000000000001',
    invokeFunction: async (name, input) => {
      const id = name.slice(functionArn.length);
      called.push(id);
      if (fails(id, input)) throw new FunctionError('Broken', id);
      return { ...nothing };
    },
  });
  const [machine] = readStack(Template.fromStack(stack).toJSON(), where).machines;
  const { stateMachineArn } = states.createStateMachine({ name: 'Machine', definition: machine?.definition ?? '' });
  const { executionArn } = states.startExecution({ stateMachineArn, input: '{}' });
  await scheduler.run();
  return { called, output: JSON.parse(states.describeExecution({ executionArn }).output ?? '"none"') };
}

test('where all goes well there is no failure', async () => {
  expect(await run(() => false)).toEqual({ called: collecting, output: null });
});

test.each(collecting)('where %s fails the rest is collected all the same, and a human hears of it', async (failing) => {
  const { called, output } = await run((id) => id === failing);
  expect(called).toEqual(collecting);
  expect(output).toMatchObject({ error: 'Broken' });
});

test('volatile evidence that fails before it keeps nothing from being isolated, and a human hears of it', async () => {
  const first = (_: string, input: Json) => part(input)['when'] === 'before-isolation';
  const { called, output } = await run(first, { contain: 'automatic' }, true);
  expect(called).toEqual(expect.arrayContaining(['propose-changes', 'verify-node', ...collecting]));
  expect(output).toMatchObject({ error: 'Broken' });
});
