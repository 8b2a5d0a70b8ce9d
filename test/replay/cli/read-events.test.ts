import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadInput } from '../../../replay/cli/bad-input';
import { readEvents } from '../../../replay/cli/read-events';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'events');
  writeFileSync(path, text);
  return path;
}

const one = { id: '1', detail: {} };
const two = { id: '2', detail: { event: 'not a wrapper' } };

it.each([
  ['one event', JSON.stringify(one), [one]],
  ['one event over several lines', JSON.stringify(one, null, 2), [one]],
  ['one event on one line with an end', `${JSON.stringify(one)}\n`, [one]],
  ['an array', JSON.stringify([one, two], null, 2), [one, two]],
  ['an empty array', '[]', []],
  ['an array of wrapped events', JSON.stringify([{ event: one }]), [one]],
  ['a wrapped event', JSON.stringify({ n: 0, name: 'x', event: one }), [one]],
  ['lines', `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`, [one, two]],
  [
    'lines with gaps, a byte order mark and CRLF',
    `\uFEFF${JSON.stringify(one)}\r\n\r\n${JSON.stringify(two)}\r\n`,
    [one, two],
  ],
  ['lines of wrapped events', `${JSON.stringify({ event: one })}\n${JSON.stringify({ event: two })}`, [one, two]],
  ['what is no event, for the reader of events to refuse', '7', [7]],
])('reads %s', (_told, text, expected) => {
  expect(readEvents(file(text)).map(({ event }) => event)).toEqual(expected);
});

it('says where each stands', () => {
  const lines = file(`${JSON.stringify(one)}\n\n${JSON.stringify(two)}\n`);
  expect(readEvents(lines).map(({ where }) => where)).toEqual([`${lines}:1`, `${lines}:3`]);
  const array = file(JSON.stringify([one, two]));
  expect(readEvents(array).map(({ where }) => where)).toEqual([`${array}, event 1`, `${array}, event 2`]);
});

it.each([
  ['an empty file', ' \n', ':1: the file is empty'],
  ['a text', 'severity: high\n', ':1: not JSON'],
  ['a bad line among good ones', '{"id":"1"}\n{"id":\n{"id":"3"}\n', ':2: not JSON'],
  ['a fault within a document', '[\n  {"id": "1"},\n  {"id" "2"}\n]\n', ':3: not JSON'],
  ['a document that ends too early', '[\n  {"id": "1"},\n', ':2: not JSON'],
])('refuses %s, and says where', (_told, text, message) => {
  const path = file(text);
  expect(() => readEvents(path)).toThrow(BadInput);
  expect(() => readEvents(path)).toThrow(`${path}${message}`);
});

it.each([
  ['a file that is not there', 'nothing', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
])('refuses %s', (_told, name, code) => {
  expect(() => readEvents(join(folder, name))).toThrow(`cannot be read (${code}): give a file of events`);
});
