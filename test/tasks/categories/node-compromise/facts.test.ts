import { factsOf } from '../../../../tasks/categories/node-compromise/facts';
import { nodeCompromiseReader } from '../../../../tasks/categories/node-compromise/reader';
import { stage } from '../../actions/stage';
import { eventRecord } from '../../store/records';
import { delivered } from '../../triage/record';

const web = { type: 'AWS::EC2::Instance', id: 'i-0b10000000000000d' };
const settings = { samples: 'drill', nodesOfWorkload: 3, replacementFirst: true } as const;
const finding = delivered('aws.guardduty', 'GuardDuty Finding', {
  id: 'f1',
  type: 'CryptoCurrency:EC2/BitcoinTool.B!DNS',
  severity: 8,
  resource: { resourceType: 'Instance', instanceDetails: { instanceId: web.id } },
  service: { additionalInfo: {} },
});

test.each([
  [['payments'], 'payments'],
  [['analytics', 'payments'], null],
])('an instance that may not be read is, of the clusters %j, in %s', async (names, cluster) => {
  const { context, estate, dossier, follow } = stage();
  const error = { name: 'UnauthorizedOperation', message: 'not authorized' };
  estate.injectFault({ service: 'ec2', action: 'DescribeInstances', error });
  const { subjects, facts, touches } = nodeCompromiseReader.read(finding);
  const joined = { time: finding.time, subjects: [...subjects], facts, touches: [...touches] };
  const events = [eventRecord('e', joined)];
  const reach = { clusters: names.map((name) => ({ name, tags: {} })), touches: ['nodes'], exposed: [web] };
  const known = await follow(factsOf(context, { ...dossier(), events }, reach, settings));
  expect(known.nodes).toMatchObject([{ instanceId: web.id, state: 'unknown', cluster }]);
});
