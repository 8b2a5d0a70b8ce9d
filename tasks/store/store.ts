import { Approvals } from './approvals';
import { Baselines } from './baselines';
import { Brake } from './brake';
import { Chain } from './chain';
import { Incidents } from './incidents';
import { Leases } from './leases';
import { Ledger } from './ledger';
import { Signatures } from './signatures';
import { Table, type TableClient } from './table';

/** The incident store: one DynamoDB table, a file for each thing that it keeps. */
export interface Store {
  readonly incidents: Incidents;
  readonly approvals: Approvals;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly chain: Chain;
  readonly baselines: Baselines;
  readonly brake: Brake;
  readonly signatures: Signatures;
}

export interface StoreScope {
  readonly tableName: string;
  readonly account: string;
  readonly region: string;
}

export function openStore(client: TableClient, { tableName, account, region }: StoreScope): Store {
  const table = new Table(client, tableName);
  return {
    incidents: new Incidents(table),
    approvals: new Approvals(table),
    ledger: new Ledger(table),
    leases: new Leases(table, account, region),
    chain: new Chain(table),
    baselines: new Baselines(table, account, region),
    brake: new Brake(table, account),
    signatures: new Signatures(table),
  };
}
