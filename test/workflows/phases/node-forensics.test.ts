import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DefinitionBody, QueryLanguage, StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import { StepFunctions } from '../../../replay/engine/step-functions';
import { readStack } from '../../../replay/world/stack';
import { nodeForensicsPhase } from '../../../workflows/phases/node-forensics';

const where = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };

test('starts the child on each node with an event of its own, and waits for all of them', async () => {
  const stack = new Stack(new App(), 'Test');
  const child = new StateMachine(stack, 'Child', {
    definitionBody: DefinitionBody.fromChainable(Succeed.jsonata(stack, 'Done')),
    queryLanguage: QueryLanguage.JSONATA,
  });
  new StateMachine(stack, 'Parent', {
    definitionBody: DefinitionBody.fromChainable(nodeForensicsPhase(stack, child, '$states.input.nodes')),
    queryLanguage: QueryLanguage.JSONATA,
  });
  const scheduler = new VirtualScheduler(0);
  const states = new StepFunctions({
    ...where,
    scheduler,
    random: () => 0,
    uuid: () => '00000000-0000-4000-8000-000000000000',
    invokeFunction: async () => null,
  });
  const arns = readStack(Template.fromStack(stack).toJSON(), where).machines.map(({ logicalId, definition }) => ({
    logicalId,
    arn: states.createStateMachine({ name: logicalId, definition }).stateMachineArn,
  }));
  const parent = arns.find(({ logicalId }) => logicalId.startsWith('Parent'))?.arn ?? '';
  const { executionArn } = states.startExecution({
    stateMachineArn: parent,
    name: 'finding-1',
    input: JSON.stringify({ nodes: [{ node: 'i-0a10000000000000a' }, { node: 'i-0a20000000000000b', because: 'it' }] }),
  });
  await scheduler.run();

  const found = states.describeExecution({ executionArn });
  expect({ status: found.status, output: JSON.parse(found.output ?? 'null') as unknown }).toEqual({
    status: 'SUCCEEDED',
    output: [
      { node: 'i-0a10000000000000a', status: 'SUCCEEDED' },
      { node: 'i-0a20000000000000b', status: 'SUCCEEDED' },
    ],
  });
  const children = states.listExecutions({}).executions.filter(({ stateMachineArn }) => stateMachineArn !== parent);
  expect(children.map(({ name }) => name).sort()).toEqual([
    'finding-1-i-0a10000000000000a',
    'finding-1-i-0a20000000000000b',
  ]);
  expect(JSON.parse(children.find(({ name }) => name.endsWith('b'))?.input ?? '')).toMatchObject({
    id: 'finding-1-i-0a20000000000000b',
    source: 'eks-incident-response',
    'detail-type': 'Node Forensics Requested',
    account: '111122223333',
    region: 'eu-central-1',
    detail: { node: 'i-0a20000000000000b', because: 'it' },
  });
});
