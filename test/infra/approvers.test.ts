import { decisionFunctionName } from '../../tasks/answer-slack/contract';
import { idOf, ofType, resourceOf } from './hub';

const role = resourceOf(idOf('AWS::IAM::Role', 'Approvers'));

test('a session of the role for deciders needs MFA, and bears the IAM user’s own name', () => {
  expect(role.Properties['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Condition: {
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          StringEquals: { 'sts:RoleSessionName': `\${aws:username}` },
        },
      },
    ],
  });
});

test('it is not among our own roles, whose calls nobody looks at', () => {
  expect(role.Properties['Path']).toBeUndefined();
});

test('it may invoke the decision handler, and nothing else', () => {
  const policy = resourceOf(idOf('AWS::IAM::ManagedPolicy', 'Approvers'));
  expect(policy.Properties['PolicyDocument']).toMatchObject({
    Statement: [
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: { 'Fn::Join': ['', expect.arrayContaining([`:function:${decisionFunctionName}`])] },
      },
    ],
  });
  expect(role.Properties['Policies']).toBeUndefined();
  expect(resourceOf('AnswerSlackFunction').Properties['FunctionName']).toBe(decisionFunctionName);
});

test('the decision handler knows whose sessions it may believe, and which machine undoes', () => {
  expect(resourceOf('AnswerSlackFunction').Properties['Environment']).toMatchObject({
    Variables: {
      APPROVER_ROLE_NAME: { Ref: idOf('AWS::IAM::Role', 'Approvers') },
      RELEASE_MACHINE_ARN: { Ref: 'ReleaseMachine' },
    },
  });
});

test('the clock calls it every minute to finish what was decided', () => {
  const rules = ofType('AWS::Events::Rule').map(([, { Properties }]) => Properties);
  const sweep = rules.find(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)');
  expect(sweep?.['Targets']).toMatchObject([
    { Arn: { 'Fn::GetAtt': ['AnswerSlackFunction', 'Arn'] }, Input: '{"kind":"sweep"}' },
  ]);
});
