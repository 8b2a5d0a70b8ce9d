import { type Approval, type ApprovalStatus, approval, type Vote } from '../../runbooks/decision';
import { RecordMissing } from '../errors';
import type { Key, Table } from './table';

const key = (approvalId: string): Key => ({ pk: `APPROVAL#${approvalId}`, sk: 'APPROVAL' });

/** What became of a vote. Only `counted` and `decided` changed anything. */
export type VoteResult =
  | { readonly kind: 'decided'; readonly approval: Approval }
  | { readonly kind: 'counted'; readonly approval: Approval }
  | { readonly kind: 'already-decided'; readonly approval: Approval }
  | { readonly kind: 'already-voted'; readonly approval: Approval }
  | { readonly kind: 'not-an-approver'; readonly approval: Approval }
  | { readonly kind: 'outdated'; readonly approval: Approval }
  | { readonly kind: 'too-late'; readonly approval: Approval }
  | { readonly kind: 'unknown' };

/**
 * Questions to humans. An approval leaves PENDING exactly once, by a conditional write; the task token lies beside it and
 * leaves the store only towards Step Functions.
 */
export class Approvals {
  constructor(private readonly table: Table) {}

  /** Asks, once: asking again with the same id renews the token only while nothing is decided. */
  async ask(question: Approval, taskToken: string): Promise<Approval> {
    await this.table.putIf(key(question.id), { ...question, taskToken }, { when: 'attribute_not_exists(pk)' });
    await this.table.update(key(question.id), 'SET taskToken = :token', {
      when: '#status = :pending',
      names: { '#status': 'status' },
      values: { ':token': taskToken, ':pending': 'PENDING' },
    });
    return this.read(question.id);
  }

  async read(approvalId: string): Promise<Approval> {
    const found = await this.find(approvalId);
    if (found === null) throw new RecordMissing(`approval ${approvalId} is not in the store`);
    return found.approval;
  }

  /** For the decision handler alone. */
  async taskToken(approvalId: string): Promise<string | null> {
    return (await this.find(approvalId))?.taskToken ?? null;
  }

  /**
   * Records one person's vote on what that person was shown. One rejection decides; approvals decide when as many as
   * needed have come.
   */
  async vote(approvalId: string, shownHash: string, vote: Vote): Promise<VoteResult> {
    for (;;) {
      const found = await this.find(approvalId);
      if (found === null) return { kind: 'unknown' };
      const present = found.approval;
      if (present.changeSetHash !== shownHash) return { kind: 'outdated', approval: present };
      if (!present.approvers.includes(vote.userId)) return { kind: 'not-an-approver', approval: present };
      if (present.status !== 'PENDING') return { kind: 'already-decided', approval: present };
      if (vote.at >= present.deadline) return { kind: 'too-late', approval: present };
      if (present.votes.some(({ userId }) => userId === vote.userId))
        return { kind: 'already-voted', approval: present };

      const votes = [...present.votes, vote];
      const approvals = votes.filter(({ verdict }) => verdict === 'approve').length;
      const status: ApprovalStatus =
        vote.verdict === 'reject' ? 'REJECTED' : approvals >= present.needed ? 'APPROVED' : 'PENDING';
      const recorded = await this.table.update(
        key(approvalId),
        'SET votes = :votes, #status = :status, decidedAt = :at',
        {
          when: '#status = :pending AND changeSetHash = :shown AND size(votes) = :seen',
          names: { '#status': 'status' },
          values: {
            ':votes': votes,
            ':status': status,
            ':at': status === 'PENDING' ? null : vote.at,
            ':pending': 'PENDING',
            ':shown': shownHash,
            ':seen': present.votes.length,
          },
        },
      );
      if (recorded === null) continue;
      const after = parse(recorded).approval;
      return { kind: status === 'PENDING' ? 'counted' : 'decided', approval: after };
    }
  }

  /** Ends the question without a human's word, unless one came first. Answers how it stands then. */
  async end(approvalId: string, as: 'EXPIRED' | 'VOID', at: string): Promise<Approval> {
    await this.table.update(key(approvalId), 'SET #status = :status, decidedAt = :at', {
      when: '#status = :pending',
      names: { '#status': 'status' },
      values: { ':status': as, ':at': at, ':pending': 'PENDING' },
    });
    return this.read(approvalId);
  }

  private async find(approvalId: string): Promise<{ approval: Approval; taskToken: string } | null> {
    const item = await this.table.get(key(approvalId));
    return item === null ? null : parse(item);
  }
}

function parse(item: Record<string, unknown>): { approval: Approval; taskToken: string } {
  const { pk: _pk, sk: _sk, taskToken, ...rest } = item;
  return { approval: approval.parse(rest), taskToken: String(taskToken) };
}
