import { ConfigServiceClient, GetResourceConfigHistoryCommand } from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { readPrior } from '../../../tasks/network/prior';
import { networkAclState } from '../../../tasks/network/state';
import { stage } from '../actions/stage';

const config = mockClient(ConfigServiceClient);
beforeEach(() => config.reset());

const target = { type: 'AWS::EC2::NetworkAcl', id: 'acl-1' };
const ask = () => {
  const { context } = stage();
  const aws = { ...context.aws, config: new ConfigServiceClient({}) };
  const state = readPrior({ ...context, aws }, target, '2026-10-01T05:00:00Z', networkAclState);
  return state.then((prior) => ({ prior, problems: [...context.problems] }));
};
const answers = (configuration: string) =>
  config.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [{ configuration }] });

test('what Config describes is what stood', async () => {
  answers(JSON.stringify({ vpcId: 'vpc-1', entries: [], associations: [] }));
  expect(await ask()).toEqual({
    prior: { state: { vpcId: 'vpc-1', entries: [], subnetIds: [] }, from: 'config-history' },
    problems: [],
  });
});

test.each([['{'], ['[]'], ['{"entries":[{"ruleNumber":"x"}]}']])('%s is no description, and a problem', async (odd) => {
  answers(odd);
  const { prior, problems } = await ask();
  expect(prior).toBeNull();
  expect(problems).toEqual([expect.stringContaining('AWS Config did not say what acl-1 was before')]);
});

test.each([
  ['ResourceNotDiscoveredException', 0],
  ['NoAvailableConfigurationRecorderException', 0],
  ['AccessDeniedException', 1],
  ['ThrottlingException', 1],
])('%s makes %i problem(s)', async (name, count) => {
  config.on(GetResourceConfigHistoryCommand).rejects(Object.assign(new Error('no'), { name }));
  const { prior, problems } = await ask();
  expect(prior).toBeNull();
  expect(problems).toHaveLength(count);
});
