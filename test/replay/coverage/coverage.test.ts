import { join } from 'node:path';
import { coverageOfRow, coverageOfSubcategory, type Found, isComplete } from '../../../replay/coverage/coverage';
import { subcategories } from '../../../runbooks/playbook';
import { readPlan } from '../../../tasks/plan-files';
import { childWorkflows, workflows } from '../../../workflows/registry';

const rehearsed = (file: string, rule: string, passed = true) => ({
  file,
  passed,
  decided: [{ category: 'network-change', rule, told: ['A call'] }],
});
const found: Found = {
  runbooks: [
    {
      category: 'network-change',
      nist: ['DE.CM-1'],
      rules: ['opened', 'closed'],
      machine: 'NetworkChangeMachine',
      eventRule: 'NetworkChangeRule',
    },
  ],
  detections: new Set(['NetworkChangeRule', 'a-config-rule']),
  rehearsed: [rehearsed('1.yaml', 'opened'), rehearsed('2.yaml', 'closed', false)],
};
const row = { id: 'R', says: 'it', answers: [{ category: 'network-change', rules: ['opened'] }] };

test('a row names the runbook, its rule, the machine, what detects and the incidents that passed', () => {
  expect(coverageOfRow({ ...row, unless: 'of no use' }, found)).toEqual({
    id: 'R',
    says: 'it',
    covers: [
      {
        runbook: 'network-change',
        rule: 'opened',
        workflow: 'NetworkChangeMachine',
        detection: ['NetworkChangeRule'],
        incidents: ['1.yaml'],
      },
    ],
    notCoveredBecause: null,
  });
});

test.each([
  ['whose incident did not pass', [{ category: 'network-change', rules: ['closed'] }]],
  ['whose rule is not in the plan', [{ category: 'network-change', rules: ['opend'] }]],
  ['whose runbook there is not', [{ category: 'cluster-lifecycle' }]],
  ['that nothing detects', [{ category: 'network-change', rules: ['opened'], detectedBy: ['another-rule'] }]],
  [
    'of which no incident was told that way',
    [{ ...row.answers[0], category: 'network-change', toldBy: ['A finding'] }],
  ],
  ['half of which is there', [...row.answers, { category: 'cluster-lifecycle' }]],
  ['that nothing answers', []],
])('a row %s is not covered, for the reason that is listed', (_, answers) => {
  expect(coverageOfRow({ ...row, answers, unless: 'why' }, found)).toMatchObject({
    covers: [],
    notCoveredBecause: 'why',
  });
});

test.each([
  ['DE.CM-1', 1],
  ['DE.CM-2', 0],
])('the subcategory %s is covered by %d runbook(s)', (id, count) => {
  expect(coverageOfSubcategory({ id, says: '' }, found).covers).toHaveLength(count);
});

test('it is complete where what is missing has its reason and every incident passed', () => {
  const missing = coverageOfSubcategory({ id: 'X', says: '' }, found);
  const explained = coverageOfSubcategory({ id: 'X', says: '', unless: 'why' }, found);
  expect(isComplete([explained], [])).toBe(true);
  expect(isComplete([missing], [])).toBe(false);
  expect(isComplete([explained], found.rehearsed)).toBe(false);
});

const tagged = [...workflows, ...childWorkflows].map(({ id }) => ({
  id,
  nist: readPlan(join(import.meta.dirname, '..', '..', '..', 'runbooks'), id).plan.nist,
}));

test.each(tagged.slice(0, workflows.length))(
  'the runbook $id is tagged with subcategories that the playbook names',
  ({ nist }) => {
    expect(nist.filter((tag) => !subcategories.some(({ id }) => id === tag))).toEqual([]);
  },
);

test('no reason excuses what a runbook serves: were it to fail, the table would still call itself complete', () => {
  const served = new Set(tagged.flatMap(({ nist }) => nist));
  expect(subcategories.filter(({ id, unless }) => unless !== undefined && served.has(id))).toEqual([]);
});
