import { approvalOf, hash, people, Stage, token } from './stage';

/**
 * Every kind of click by every kind of person on every state of a question. What is expected is said here once more, in its
 * own words: who a person is comes before what they click, and the state of the question comes last.
 */

const clicks = [
  'approve',
  'reject',
  'reject without a reason',
  'more-time',
  'outdated approve',
  'unknown question',
] as const;
type Click = (typeof clicks)[number];

const states = {
  open: {},
  'open, one of two': { needed: 2 },
  'without more time': { moreTime: { bySeconds: 60, times: 0 } },
  'past its deadline': { deadline: '2026-03-14T02:49:59.000Z' },
  approved: { status: 'APPROVED' },
  rejected: { status: 'REJECTED' },
  expired: { status: 'EXPIRED' },
  void: { status: 'VOID' },
} as const satisfies Record<string, Partial<ReturnType<typeof approvalOf>>>;
type State = keyof typeof states;

const kinds = Object.keys(people) as (keyof typeof people)[];

/** What a click comes to: what is recorded, or why nothing is. */
function expected(click: Click, state: State, kind: keyof typeof people): string {
  if (click === 'reject without a reason') return 'say why';
  if (click === 'unknown question') return 'no such question';
  if (kind === 'bot') return 'apps and bots';
  if (kind === 'deactivated') return 'deactivated';
  if (kind === 'guest') return 'another workspace';
  if (kind === 'actor') return 'whose actions this is about';
  if (click === 'outdated approve') return 'no longer what would be done';
  if (kind === 'outside') return 'does not list you';
  if (['approved', 'rejected', 'expired', 'void'].includes(state)) return `already ${state}`;
  if (state === 'past its deadline') return 'time for answering is over';
  if (click === 'reject') return 'REJECTED';
  if (click === 'more-time') return state === 'without more time' ? 'no more time' : 'EXTENDED';
  return state === 'open, one of two' ? 'COUNTED' : 'APPROVED';
}

const cells = clicks.flatMap((click) =>
  (Object.keys(states) as State[]).flatMap((state) => kinds.map((kind) => [click, state, kind] as const)),
);

test.each(cells)('%s on a question that is %s, by: %s', async (click, state, kind) => {
  const stage = new Stage();
  const id = await stage.ask(states[state]);
  const user = people[kind];
  const said = await {
    approve: () => stage.click(user, 'approve', id),
    reject: () => stage.reject(user, id, 'no'),
    'reject without a reason': () => stage.reject(user, id, '  \n '),
    'more-time': () => stage.click(user, 'more-time', id),
    'outdated approve': () => stage.click(user, 'approve', id, 'b'.repeat(64)),
    'unknown question': () => stage.click(user, 'approve', 'another'),
  }[click]();

  const want = expected(click, state, kind);
  const before = approvalOf(states[state]);
  const after = await stage.store.approvals.read(id);
  const refusals = [...stage.whispered, said.body ?? ''].join(' ').toLowerCase();
  expect(said.statusCode).toBe(200);
  switch (want) {
    case 'APPROVED':
    case 'REJECTED': {
      const verdict = want === 'APPROVED' ? 'approve' : 'reject';
      expect(after).toMatchObject({ status: want, votes: [{ userId: user, verdict, shown: hash, via: 'slack' }] });
      expect(stage.sent).toMatchObject([{ token, output: { verdict: want.toLowerCase(), approvalId: id } }]);
      break;
    }
    case 'EXTENDED':
      expect(after).toMatchObject({ status: 'PENDING', deadline: '2026-03-14T03:47:00.000Z', votes: [] });
      expect(stage.sent).toMatchObject([{ token, output: { verdict: 'extended' } }]);
      break;
    case 'COUNTED':
      expect(after).toMatchObject({ status: 'PENDING', votes: [{ userId: user }] });
      expect(stage.sent).toEqual([]);
      break;
    default:
      expect(after).toEqual(before);
      expect(refusals).toContain(want);
      expect(refusals.includes('nothing was changed by you') || want === 'say why').toBe(true);
  }
});

test('the matrix has every cell', () => {
  expect(cells).toHaveLength(6 * 8 * 8);
});
