import type { Json, Resource } from '../../runbooks/incident';
import { json } from '../../runbooks/incident';
import type { Table } from './table';

/** What resources of clusters looked like whenever they were recorded. */
export class Baselines {
  constructor(
    private readonly table: Table,
    private readonly account: string,
    private readonly region: string,
  ) {}

  async record(target: Resource, at: string, state: Json, forgetAt: number): Promise<void> {
    await this.table.put({ pk: this.partition(target), sk: at }, { state, ttl: forgetAt });
  }

  /** The last recording strictly before a moment (ISO 8601), or null. */
  async before(target: Resource, moment: string): Promise<Json | null> {
    // Without its Z a moment sorts just before itself.
    const item = await this.table.last(this.partition(target), '0', moment.replace(/Z$/, ''));
    return item === null ? null : json.parse(item['state']);
  }

  /**
   * From now on the target may be as somebody made it who should not have: it is not recorded until the incident has ended
   * in a way that people or the plan stand by. Otherwise the next proposal would put back what an attacker left.
   */
  async dispute(target: Resource, incidentId: string, forgetAt: number): Promise<void> {
    await this.table.put(
      { pk: this.disputes, sk: disputeKey(target, incidentId) },
      { target: keyOf(target), ttl: forgetAt },
    );
  }

  async settle(target: Resource, incidentId: string): Promise<void> {
    await this.table.deleteIf({ pk: this.disputes, sk: disputeKey(target, incidentId) }, {});
  }

  /** Which targets are disputed now. */
  async disputed(): Promise<(target: Resource) => boolean> {
    const items = await this.table.list(this.disputes, disputePrefix);
    const keys = new Set(items.map(({ target }) => String(target)));
    return (target) => keys.has(keyOf(target));
  }

  private get disputes(): string {
    return `DISPUTED#${this.account}#${this.region}`;
  }

  private partition(target: Resource): string {
    return `BASELINE#${this.account}#${this.region}#${keyOf(target)}`;
  }
}

const disputePrefix = 'TARGET#';

function disputeKey(target: Resource, incidentId: string): string {
  return `${disputePrefix}${keyOf(target)}#${incidentId}`;
}

function keyOf({ type, id }: Resource): string {
  return `${type}#${id}`;
}
