import { faultOf, faultOfForm } from '../../../replay/slack/block-kit';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain(1), value: 'v', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const confirm = (more: object) => ({ title: plain(1), text: plain(1), confirm: plain(1), deny: plain(1), ...more });

test.each<[string, object, object]>([
  ['a header of 150', { type: 'header', text: plain(150) }, { type: 'header', text: plain(151) }],
  ['a section of 3,000', { type: 'section', text: mrkdwn(3_000) }, { type: 'section', text: mrkdwn(3_001) }],
  [
    '10 fields',
    { type: 'section', fields: Array(10).fill(mrkdwn(1)) },
    { type: 'section', fields: Array(11).fill(mrkdwn(1)) },
  ],
  ['a field of 2,000', { type: 'section', fields: [mrkdwn(2_000)] }, { type: 'section', fields: [mrkdwn(2_001)] }],
  [
    '10 elements of context',
    { type: 'context', elements: Array(10).fill(mrkdwn(1)) },
    { type: 'context', elements: Array(11).fill(mrkdwn(1)) },
  ],
  ['25 buttons', actions(...Array(25).fill(button())), actions(...Array(26).fill(button()))],
  ['a button of 75', actions(button({ text: plain(75) })), actions(button({ text: plain(76) }))],
  ['a value of 2,000', actions(button({ value: 'v'.repeat(2_000) })), actions(button({ value: 'v'.repeat(2_001) }))],
  [
    'an action id of 255',
    actions(button({ action_id: 'a'.repeat(255) })),
    actions(button({ action_id: 'a'.repeat(256) })),
  ],
  [
    'a confirm title of 100',
    actions(button({ confirm: confirm({ title: plain(100) }) })),
    actions(button({ confirm: confirm({ title: plain(101) }) })),
  ],
  [
    'a confirm text of 300',
    actions(button({ confirm: confirm({ text: plain(300) }) })),
    actions(button({ confirm: confirm({ text: plain(301) }) })),
  ],
  ['a block id of 255', { type: 'divider', block_id: 'b'.repeat(255) }, { type: 'divider', block_id: 'b'.repeat(256) }],
  ['text that is there', { type: 'section', text: mrkdwn(1) }, { type: 'section', text: mrkdwn(0) }],
  ['a plain header', { type: 'header', text: plain(1) }, { type: 'header', text: mrkdwn(1) }],
  ['a style that there is', actions(button({ style: 'danger' })), actions(button({ style: 'green' }))],
])('%s is taken, and more is not', (_, within, beyond) => {
  expect(faultOf([within])).toBeNull();
  expect(faultOf([beyond])).toContain('json-pointer:/blocks/0');
});

test('a message has 50 blocks, each with an id of its own', () => {
  expect(faultOf(Array(50).fill({ type: 'divider' }))).toBeNull();
  expect(faultOf(Array(51).fill({ type: 'divider' }))).toContain('no more than 50');
  expect(faultOf(Array(2).fill({ type: 'divider', block_id: 'same' }))).toContain('duplicate block_id');
  expect(faultOf([{ type: 'hologram' }])).toContain('unsupported type');
});

const input = (more: object = {}) => ({
  type: 'input',
  label: plain(1),
  element: { type: 'plain_text_input', action_id: 'a' },
  ...more,
});
const form = (more: object = {}) => ({
  type: 'modal',
  title: plain(24),
  submit: plain(24),
  blocks: [input()],
  ...more,
});

test.each<[string, object]>([
  ['a title of 25', { title: plain(25) }],
  ['a button of 25', { submit: plain(25) }],
  ['more metadata than 3,000', { private_metadata: 'x'.repeat(3_001) }],
  ['a callback id of 256', { callback_id: 'x'.repeat(256) }],
  ['101 blocks', { blocks: Array(101).fill({ type: 'divider' }) }],
  ['an input and nothing to send it with', { submit: undefined }],
  ['an input longer than 3,000', { blocks: [input({ element: { type: 'plain_text_input', max_length: 3_001 } })] }],
  ['another type', { type: 'home' }],
])('a form with %s is refused', (_, more) => {
  expect(faultOfForm(form())).toBeNull();
  expect(faultOfForm(form(more))).not.toBeNull();
});
