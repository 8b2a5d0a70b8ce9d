import type { DecisionDeps } from './deps';
import { follow } from './hear';

/**
 * Finishes what was left undone: a decision that was recorded and whose machine has not heard of it, and a question that
 * Slack would not take when it was asked. Answers how many questions are still open.
 */
export async function sweep(deps: DecisionDeps): Promise<{ finished: number; open: number }> {
  let finished = 0;
  let open = 0;
  for (const id of await deps.store.approvals.waiting()) {
    const approval = await deps.store.approvals.find(id);
    if (approval === null) continue;
    if (approval.status === 'PENDING') {
      open++;
      const { message } = await deps.store.incidents.read(approval.incidentId);
      if (message === null) await deps.responders.present(approval.incidentId, { quietly: true });
    } else if (await follow(approval, deps)) {
      finished++;
    } else {
      open++;
    }
  }
  return { finished, open };
}
