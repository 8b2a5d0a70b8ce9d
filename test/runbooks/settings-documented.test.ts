import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterLifecycleSettings } from '../../runbooks/cluster-lifecycle';
import { endpointExposureSettings } from '../../runbooks/endpoint-exposure';
import { networkChangeSettings } from '../../runbooks/network-change';
import { compromiseSettings } from '../../runbooks/node-compromise';
import { nodeForensicsSettings } from '../../runbooks/node-forensics';
import { nodeLifecycleSettings } from '../../runbooks/node-lifecycle';
import { driftSettings } from '../../runbooks/posture-drift';

const plan = readFileSync(join(__dirname, '../../docs/plan.md'), 'utf8');
const [section = ''] = plan.split('\n## Settings\n')[1]?.split('\n## ') ?? [];

test.each([
  ['cluster-lifecycle', clusterLifecycleSettings],
  ['endpoint-exposure', endpointExposureSettings],
  ['network-change', networkChangeSettings],
  ['node-compromise', compromiseSettings],
  ['node-forensics', nodeForensicsSettings],
  ['node-lifecycle', nodeLifecycleSettings],
  ['posture-drift', driftSettings],
])('docs/plan.md has every setting of %s', (category, { shape }) => {
  expect([category, ...Object.keys(shape)].filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
});
