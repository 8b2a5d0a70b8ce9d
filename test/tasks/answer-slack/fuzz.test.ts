import { fuzz } from './fuzz';

test('a thousand mutated requests: none fails, none has an effect, none learns anything', async () => {
  const { statuses } = await fuzz(1_000, 20260314);
  expect(Object.keys(statuses)).toEqual(['200', '400', '401']);
}, 20_000);
