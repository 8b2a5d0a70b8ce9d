import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DefinitionBody, Pass, QueryLanguage, StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import { StepFunctions } from '../../../replay/engine/step-functions';
import { readStack } from '../../../replay/world/stack';
import { examineNodesPhase } from '../../../workflows/phases/examine-nodes';

const where = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };

/** A machine that examines the nodes which it is given, and the child that it starts. */
function machines() {
  const stack = new Stack(new App(), 'Test');
  const child = new StateMachine(stack, 'Child', {
    definitionBody: DefinitionBody.fromChainable(Succeed.jsonata(stack, 'Done')),
    queryLanguage: QueryLanguage.JSONATA,
  });
  const decided = Pass.jsonata(stack, 'Decided', { assign: { nodes: '{% [$states.input.nodes] %}' } });
  const chain = decided.next(examineNodesPhase(stack, child)).next(Succeed.jsonata(stack, 'Went on'));
  new StateMachine(stack, 'Parent', {
    definitionBody: DefinitionBody.fromChainable(chain),
    queryLanguage: QueryLanguage.JSONATA,
  });
  const scheduler = new VirtualScheduler(0);
  let uuids = 0;
  const states = new StepFunctions({
    ...where,
    scheduler,
    random: () => 0,
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
    invokeFunction: async () => null,
  });
  const arns = readStack(Template.fromStack(stack).toJSON(), where).machines.map(({ logicalId, definition }) => ({
    logicalId,
    arn: states.createStateMachine({ name: logicalId, definition }).stateMachineArn,
  }));
  const parent = arns.find(({ logicalId }) => logicalId.startsWith('Parent'))?.arn ?? '';
  return {
    async run(nodes: readonly { execution: string; request: object }[]) {
      const input = JSON.stringify({ nodes });
      const { executionArn } = states.startExecution({ stateMachineArn: parent, input });
      await scheduler.run();
      return states.describeExecution({ executionArn }).status;
    },
    children: () => states.listExecutions({}).executions.filter(({ stateMachineArn }) => stateMachineArn !== parent),
  };
}

const one = { execution: 'incident-1-i-0a10000000000000a', request: { node: 'i-0a10000000000000a' } };
const other = { execution: 'incident-1-i-0a20000000000000b', request: { node: 'i-0a20000000000000b', because: 'it' } };

test('starts the child on each node, with an event of its own', async () => {
  const { run, children } = machines();
  await expect(run([one, other])).resolves.toBe('SUCCEEDED');
  expect(
    children()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([one.execution, other.execution]);
  expect(JSON.parse(children().find(({ name }) => name === other.execution)?.input ?? '')).toMatchObject({
    id: other.execution,
    source: 'eks-incident-response',
    'detail-type': 'Node Forensics Requested',
    account: '111122223333',
    region: 'eu-central-1',
    detail: other.request,
  });
});

test('goes on where there is no node, and where a node has been begun already', async () => {
  const { run, children } = machines();
  await expect(run([])).resolves.toBe('SUCCEEDED');
  await expect(run([one])).resolves.toBe('SUCCEEDED');
  await expect(run([one, other])).resolves.toBe('SUCCEEDED');
  expect(children()).toHaveLength(2);
});
