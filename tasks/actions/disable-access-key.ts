import { type IAMClient, ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Action } from './action';
import { inverted } from './inverted';
import { principalsOf } from './principals';

const status = z.enum(['Active', 'Inactive']);
const side = z.strictObject({ user: z.string(), status });

/** Takes a user's long-lived key out of use. The key remains: it can be taken back into use, and read about in the records. */
export const disableAccessKey: Action = {
  id: 'disable-access-key',
  description: 'Disables the access key of a user that looks stolen',
  permissions: {
    read: [{ actions: ['iam:ListAccessKeys'], on: [`arn:\${Partition}:iam::\${Account}:user/*`] }],
    write: [{ actions: ['iam:UpdateAccessKey'], on: [`arn:\${Partition}:iam::\${Account}:user/*`] }],
  },

  async propose({ aws }, dossier) {
    const changes: Change[] = [];
    for (const { kind, name, accessKeyId } of principalsOf(dossier)) {
      // A session's key (ASIA…) ends by itself and cannot be disabled.
      if (kind !== 'user' || !accessKeyId?.startsWith('AKIA')) continue;
      const keys = await keysOf(aws.iam, name);
      if (keys?.get(accessKeyId) !== 'Active') continue;
      const others = [...keys].filter(([id, it]) => id !== accessKeyId && it === 'Active').map(([id]) => id);
      changes.push({
        id: `disable-access-key:${accessKeyId}`,
        action: 'disable-access-key',
        target: { type: 'AWS::IAM::AccessKey', id: accessKeyId },
        before: { user: name, status: 'Active' },
        after: { user: name, status: 'Inactive' },
        line: `${name}: disable the access key ${accessKeyId}`,
        reversible: true,
        knownFrom: 'event',
        owner: null,
        warnings: [
          `Whatever else uses this key stops. Sessions that were made with it before go on for up to 36 hours.`,
          ...(others.length === 0 ? [] : [`${name} has other keys that stay active: ${others.join(', ')}.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws }, { target, before }) {
    const { user } = side.parse(before);
    const now = (await keysOf(aws.iam, user))?.get(target.id);
    return now === undefined ? null : { user, status: now };
  },

  async apply(context, change) {
    const present = side.safeParse(await this.present(context, change));
    const { user, status: wanted } = side.parse(change.after);
    if (!present.success || present.data.status === wanted) return;
    await context.aws.iam.send(
      new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: change.target.id, Status: wanted }),
    );
  },

  async verify(context, change) {
    const present = side.safeParse(await this.present(context, change));
    return present.success && present.data.status === side.parse(change.after).status
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is ${present.data?.status ?? 'gone'}` };
  },

  undo: inverted,
};

/** A user's keys and whether each is in use; null where there is no such user. */
async function keysOf(iam: IAMClient, UserName: string): Promise<ReadonlyMap<string, 'Active' | 'Inactive'> | null> {
  try {
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
    return new Map(
      (AccessKeyMetadata ?? []).map(({ AccessKeyId, Status }) => [
        AccessKeyId ?? '',
        Status === 'Active' ? ('Active' as const) : ('Inactive' as const),
      ]),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}
