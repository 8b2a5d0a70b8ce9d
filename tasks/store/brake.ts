import * as z from 'zod';
import type { Table } from './table';

const goers = z.object({
  version: z.number().int().default(0),
  going: z.array(z.string()).default([]),
  ttl: z.number().default(0),
});

/**
 * The brake: while it is on for an account, or for all (`*`), incidents are recorded and proposals made, but nothing is
 * changed. And the caps: how much may happen without a human within an hour.
 */
export class Brake {
  constructor(
    private readonly table: Table,
    private readonly account: string,
  ) {}

  /** Why nothing may be changed now, or null. */
  async observeOnly(): Promise<string | null> {
    const brakes = ['*', this.account].map((scope) => this.table.get({ pk: `BRAKE#${scope}`, sk: 'BRAKE' }));
    const on = (await Promise.all(brakes)).find((item) => item?.['observeOnly'] === true);
    return on == null ? null : String(on['because'] ?? 'observe-only mode is on');
  }

  /** Puts the brake on for this account. */
  async engage(because: string): Promise<void> {
    await this.table.put({ pk: `BRAKE#${this.account}`, sk: 'BRAKE' }, { observeOnly: true, because });
  }

  /**
   * Notes that a node is to go from a group, and answers whether one of the others stays, beside those that are to go at
   * this moment and have not gone yet. Two that go at once are never both told so of the other. Times in seconds since 1970.
   */
  async leavesOthers(
    group: string,
    node: string,
    others: readonly string[],
    { now, forgetAt }: { readonly now: number; readonly forgetAt: number },
  ): Promise<boolean> {
    const key = { pk: `CAP#${this.account}#group#${group}`, sk: 'GOING' };
    for (;;) {
      const found = await this.table.get(key);
      const { version, ttl, ...noted } = goers.parse(found ?? {});
      // DynamoDB takes its time to delete what has expired.
      const going = ttl < now ? [] : noted.going;
      if (!others.some((other) => !going.includes(other))) return false;
      const written = await this.table.putIf(
        key,
        { version: version + 1, going: [...new Set([...going, node])], ttl: forgetAt },
        found === null
          ? { when: 'attribute_not_exists(pk)' }
          : { when: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } },
      );
      if (written) return true;
    }
  }

  /** Counts an incident against a cap, once however often it is asked. False: the cap is reached without it. */
  async withinCap(name: string, hour: string, incidentId: string, cap: number, forgetAt: number): Promise<boolean> {
    if (cap === 0) return false;
    const counted = await this.table.update(
      { pk: `CAP#${this.account}#${name}`, sk: hour },
      'ADD incidents :me SET #ttl = :ttl',
      {
        when: 'attribute_not_exists(incidents) OR contains(incidents, :id) OR size(incidents) < :cap',
        names: { '#ttl': 'ttl' },
        values: { ':me': new Set([incidentId]), ':id': incidentId, ':cap': cap, ':ttl': forgetAt },
      },
    );
    return counted !== null;
  }
}
