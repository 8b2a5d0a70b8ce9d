import { pascalCase } from '../../infra/task-function';
import { contracts } from '../../tasks/contracts';
import { arnOf, idOf, ofType, roleOf, type Statement, statementsOf } from './hub';

const rightsOf = (taskId: string) => statementsOf(roleOf(`${pascalCase(taskId)}Function`));
const actionsOf = (statements: readonly Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action))].sort();

const ofEveryTask = ['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
/** For the table's, the secret's and the topic's key; every task uses the table. */
const ofEveryKey = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];

test.each(contracts.map((contract) => [contract.id, contract] as const))(
  '%s may do what its contract declares, and nothing else',
  (id, { permissions }) => {
    const declared = permissions.flatMap(({ actions }) => actions);
    expect(actionsOf(rightsOf(id))).toEqual([...new Set([...declared, ...ofEveryTask, ...ofEveryKey])].sort());
  },
);

test('taking a decision from Slack means the table, the secret, the topic and the token', () => {
  expect(actionsOf(rightsOf('answer-slack'))).toEqual(
    [
      ...ofEveryTask,
      ...ofEveryKey,
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'secretsmanager:GetSecretValue',
      'sns:Publish',
      'states:SendTaskSuccess',
    ].sort(),
  );
});

test('only the function that answers Slack may answer a task token, and only of our machines', () => {
  const holders = contracts.filter(({ id }) => actionsOf(rightsOf(id)).includes('states:SendTaskSuccess'));
  expect(holders.map(({ id }) => id)).toEqual(['answer-slack']);
  const answering = rightsOf('answer-slack').find(({ Action }) => Action.includes('states:SendTaskSuccess'));
  expect(answering?.Resource).toEqual(ofType('AWS::StepFunctions::StateMachine').map(([id]) => ({ Ref: id })));
});

const writes = /^ec2:(?!Describe|Get)|^eks:(?!Describe|List)/;

test('only applying changes may alter the network', () => {
  const writers = contracts.filter(({ id }) => actionsOf(rightsOf(id)).some((action) => writes.test(action)));
  expect(writers.map(({ id }) => id)).toEqual(['apply-changes']);
});

test('what alters the network names what kind of resource it alters, in this account and Region', () => {
  const altering = rightsOf('apply-changes').filter(({ Action }) => Action.some((action) => writes.test(action)));
  for (const { Resource } of altering) {
    for (const resource of Resource) {
      expect(resource).toEqual({
        'Fn::Join': [
          '',
          [
            'arn:',
            { Ref: 'AWS::Partition' },
            expect.stringMatching(/^:(ec2|eks):$/),
            { Ref: 'AWS::Region' },
            ':',
            { Ref: 'AWS::AccountId' },
            expect.stringMatching(/^:[a-z-]+\/\*$/),
          ],
        ],
      });
    }
  }
});

const services = (taskId: string) => {
  const key = idOf('AWS::KMS::Key', 'EvidenceKey');
  const byService = rightsOf(taskId).filter(({ Condition }) => Condition !== undefined);
  expect(byService).toHaveLength(1);
  const [{ Resource, Condition } = { Resource: [], Condition: undefined }] = byService;
  expect(Resource).toEqual([arnOf(key)]);
  return [...JSON.stringify(Condition).matchAll(/"([a-z]+)\.",\{"Ref":"AWS::Region"\}/g)].map(([, service]) => service);
};

test('a role may use the key by way of the services that keep what it may use', () => {
  expect(services('record-baseline')).toEqual(['dynamodb']);
  expect(services('answer-slack')).toEqual(['dynamodb', 'secretsmanager', 'sns']);
});
