import type { ActorSign } from '../../runbooks/actor-signs';
import { suspectsOf } from '../../tasks/suspects';
import { readActor } from '../../tasks/triage/cloudtrail';

const user = (name: string) => {
  const actor = readActor({
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/${name}`, userName: name },
  });
  if (actor === null) throw new Error('a user is an actor');
  return actor;
};
const event = (name: string) => ({
  eventId: name,
  time: '2026-05-01T00:00:00Z',
  name: 'ec2.amazonaws.com:TerminateInstances',
  actor: user(name),
  subjects: [],
  facts: null,
  touches: [],
});
const known = (signs: Readonly<Record<string, readonly ActorSign[]>>) =>
  Object.entries(signs).map(([name, its]) => ({ principal: `arn:aws:iam::111122223333:user/${name}`, signs: its }));

test.each<[string, string | null, Readonly<Record<string, readonly ActorSign[]>>, string[]]>([
  ['whoever stands behind it', 'eve', { eve: ['no-mfa', 'denied-calls'] }, ['eve']],
  ['whoever stands behind it, though nothing speaks against them', 'eve', {}, ['eve']],
  ['and another against whom as much speaks', 'eve', { eve: ['no-mfa'], bob: ['denied-calls'] }, ['eve', 'bob']],
  ['and nobody against whom less speaks', 'eve', { eve: ['no-mfa', 'denied-calls'], bob: ['no-mfa'] }, ['eve']],
  ['where nobody can tell, whoever something speaks against', null, { bob: ['no-mfa'] }, ['bob']],
])('suspected is %s', (_, actor, signs, names) => {
  const events = [event('eve'), event('bob'), event('carol')];
  const suspects = suspectsOf({ actor: actor === null ? null : user(actor), signs: known(signs), events });
  expect([...new Set(suspects.map(({ name }) => name))]).toEqual(names);
});
