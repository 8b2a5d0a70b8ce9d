import type { VirtualScheduler } from '../../../replay/engine/scheduler';

/** Follows some work to its end on the virtual clock; `patient`: and whatever it started. */
export async function follow<T>(scheduler: VirtualScheduler, work: Promise<T>, patient: boolean): Promise<T> {
  let settled = false;
  const ended = work.finally(() => {
    settled = true;
  });
  ended.catch(() => undefined);
  await scheduler.run(patient ? {} : { until: () => settled });
  return ended;
}
