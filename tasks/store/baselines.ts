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

  private partition(target: Resource): string {
    return `BASELINE#${this.account}#${this.region}#${target.type}#${target.id}`;
  }
}
