import { denyRoleSessions as action } from '../../../tasks/actions/deny-role-sessions';
import { nodeStage, nodes } from './node-stage';

test.each([
  ['/', ['stolen: deny everything to all of its sessions']],
  ['/teams/', ['stolen: deny everything to all of its sessions']],
  ['/eks-incident-response/', []],
  ['/aws-service-role/eks.amazonaws.com/', []],
  ['/aws-reserved/sso.amazonaws.com/', []],
])('of a role that a finding names, with the path %s', async (path, lines) => {
  const [like] = nodes.roles;
  if (like === undefined) throw new Error('the account has roles');
  const roles = [...nodes.roles, { ...like, name: 'stolen', path }];
  const { context, dossier, follow } = nodeStage({ ...nodes, roles });
  const touches = [{ kind: 'principal', principal: 'role', name: 'stolen', accessKeyId: null }];
  const events = dossier.events.map((event) => ({ ...event, touches }));
  const changes = await follow(action.propose(context, { ...dossier, events }));
  expect(changes.map(({ line }) => line)).toEqual(lines);
});
