import { driftOf } from '../../../tasks/posture/drift';

const well = {
  name: 'payments',
  version: '1.34',
  logTypes: ['api', 'audit'],
  secretsKey: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  failedUpdates: [],
};
const settings = { approvedVersions: ['1.33', '1.34'], logTypes: ['audit'] as ('audit' | 'api')[] };
const failure = {
  id: 'u1',
  type: 'VersionUpdate',
  nodegroup: 'general',
  at: '2026-01-01T00:00:00.000Z',
  error: 'X: y',
};

test.each([
  ['all is well', {}, []],
  ['a version is not approved', { version: '1.30' }, ['unapproved-version']],
  ['a log is off', { logTypes: ['api'] }, ['logging-off']],
  ['there is no key', { secretsKey: null }, ['secrets-without-key']],
  ['an update failed', { failedUpdates: [failure] }, ['failed-update']],
  [
    'much is wrong',
    { version: '', logTypes: [], secretsKey: null },
    ['unapproved-version', 'secrets-without-key', 'logging-off'],
  ],
])('where %s', (_, change, kinds) => {
  expect(driftOf({ ...well, ...change }, settings).map(({ kind }) => kind)).toEqual(kinds);
});
