import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterLifecycleEventFacts, clusterLifecycleFacts } from '../../runbooks/cluster-lifecycle';
import { endpointEventFacts, endpointExposureFacts } from '../../runbooks/endpoint-exposure';
import { networkChangeFacts, networkEventFacts } from '../../runbooks/network-change';
import { compromiseEventFacts, compromiseFacts } from '../../runbooks/node-compromise';
import { nodeForensicsFacts } from '../../runbooks/node-forensics';
import { nodeEventFacts, nodeLifecycleFacts } from '../../runbooks/node-lifecycle';
import { driftEventFacts, driftFacts } from '../../runbooks/posture-drift';

const sections = readFileSync(join(__dirname, '../../docs/facts.md'), 'utf8').split('\n## ');

test.each([
  ['cluster-lifecycle', [clusterLifecycleEventFacts, clusterLifecycleFacts]],
  ['endpoint-exposure', [endpointEventFacts, endpointExposureFacts]],
  ['network-change', [networkEventFacts, networkChangeFacts]],
  ['node-compromise', [compromiseEventFacts, compromiseFacts]],
  ['node-forensics', [nodeForensicsFacts]],
  ['node-lifecycle', [nodeEventFacts, nodeLifecycleFacts]],
  ['posture-drift', [driftEventFacts, driftFacts]],
])('docs/facts.md has every fact of %s', (category, schemas) => {
  const section = sections.find((it) => it.startsWith(`${category}\n`)) ?? '';
  const facts = schemas.flatMap(({ shape }) => Object.keys(shape));
  expect(facts.filter((fact) => !section.includes(`\`${fact}\``))).toEqual([]);
});
