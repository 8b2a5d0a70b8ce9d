import * as z from 'zod';
import { pascalCase } from '../../infra/task-function';
import { ownRoleArns } from '../../workflows/own-roles';
import { callsOf } from '../../workflows/patterns';
import { workflows } from '../../workflows/registry';
import { arnOf, idOf, ofType, resourceOf } from './hub';

const target = z.looseObject({
  Arn: z.unknown(),
  Input: z.string().optional(),
  InputTransformer: z.object({ InputTemplate: z.string() }).optional(),
});
const targetsOf = (ruleId: string) => z.array(target).parse(resourceOf(ruleId).Properties['Targets']);

test.each(workflows.map((workflow) => [workflow.id, workflow] as const))(
  'the events of %s start its machine, as they are',
  (id, { pattern }) => {
    const rule = `${pascalCase(id)}Rule`;
    expect(resourceOf(rule).Properties['EventPattern']).toEqual(JSON.parse(JSON.stringify(pattern)));
    const [only, ...others] = targetsOf(rule);
    expect(others).toEqual([]);
    expect(only?.Arn).toEqual({ Ref: `${pascalCase(id)}Machine` });
    expect(Object.keys(only ?? {})).not.toEqual(expect.arrayContaining([expect.stringMatching(/^Input/)]));
  },
);

test.each(ofType('AWS::Events::Rule').map(([id]) => id))('what %s cannot deliver in a day is kept', (id) => {
  for (const it of targetsOf(id)) {
    expect(it).toMatchObject({
      DeadLetterConfig: { Arn: arnOf(idOf('AWS::SQS::Queue', 'DeadLetters')) },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    });
  }
});

test('calls of our own roles are left out; those of identities without a session issuer are not', () => {
  expect(callsOf('ec2', {})).toMatchObject({
    detail: {
      userIdentity: {
        $or: [
          { sessionContext: { sessionIssuer: { arn: [{ exists: false }] } } },
          { sessionContext: { sessionIssuer: { arn: [{ 'anything-but': { wildcard: ownRoleArns } }] } } },
        ],
      },
    },
  });
});

const wildcard = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[/.]/g, '\\$&'))
      .join('.*')}$`,
  );

test.each([
  ['arn:aws:iam::111122223333:role/eks-incident-response/EksIncidentResponse-ApplyChangesRole-1', true],
  ['arn:aws-cn:iam::444455556666:role/eks-incident-response/x', true],
  ['arn:aws:iam::111122223333:role/Admin', false],
  ['arn:aws:iam::111122223333:role/eks-incident-response', false],
  ['arn:aws:iam::111122223333:role/team/eks-incident-responders', false],
])('%s is one of our own: %s', (arn, own) => {
  expect(wildcard(ownRoleArns).test(arn)).toBe(own);
});

test('executions of our machines, and of no others, that fail, time out or are stopped are reported', () => {
  expect(resourceOf('FailedExecutionsRule').Properties['EventPattern']).toEqual({
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail: {
      status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      stateMachineArn: ofType('AWS::StepFunctions::StateMachine').map(([id]) => ({ Ref: id })),
    },
  });
  const [only] = targetsOf('FailedExecutionsRule');
  expect(only?.Arn).toEqual(arnOf('ReportFailureFunction'));
  expect(only?.InputTransformer?.InputTemplate).toBe(
    '{"incidentId":null,"executionArn":<detail-executionArn>,"error":<detail-status>,"cause":"The execution ended without closing its incident","input":null}',
  );
});

test('the baseline of every cluster is recorded every six hours', () => {
  const [id] = ofType('AWS::Events::Rule').find(
    ([, it]) => it.Properties['ScheduleExpression'] === 'rate(6 hours)',
  ) ?? [''];
  const [only] = targetsOf(id);
  expect(only).toMatchObject({ Arn: arnOf('RecordBaselineFunction'), Input: '{"incidentId":null}' });
});
