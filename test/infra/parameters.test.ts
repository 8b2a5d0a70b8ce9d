import { readParameters } from '../../infra/parameters';

const given = (context: Readonly<Record<string, unknown>>) => readParameters((name) => context[name]);

test('both parameters may be left out', () => {
  expect(given({})).toEqual({ evidenceRetentionDays: 365 });
});

test('the command line gives texts', () => {
  expect(given({ evidenceRetentionDays: '90', fallbackEmail: 'oncall@example.com' })).toEqual({
    evidenceRetentionDays: 90,
    fallbackEmail: 'oncall@example.com',
  });
});

test.each([
  [
    { evidenceRetentionDays: 'abc' },
    '--context evidenceRetentionDays=abc: it must be a whole number of days, 1 to 36500',
  ],
  [{ evidenceRetentionDays: '0' }, '--context evidenceRetentionDays=0: it must be a whole number of days, 1 to 36500'],
  [{ fallbackEmail: 'oncall' }, '--context fallbackEmail=oncall: it must be an e-mail address'],
])('%j is refused in one line', (context, message) => {
  expect(() => given(context)).toThrow(message);
});
