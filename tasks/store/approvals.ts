import {
  type Approval,
  type Asking,
  approval,
  type Extension,
  extended,
  type Heard,
  type Unheard,
  type Vote,
  voted,
} from '../../runbooks/approval';
import { RecordMissing } from '../errors';
import type { Key, Table } from './table';

const key = (approvalId: string): Key => ({ pk: `APPROVAL#${approvalId}`, sk: 'APPROVAL' });
/** Questions whose answer a machine may still be waiting for. */
const waitingPrefix = 'WAITS#';
const waiting = (approvalId: string): Key => ({ pk: 'APPROVALS', sk: `${waitingPrefix}${approvalId}` });
const ofIncident = (incidentId: string, approvalId: string): Key => ({
  pk: `INCIDENT#${incidentId}`,
  sk: `APPROVAL#${approvalId}`,
});
const undoPrefix = 'UNDO-REQUEST#';

/** What became of somebody's word. The first three changed something. */
export type Said =
  | { readonly kind: 'decided' | 'counted' | 'extended'; readonly approval: Approval }
  | { readonly kind: Unheard; readonly approval: Approval }
  | { readonly kind: 'unknown' };

/** Who asked for an undo, and how. */
export interface UndoRequest {
  readonly userId: string;
  readonly at: string;
  readonly from: string;
}

/**
 * Questions to humans. An approval leaves PENDING exactly once, by a conditional write; the task token lies beside it and
 * leaves the store only towards Step Functions.
 */
export class Approvals {
  constructor(private readonly table: Table) {}

  /**
   * Asks, or asks the same again with another token: a machine that waits anew. Answers how the question stands: where it
   * is no longer PENDING the token is not kept, and whoever asks has to follow what was decided.
   */
  async ask(question: Approval, taskToken: string): Promise<Approval> {
    const at = key(question.id);
    await this.table.putIf(at, { ...question, taskToken }, { when: 'attribute_not_exists(pk)' });
    await this.table.put(ofIncident(question.incidentId, question.id), { askedAt: question.askedAt });
    await this.table.put(waiting(question.id), {});
    const renewed = await this.table.update(at, 'SET taskToken = :token', {
      when: '#status = :pending',
      names: { '#status': 'status' },
      values: { ':token': taskToken, ':pending': 'PENDING' },
    });
    return renewed === null ? this.read(question.id) : parse(renewed).approval;
  }

  async read(approvalId: string): Promise<Approval> {
    const found = await this.find(approvalId);
    if (found === null) throw new RecordMissing(`approval ${approvalId} is not in the store`);
    return found;
  }

  /** The approval, or null where there is none. */
  async find(approvalId: string): Promise<Approval | null> {
    const item = await this.table.get(key(approvalId));
    return item === null ? null : parse(item).approval;
  }

  /** For the decision handler alone. */
  async taskToken(approvalId: string): Promise<string | null> {
    const item = await this.table.get(key(approvalId));
    return item === null ? null : parse(item).taskToken;
  }

  /** Every question of an incident, in the order in which they were asked. */
  async ofIncident(incidentId: string): Promise<Approval[]> {
    const items = await this.table.list(`INCIDENT#${incidentId}`, 'APPROVAL#');
    const all = await Promise.all(items.map(({ sk }) => this.read(String(sk).slice('APPROVAL#'.length))));
    return all.sort((a, b) => (a.askedAt < b.askedAt ? -1 : a.askedAt > b.askedAt ? 1 : a.round - b.round));
  }

  /** The questions whose machines may be waiting still, decided or not. */
  async waiting(): Promise<string[]> {
    return (await this.table.list(waiting('').pk, waitingPrefix)).map(({ sk }) =>
      String(sk).slice(waitingPrefix.length),
    );
  }

  /** The machine has been told, or has gone on without: nobody waits any more. */
  async settle(approvalId: string): Promise<void> {
    await this.table.deleteIf(waiting(approvalId), {});
  }

  /** Records one person's vote on what that person was shown. */
  vote(approvalId: string, word: Vote): Promise<Said> {
    return this.say(approvalId, (present) => voted(present, word));
  }

  /** Gives the responders more time, if the plan leaves any. */
  extend(approvalId: string, word: Omit<Extension, 'until'>): Promise<Said> {
    return this.say(approvalId, (present) => extended(present, word));
  }

  private async say(
    approvalId: string,
    hear: (present: Approval) => Heard<'decided' | 'counted' | 'extended'>,
  ): Promise<Said> {
    for (;;) {
      const present = await this.find(approvalId);
      if (present === null) return { kind: 'unknown' };
      const heard = hear(present);
      if ('unheard' in heard) return { kind: heard.unheard, approval: present };
      const written = await this.move(present, heard.next);
      if (written !== null) return { kind: heard.act, approval: written };
    }
  }

  /** Notes that people were asked once more, or others too; null where the question has moved meanwhile. */
  noteAsked(present: Approval, asking: Asking): Promise<Approval | null> {
    const approvers = [...new Set([...present.approvers, ...asking.userIds])];
    const escalate = asking.as === 'escalated' ? null : present.escalate;
    return this.move(present, { ...present, approvers, escalate, asked: [...present.asked, asking] });
  }

  /** The time is over. Null where the question has moved meanwhile: by a decision, or by more time. */
  expire(present: Approval, at: string): Promise<Approval | null> {
    return this.move(present, { ...present, status: 'EXPIRED', decidedAt: at });
  }

  /** Ends the question, unless it was decided before. Answers how it stands then. */
  async voidIt(approvalId: string, at: string): Promise<Approval> {
    for (;;) {
      const present = await this.read(approvalId);
      if (present.status !== 'PENDING') return present;
      const written = await this.move(present, { ...present, status: 'VOID', decidedAt: at });
      if (written !== null) return written;
    }
  }

  /** The one way in which a question changes: from PENDING, as it was read, naming the hash that was shown. */
  private async move(present: Approval, next: Approval): Promise<Approval | null> {
    const { approvers, escalate, votes, asked, extensions, deadline, status, decidedAt } = next;
    const fields = { approvers, escalate, votes, asked, extensions, deadline, status, decidedAt };
    const names = Object.keys(fields);
    const written = await this.table.update(
      key(present.id),
      `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}, #revision = :next`,
      {
        when: '#status = :pending AND changeSetHash = :shown AND #revision = :seen',
        names: Object.fromEntries([...names, 'revision'].map((name) => [`#${name}`, name])),
        values: {
          ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
          ':next': present.revision + 1,
          ':pending': 'PENDING',
          ':shown': next.changeSetHash,
          ':seen': present.revision,
        },
      },
    );
    return written === null ? null : parse(written).approval;
  }

  async noteUndoRequest(incidentId: string, request: UndoRequest): Promise<void> {
    await this.table.put(
      { pk: `INCIDENT#${incidentId}`, sk: `${undoPrefix}${request.at}#${request.userId}` },
      { ...request },
    );
  }

  async undoRequests(incidentId: string): Promise<UndoRequest[]> {
    const items = await this.table.list(`INCIDENT#${incidentId}`, undoPrefix);
    return items.map(({ userId, at, from }) => ({ userId: String(userId), at: String(at), from: String(from) }));
  }
}

function parse(item: Record<string, unknown>): { approval: Approval; taskToken: string } {
  const { pk: _pk, sk: _sk, taskToken, ...rest } = item;
  return { approval: approval.parse(rest), taskToken: String(taskToken) };
}
