import * as z from 'zod';
import { pascalCase } from '../../infra/task-function';
import { hubTemplate } from '../../infra/template';
import { contracts } from '../../tasks/contracts';
import { ofType, resourceOf } from './hub';

const clusterNetwork = {
  subnetIds: ['subnet-0a1a1a1a1a1a1a1a1', 'subnet-0a2a2a2a2a2a2a2a2'],
  securityGroupIds: ['sg-0a1a1a1a1a1a1a1a1'],
};
const resource = z.looseObject({
  Type: z.string(),
  Properties: z.looseObject({}),
  DependsOn: z.array(z.string()).default([]),
});
const { Resources } = z.object({ Resources: z.record(z.string(), z.unknown()) }).parse(hubTemplate({ clusterNetwork }));
const speaking = contracts.filter(({ speaksToClusters }) => speaksToClusters === true).map(({ id }) => id);

test.each(contracts.map(({ id }) => id))('%s runs in the VPC only if it speaks to clusters', (id) => {
  const { Properties } = resource.parse(Resources[`${pascalCase(id)}Function`]);
  expect(Properties['VpcConfig']).toEqual(
    speaking.includes(id)
      ? { SubnetIds: clusterNetwork.subnetIds, SecurityGroupIds: clusterNetwork.securityGroupIds }
      : undefined,
  );
});

test.each(speaking)('the role of %s may make network interfaces before the function is made', (id) => {
  const { DependsOn } = resource.parse(Resources[`${pascalCase(id)}Function`]);
  const policies = DependsOn.map((it) => JSON.stringify(Resources[it])).filter((it) => it.includes('PolicyDocument'));
  expect(policies.join()).toContain('ec2:CreateNetworkInterface');
});

test('where no VPC is named nothing runs in one, and nothing may make network interfaces', () => {
  expect(ofType('AWS::Lambda::Function').filter(([, it]) => it.Properties['VpcConfig'] !== undefined)).toEqual([]);
  expect(JSON.stringify(resourceOf('DecideFunction'))).not.toContain('VpcConfig');
  expect(JSON.stringify(ofType('AWS::IAM::Policy'))).not.toContain('ec2:CreateNetworkInterface');
});
