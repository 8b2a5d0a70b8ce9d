import * as z from 'zod';
import type { Resource } from '../../runbooks/incident';
import type { Key, Table } from './table';

const key = (account: string, region: string, target: Resource): Key => ({
  pk: `LEASE#${account}#${region}#${target.type}#${target.id}`,
  sk: 'LEASE',
});

const lease = z.object({
  /** The incident that holds it; null when it was let go. */
  holder: z.string().nullable(),
  /** Grows with every new holder. Work done under an older number is refused. */
  fence: z.number().int().positive(),
  expiresAt: z.string(),
});
export type Lease = z.infer<typeof lease>;

/** One incident at a time changes a resource, from its proposal until it is verified. */
export class Leases {
  constructor(
    private readonly table: Table,
    private readonly account: string,
    private readonly region: string,
  ) {}

  /** Takes or renews the lease. Answers the lease, or the one of whoever holds it. */
  async take(
    target: Resource,
    holder: string,
    now: string,
    expiresAt: string,
  ): Promise<{ mine: boolean; lease: Lease }> {
    const at = key(this.account, this.region, target);
    const names = { '#holder': 'holder' };
    const taken = await this.table.update(
      at,
      'SET #holder = :me, expiresAt = :until, fence = if_not_exists(fence, :zero) + :one',
      {
        when: 'attribute_not_exists(pk) OR #holder = :nobody OR #holder <> :me AND expiresAt < :now',
        names,
        values: { ':me': holder, ':until': expiresAt, ':zero': 0, ':one': 1, ':nobody': null, ':now': now },
      },
    );
    if (taken !== null) return { mine: true, lease: lease.parse(taken) };

    const renewed = await this.table.update(at, 'SET expiresAt = :until', {
      when: '#holder = :me',
      names,
      values: { ':until': expiresAt, ':me': holder },
    });
    if (renewed !== null) return { mine: true, lease: lease.parse(renewed) };
    const present = await this.table.get(at);
    return { mine: false, lease: lease.parse(present) };
  }

  /** The fencing number under which `holder` may work now, or null where the lease is lost. */
  async fence(target: Resource, holder: string, now: string): Promise<number | null> {
    const item = await this.table.get(key(this.account, this.region, target));
    const present = lease.safeParse(item);
    if (!present.success || present.data.holder !== holder || present.data.expiresAt <= now) return null;
    return present.data.fence;
  }

  async letGo(target: Resource, holder: string): Promise<void> {
    await this.table.update(key(this.account, this.region, target), 'SET #holder = :nobody', {
      when: '#holder = :me',
      names: { '#holder': 'holder' },
      values: { ':nobody': null, ':me': holder },
    });
  }
}
