import { errorName } from '../../tasks/errors';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

test.each([
  ['AccessDenied', 'no', 'AccessDenied: no'],
  ['Gone', 'first line\nsecond line', 'Gone: first line'],
  ['Silent', '', 'Silent'],
  ['Error', 'only 20 are looked into', 'only 20 are looked into'],
  [
    'UnauthorizedOperation',
    'You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6X',
    'UnauthorizedOperation: You are not authorized to perform this operation.',
  ],
])('%s: %j is told as %j', (name, message, told) => {
  expect(errorName(named(name, message))).toBe(told);
});
