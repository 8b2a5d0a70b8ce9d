import { join } from 'node:path';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import { identity, readEstate } from '../../../replay/estate/description';
import { type Call, Estate } from '../../../replay/estate/estate';
import type { Change } from '../../../runbooks/change';
import type { Json, Resource } from '../../../runbooks/incident';
import type { Action, ActionContext } from '../../../tasks/actions/action';
import { awsClients } from '../../../tasks/aws/clients';
import { networkChange } from '../../../tasks/categories/network-change/network-change';
import { networkChangeReader } from '../../../tasks/categories/network-change/reader';
import type { Dossier, JoinedEvent } from '../../../tasks/dossier';
import { event } from '../../../tasks/triage/event';
import { follow } from '../../replay/engine/follow';

/** Somebody's call, such as `['ec2:RevokeSecurityGroupIngress', { GroupId: … }]`. */
export type Deed = readonly [call: string, input: Readonly<Record<string, unknown>>];

export interface Stage {
  readonly context: ActionContext;
  readonly estate: Estate;
  /** Records the baseline of every cluster. */
  remember(): Promise<void>;
  /** Somebody does it, and what EventBridge tells of it joins the incident. */
  happens(...deeds: readonly Deed[]): Promise<void>;
  dossier(): Dossier;
  /** Follows some work to its end on the virtual clock, and with `patient` whatever it started. */
  follow<T>(work: Promise<T>, patient?: boolean): Promise<T>;
  /** What the action called since the last time, of what changes something. */
  ownCalls(): Deed[];
}

const begins = Date.parse('2026-10-01T05:00:00Z');

const description = readEstate(join(__dirname, '..', '..', 'estates', 'two-clusters.yaml'));

/** An account with two clusters, and the means that an action has in it. */
export function stage(): Stage {
  const scheduler = new VirtualScheduler(begins);
  const joined: JoinedEvent[] = [];
  const recorded = new Map<string, Json>();
  let calls: Call[] = [];
  let listening = false;
  const estate = new Estate({
    description,
    scheduler,
    begins,
    onCall: (call) => calls.push(call),
    onEvent: (told) => {
      const it = event.parse(told);
      if (!listening || !networkChangeReader.recognizes(it)) return;
      const { subjects, facts, touches } = networkChangeReader.read(it);
      const name = String(it.detail['eventName']);
      joined.push({ eventId: it.id, time: it.time, name, actor: null, subjects, facts, touches });
    },
  });
  const aws = awsClients(description.region);
  estate.mount(aws, identity.parse({ type: 'AssumedRole', role: 'apply-changes', session: 'apply-changes' }));
  const keyOf = ({ type, id }: Resource) => `${type} ${id}`;
  const context: ActionContext = {
    aws,
    kubernetes: () => Promise.reject(new Error('no action on networks asks Kubernetes')),
    now: () => new Date(scheduler.now()),
    baseline: async (target) => recorded.get(keyOf(target)) ?? null,
    problems: new Set(),
    left: new Set(),
    isSealed: async () => false,
    leavesOthers: async () => true,
    goes: async () => {},
    nodesSpared: async () => [],
  };

  const followed = <T>(work: Promise<T>, patient = true): Promise<T> => follow(scheduler, work, patient);

  return {
    context,
    estate,
    follow: followed,
    remember: () =>
      followed(
        (async () => {
          for (const target of await networkChange.baselineOf(context, ['payments', 'analytics'])) {
            const state = await networkChange.state(context, target);
            if (state !== null) recorded.set(keyOf(target), state);
          }
        })(),
      ),
    async happens(...deeds) {
      listening = true;
      for (const [call, input] of deeds) await followed(estate.act('mallory', call, input));
      listening = false;
      calls = [];
    },
    dossier: () => ({
      incidentId: 'incident',
      category: 'network-change',
      account: description.account,
      region: description.region,
      openedAt: new Date(begins).toISOString(),
      severity: null,
      decision: null,
      decidedOn: null,
      settings: {},
      clusters: [{ name: 'payments', tags: {} }],
      events: joined,
      actor: null,
      signs: [],
      context: [],
    }),
    ownCalls() {
      const own = calls.filter(({ changes }) => changes).map((it): Deed => [`${it.service}:${it.action}`, it.input]);
      calls = [];
      return own;
    },
  };
}

