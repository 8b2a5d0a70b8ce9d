import { createHash } from 'node:crypto';
import type { Table } from './table';

/** Signed requests that have been taken: the same one is not taken twice. */
export class Signatures {
  constructor(private readonly table: Table) {}

  /** Whether it is new. It is kept until `forgetAt` (seconds since the epoch), which is after it has lost its force. */
  async firstUse(signature: string, forgetAt: number): Promise<boolean> {
    const digest = createHash('sha256').update(signature).digest('hex');
    return this.table.putIf(
      { pk: `SIGNATURE#${digest}`, sk: 'SIGNATURE' },
      { ttl: forgetAt },
      { when: 'attribute_not_exists(pk)' },
    );
  }
}
