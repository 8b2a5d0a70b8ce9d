import { pascalCase } from '../../infra/task-function';
import { contracts } from '../../tasks/contracts';
import { ofType, resourceOf, roleOf, template } from './hub';

const functionIds = contracts.map(({ id }) => `${pascalCase(id)}Function`);

test('every contract has a function, and every function a contract', () => {
  expect(
    ofType('AWS::Lambda::Function')
      .map(([id]) => id)
      .sort(),
  ).toEqual([...functionIds].sort());
});

test.each(contracts.map((contract) => [contract.id, contract] as const))(
  '%s runs as its contract says',
  (id, contract) => {
    expect(resourceOf(`${pascalCase(id)}Function`).Properties).toMatchObject({
      Description: contract.description,
      Timeout: contract.timeoutSeconds,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
    });
  },
);

test('each function has a role of its own', () => {
  expect(new Set(functionIds.map(roleOf)).size).toBe(functionIds.length);
});

test.each(functionIds)('the role of %s is known by its path and has no managed policy', (id) => {
  const { Path, ManagedPolicyArns } = resourceOf(roleOf(id)).Properties;
  expect({ Path, ManagedPolicyArns }).toEqual({ Path: '/eks-incident-response/', ManagedPolicyArns: undefined });
});

test('nothing else has a role by that path: what its roles do is not taken for an incident', () => {
  const byPath = ofType('AWS::IAM::Role').filter(([, { Properties }]) => Properties['Path'] !== undefined);
  expect(byPath.map(([id]) => id).sort()).toEqual(functionIds.map(roleOf).sort());
});

test('logs are encrypted and end after a year', () => {
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365, KmsKeyId: {} as never });
});
