import { arnOf, ofType, resourceOf, template } from './hub';

test('Slack reaches one function, without AWS credentials', () => {
  template.resourceCountIs('AWS::Lambda::Url', 1);
  template.hasResourceProperties('AWS::Lambda::Url', {
    AuthType: 'NONE',
    InvokeMode: 'BUFFERED',
    TargetFunctionArn: arnOf('AnswerSlackFunction'),
  });
});

test('a public URL has both permissions, and everybody has no other', () => {
  const toEverybody = ofType('AWS::Lambda::Permission')
    .map(([, { Properties }]) => Properties)
    .filter(({ Principal }) => Principal === '*');
  expect(toEverybody).toHaveLength(2);
  expect(toEverybody).toEqual(
    expect.arrayContaining([
      {
        Action: 'lambda:InvokeFunctionUrl',
        FunctionName: arnOf('AnswerSlackFunction'),
        FunctionUrlAuthType: 'NONE',
        Principal: '*',
      },
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: arnOf('AnswerSlackFunction'),
        InvokedViaFunctionUrl: true,
        Principal: '*',
      },
    ]),
  );
});

test('a flood at the URL starves nobody: it alone has reserved concurrency', () => {
  const reserved = ofType('AWS::Lambda::Function').filter(
    ([, { Properties }]) => Properties['ReservedConcurrentExecutions'] !== undefined,
  );
  expect(reserved.map(([id]) => id)).toEqual(['AnswerSlackFunction']);
  expect(resourceOf('AnswerSlackFunction').Properties['ReservedConcurrentExecutions']).toBe(20);
});

test('the URL to give to Slack is put out', () => {
  const [[url] = ['']] = ofType('AWS::Lambda::Url');
  const values = Object.values(template.findOutputs('*')).map(({ Value }) => Value as unknown);
  expect(values).toContainEqual({ 'Fn::GetAtt': [url, 'FunctionUrl'] });
});
