import { join } from 'node:path';
import { decideByPlan } from '../../runbooks/decide-by-plan';
import { readPlan } from '../../tasks/plan-files';

const plan = readPlan(join(import.meta.dirname, '..', '..', 'runbooks'), 'cluster-lifecycle');

test.each([
  ['made and deleted', ['cluster-created', 'cluster-deleted'], 'gone', 'made-and-deleted'],
  [
    'made and deleted, with a node group between',
    ['cluster-created', 'node-group-created', 'cluster-deleted'],
    'DELETING',
    'made-and-deleted',
  ],
  ['deleted, and made again under its name', ['cluster-deleted', 'cluster-created'], 'CREATING', 'cluster-deleted'],
  ['deleted, made again and deleted again', ['cluster-deleted', 'cluster-created'], 'gone', 'cluster-deleted'],
  ['made, deleted and made again', ['cluster-created', 'cluster-deleted'], 'ACTIVE', 'cluster-deleted'],
  ['made, and somebody made admin of it', ['cluster-created', 'access-entry-granted'], 'ACTIVE', 'cluster-made'],
])('a cluster that was %s', async (_, acts, clusterStatus, rule) => {
  const situation = {
    actor: { trusted: false, signs: [] },
    facts: {
      acts,
      attempts: [],
      clusterStatus,
      grantsAdmin: acts.includes('access-entry-granted') ? 'yes' : 'no',
      inChangeWindow: false,
      approvedRegion: true,
      missingTags: [],
      weakens: [],
    },
  };
  const decision = await decideByPlan(plan, situation, { at: '2026-06-12T03:33:00Z', incidentVersion: 1 });
  expect(decision).toMatchObject({ ruleId: rule, doubted: false });
});
