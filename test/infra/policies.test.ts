import { pascalCase } from '../../infra/task-function';
import { hubTemplate } from '../../infra/template';
import { contracts } from '../../tasks/contracts';
import { arnOf, document, idOf, ofType, roleOf, type Statement, statementsOf } from './hub';

const rightsOf = (taskId: string) => statementsOf(roleOf(`${pascalCase(taskId)}Function`));
const actionsOf = (statements: readonly Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action))].sort();

const ofEveryTask = ['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
/** For the key of the table, of the secret and of the topic: nearly every task uses the table. */
const ofEveryKey = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];

test.each(contracts.map((contract) => [contract.id, contract] as const))(
  '%s may do what its contract declares, and nothing else',
  (id, { permissions }) => {
    const given = permissions.filter(({ on }) => on.some((it) => !it.startsWith('flow-log-')));
    const declared = given.flatMap(({ actions }) => actions);
    const kept = permissions.some(({ on }) =>
      on.some((it) => ['incident-table', 'slack-secret', 'fallback-topic'].includes(it)),
    );
    const keys = kept ? ofEveryKey : [];
    expect(actionsOf(rightsOf(id))).toEqual([...new Set([...declared, ...ofEveryTask, ...keys])].sort());
  },
);

test('taking a decision means the table, the secret, the topic, the token, and starting an undo', () => {
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
      'states:StartExecution',
    ].sort(),
  );
});

test('nothing but the decision handler may answer a task token, and only of our machines', () => {
  const policies = ofType('AWS::IAM::Policy').concat(ofType('AWS::IAM::ManagedPolicy'), ofType('AWS::IAM::Role'));
  const holders = policies.filter(([, { Properties }]) =>
    /SendTask|states:\*|"Action":"\*"/.test(JSON.stringify(Properties)),
  );
  expect(holders).toHaveLength(1);
  const answering = rightsOf('answer-slack').filter(({ Action }) =>
    Action.some((it) => it.startsWith('states:SendTask')),
  );
  expect(answering).toHaveLength(1);
  expect(answering[0]?.Action).toEqual(['states:SendTaskSuccess']);
  const machines = ofType('AWS::StepFunctions::StateMachine').map(([id]) => ({ Ref: id }));
  expect(answering[0]?.Resource).toHaveLength(machines.length);
  expect(answering[0]?.Resource).toEqual(expect.arrayContaining(machines));
});

test('it may start the machine that undoes, and no other', () => {
  const starting = rightsOf('answer-slack').find(({ Action }) => Action.includes('states:StartExecution'));
  expect(starting?.Resource).toEqual([{ Ref: 'ReleaseMachine' }]);
});

/** Snapshots and tags keep evidence: they alter nothing that traffic or workloads depend on. */
const writes = /^ec2:(?!Describe|Get|(Create|Copy|Lock)Snapshots?$|(Create|Delete)Tags$)|^eks:(?!Describe|List)/;

test('only applying changes may alter the network, and cutting off what an isolated node has got since', () => {
  const writers = contracts.filter(({ id }) => actionsOf(rightsOf(id)).some((action) => writes.test(action)));
  expect(writers.map(({ id }) => id)).toEqual(['apply-changes', 'verify-node']);
  const rights = rightsOf('verify-node').filter(({ Action }) => Action.some((it) => writes.test(it)));
  const ours = ['eks-incident-response-isolation', 'eks-incident-response-untrack'];
  const ifTagged = (key: string) => ({ StringEquals: { [`aws:${key}/eks-incident-response/group`]: ours } });
  expect(rights.map(({ Action, Condition }) => [Action, Condition])).toEqual([
    [['ec2:CreateSecurityGroup'], ifTagged('RequestTag')],
    // In a VPC, which the group is made in.
    [['ec2:CreateSecurityGroup'], undefined],
    [
      ['Authorize', 'Revoke'].flatMap((act) => ['Egress', 'Ingress'].map((way) => `ec2:${act}SecurityGroup${way}`)),
      ifTagged('ResourceTag'),
    ],
    [['ec2:ModifyNetworkInterfaceAttribute'], undefined],
  ]);
});

test('keeping evidence makes snapshots, tags them while it makes them, and writes nothing else of EC2', () => {
  const rights = rightsOf('preserve-evidence').filter(({ Action }) => Action.some((it) => /^ec2:Create/.test(it)));
  expect(actionsOf(rights)).toEqual(['ec2:CreateSnapshot', 'ec2:CreateTags']);
  expect(rights[1]?.Condition).toEqual({ StringEquals: { 'ec2:CreateAction': 'CreateSnapshot' } });
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

test('snapshots of volumes under customers’ own keys can be copied, and those keys used for nothing else', () => {
  const onVolumeKeys = rightsOf('secure-snapshots').filter(({ Resource }) =>
    JSON.stringify(Resource).includes(':key/*'),
  );
  expect(onVolumeKeys.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
    { Action: ['kms:CreateGrant'], Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
    {
      Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'],
      Condition: { StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } },
    },
  ]);
});

test('buckets with flow logs that the deployment names are read by whoever collects logs, and by nobody else', () => {
  const { Resources } = document.parse(hubTemplate({ flowLogBuckets: ['flow-logs'] }));
  const policies = Object.entries(Resources).filter(([, it]) => JSON.stringify(it).includes(':s3:::flow-logs'));
  expect(policies.map(([id]) => id)).toEqual([expect.stringMatching(/^CollectLogEvidenceRole/)]);
  const statements = JSON.stringify(policies);
  const arn = (rest: string) => JSON.stringify({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, rest]] });
  expect(statements).toContain(
    `"Action":"s3:ListBucketVersions","Effect":"Allow","Resource":${arn(':s3:::flow-logs')}`,
  );
  expect(statements).toContain(
    `"Action":["s3:GetObject","s3:GetObjectVersion"],"Effect":"Allow","Resource":${arn(':s3:::flow-logs/*')}`,
  );
  expect(statements).toContain(
    `"Action":"kms:Decrypt","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com","kms:EncryptionContext:aws:s3:arn":[${arn(':s3:::flow-logs')},${arn(':s3:::flow-logs/*')}]}}`,
  );
  expect(Resources['CollectLogEvidenceFunction']).toMatchObject({
    Properties: { Environment: { Variables: { FLOW_LOG_BUCKETS: 'flow-logs' } } },
  });
});
