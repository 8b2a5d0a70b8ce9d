import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { categories } from '../../runbooks/categories';

const plan = readFileSync(join(__dirname, '../../docs/plan.md'), 'utf8');
const [section = ''] = plan.split('\n## Settings\n')[1]?.split('\n## ') ?? [];

test.each(Object.entries(categories))('docs/plan.md has every setting of %s', (category, { settings }) => {
  expect([category, ...Object.keys(settings.shape)].filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
});