export interface Case {
  readonly name: string;
  /** Whether what stood before was recorded. */
  readonly recorded?: boolean;
  readonly deeds: readonly Deed[];
  /** The lines of the changes that are proposed. */
  readonly proposes: readonly string[];
  readonly knownFrom?: Change['knownFrom'];
  /** What is left to people, by a part of its words. */
  readonly leaves?: readonly string[];
  /** The calls that applying makes. */
  readonly calls: readonly Deed[];
}

/**
 * What holds of every case of an action: it proposes these lines and makes these calls, stands by it afterwards, makes no
 * call where all is done, goes on where a call was throttled, and its undo brings back what people found.
 */
export function testAction(action: Action, cases: readonly Case[]): void {
  describe.each(cases)('$name', ({ recorded = true, deeds, proposes, knownFrom, leaves = [], calls }) => {
    const played = async () => {
      const on = stage();
      if (recorded) await on.remember();
      await on.happens(...deeds);
      const changes = await on.follow(action.propose(on.context, on.dossier()));
      return { ...on, changes };
    };
    const applyAll = async ({ context, follow }: Stage, changes: readonly Change[]) => {
      for (const change of changes) await follow(action.apply(context, change));
    };

    test('proposes exact changes and changes nothing', async () => {
      const { changes, context, follow, ownCalls } = await played();
      expect(changes.map(({ line }) => line)).toEqual(proposes);
      expect([...context.left]).toEqual(leaves.map((words) => expect.stringContaining(words) as string));
      if (knownFrom !== undefined) expect(changes.map((it) => it.knownFrom)).toEqual(changes.map(() => knownFrom));
      for (const change of changes) expect(await follow(action.present(context, change))).toEqual(change.before);
      expect(ownCalls()).toEqual([]);
    });

    test('makes these calls, and none when it is asked again', async () => {
      const on = await played();
      await applyAll(on, on.changes);
      expect(on.ownCalls()).toEqual(calls);
      await applyAll(on, on.changes);
      expect(on.ownCalls()).toEqual([]);
    });

    test('stands as proposed', async () => {
      const on = await played();
      await applyAll(on, on.changes);
      for (const change of on.changes) {
        expect(await on.follow(action.verify(on.context, change, null))).toEqual({ state: 'done' });
        expect(await on.follow(action.present(on.context, change))).toEqual(change.after);
      }
    });

    test('says so where it was not applied', async () => {
      const { changes, context, follow } = await played();
      for (const change of changes) {
        expect(await follow(action.verify(context, change, null))).toMatchObject({ state: 'failed' });
      }
    });

    for (const call of new Set(calls.map(([name]) => name))) {
      test(`goes on where ${call} was throttled`, async () => {
        const on = await played();
        const [service = '', name = ''] = call.split(':');
        const error = { name: 'RequestLimitExceeded', message: 'Request limit exceeded.' };
        // The SDK gives up at the third.
        on.estate.injectFault({ service, action: name, error, times: 3 });
        await expect(applyAll(on, on.changes)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
        await applyAll(on, on.changes);
        for (const change of on.changes) {
          expect(await on.follow(action.verify(on.context, change, null))).toEqual({ state: 'done' });
        }
      });
    }

    test('can be undone to what was found', async () => {
      const on = await played();
      await applyAll(on, on.changes);
      const inverses = on.changes.flatMap((change) => action.undo(change) ?? []);
      await applyAll(on, [...inverses].reverse());
      for (const change of on.changes) {
        expect(await on.follow(action.present(on.context, change))).toEqual(change.before);
      }
      expect(inverses).toHaveLength(on.changes.length);
    });
  });
}
