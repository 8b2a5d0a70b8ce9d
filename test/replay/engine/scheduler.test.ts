import { VirtualScheduler } from '../../../replay/engine/scheduler';

describe('virtual time', () => {
  it('runs what is due in order of time, then of setting', async () => {
    const scheduler = new VirtualScheduler(0);
    const seen: string[] = [];
    scheduler.at(20, () => seen.push('late'));
    scheduler.at(10, () => seen.push('first at 10'));
    scheduler.at(10, () => seen.push('second at 10'));
    await scheduler.run();
    expect(seen).toEqual(['first at 10', 'second at 10', 'late']);
    expect(scheduler.now()).toBe(20);
  });

  it('jumps over a long wait', async () => {
    const scheduler = new VirtualScheduler(1_000);
    let woke = 0;
    void scheduler.sleep(4 * 3_600_000).then(() => {
      woke = scheduler.now();
    });
    await scheduler.run();
    expect(woke).toBe(1_000 + 4 * 3_600_000);
  });

  it('does not run what was called off', async () => {
    const scheduler = new VirtualScheduler(0);
    const seen: string[] = [];
    const cancel = scheduler.at(10, () => seen.push('cancelled'));
    scheduler.at(20, () => seen.push('kept'));
    cancel();
    await scheduler.run();
    expect(seen).toEqual(['kept']);
  });

  it('stands still while tracked work is under way', async () => {
    const scheduler = new VirtualScheduler(0);
    const seen: string[] = [];
    scheduler.at(10, () => seen.push('timer'));
    const outside = scheduler.track(
      new Promise<void>((resolve) => {
        let turns = 0;
        const spin = () => (++turns < 50 ? setImmediate(spin) : resolve());
        spin();
      }),
    );
    void outside.then(() => seen.push('outside'));
    await scheduler.run();
    expect(seen).toEqual(['outside', 'timer']);
  });

  it('stops at its horizon and goes on from there', async () => {
    const scheduler = new VirtualScheduler(0);
    const seen: number[] = [];
    for (const due of [5, 15]) scheduler.at(due, () => seen.push(due));
    await scheduler.run({ horizon: 10 });
    expect(seen).toEqual([5]);
    await scheduler.run();
    expect(seen).toEqual([5, 15]);
  });
});
