import { RealScheduler } from '../../../replay/engine/scheduler';

test('real time runs what is due in order, and not what was called off', async () => {
  const scheduler = new RealScheduler();
  const ran: string[] = [];
  const now = scheduler.now();
  const callOff = scheduler.at(now + 1, () => ran.push('called off'));
  scheduler.at(now - 1_000, () => ran.push('overdue'));
  callOff();
  await scheduler.sleep(5);
  expect(ran).toEqual(['overdue']);
});
