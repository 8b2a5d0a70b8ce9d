import * as z from 'zod';
import type { Table } from './table';

/** Within any run of so many seconds a cap holds, wherever it begins. */
const windowSeconds = 3_600;

const recent = z.object({
  version: z.number().int().default(0),
  /** When each happened last, in seconds since 1970. */
  noted: z.record(z.string(), z.number()).default({}),
});

/**
 * The brake: while it is on for an account, or for all (`*`), incidents are recorded and proposals made, but nothing is
 * changed. And the caps: how much may happen without a human within any 60 minutes.
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
   * Whether one of the others of a group stays when a node goes, beside those that are to go at this moment and have not
   * gone yet: if so, it counts as going from then on. Two that go at once are never both told so of the other. `now` in
   * seconds since 1970.
   */
  leavesOthers(group: string, node: string, others: readonly string[], now: number): Promise<boolean> {
    return this.noteIf(`group#${group}`, node, now, (going) => others.some((other) => !going.has(other)));
  }

  /** Counts a node as going whatever stays of its group: people have said so. `now` in seconds since 1970. */
  async goes(group: string, node: string, now: number): Promise<void> {
    await this.noteIf(`group#${group}`, node, now, () => true);
  }

  /** Counts an incident against a cap, once however often it is asked. False: the cap is reached without it. `now` in seconds since 1970. */
  withinCap(name: string, incidentId: string, cap: number, now: number): Promise<boolean> {
    return this.noteIf(name, incidentId, now, (counted) => counted.size < cap);
  }

  /**
   * Notes that something happens now if it may beside what else did within the window. Of two that find the last place free
   * one writes first, and the other looks again. What is noted anew counts from its last time: no window loses sight of it.
   */
  private async noteIf(
    name: string,
    what: string,
    now: number,
    mayBeside: (others: ReadonlySet<string>) => boolean,
  ): Promise<boolean> {
    const key = { pk: `CAP#${this.account}#${name}`, sk: 'RECENT' };
    for (;;) {
      const found = await this.table.get(key);
      const { version, noted } = recent.parse(found ?? {});
      const others = Object.entries(noted).filter(([other, at]) => other !== what && now - at <= windowSeconds);
      if (!mayBeside(new Set(others.map(([other]) => other)))) return false;
      const written = await this.table.putIf(
        key,
        {
          version: version + 1,
          noted: { ...Object.fromEntries(others), [what]: now },
          // What is left behind when nothing happens any more: DynamoDB deletes it in its own time.
          ttl: now + 2 * windowSeconds,
        },
        found === null
          ? { when: 'attribute_not_exists(pk)' }
          : { when: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } },
      );
      if (written) return true;
    }
  }
}
