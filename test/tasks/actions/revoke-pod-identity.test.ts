import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociation,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { mockClient } from 'aws-sdk-client-mock';
import type { Change } from '../../../runbooks/change';
import type { Json } from '../../../runbooks/incident';
import { revokePodIdentity } from '../../../tasks/actions/revoke-pod-identity';
import { stage } from './stage';

const eks = mockClient(EKSClient);
const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const whose = { namespace: 'shop', serviceAccount: 'checkout' };

/** EKS knows this one association. */
function known(association: PodIdentityAssociation): void {
  const one = { ...whose, ...association };
  eks.reset();
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: 'payments', status: 'ACTIVE' } });
  eks.on(ListPodIdentityAssociationsCommand).resolves({ associations: [one] });
  eks.on(DescribePodIdentityAssociationCommand).resolves({ association: one });
}

const { context, dossier } = stage();
const clients = { ...context, aws: { ...context.aws, eks: new EKSClient({ region: 'eu-central-1' }) } };

const given = (role: string, targetRoleArn: string | null = null) => ({
  cluster: 'payments',
  ...whose,
  association: { roleArn: arn(role), targetRoleArn, policy: null, disableSessionTags: false, tags: {} },
});
const change = (before: Json, after: Json): Change => ({
  id: 'revoke-pod-identity:payments/shop/checkout',
  action: 'revoke-pod-identity',
  target: { type: 'AWS::EKS::PodIdentityAssociation', id: 'payments/shop/checkout' },
  before,
  after,
  line: '',
  reversible: true,
  knownFrom: 'baseline',
  owner: null,
  warnings: [],
});

test('another role is given by an update, and the association keeps its id', async () => {
  known({ associationId: 'a-1', roleArn: arn('stolen') });
  await revokePodIdentity.apply(clients, change(given('stolen'), given('own')));
  expect(eks.commandCalls(UpdatePodIdentityAssociationCommand).map(({ args }) => args[0].input)).toEqual([
    { clusterName: 'payments', associationId: 'a-1', roleArn: arn('own'), disableSessionTags: false },
  ]);
  expect(eks.commandCalls(DeletePodIdentityAssociationCommand)).toEqual([]);
});

test('a target role is taken off by making the association anew: an update leaves what it does not name', async () => {
  known({ associationId: 'a-1', roleArn: arn('own'), targetRoleArn: arn('elsewhere') });
  await revokePodIdentity.apply(clients, change(given('own', arn('elsewhere')), given('own')));
  expect(eks.commandCalls(DeletePodIdentityAssociationCommand).map(({ args }) => args[0].input)).toEqual([
    { clusterName: 'payments', associationId: 'a-1' },
  ]);
  expect(eks.commandCalls(CreatePodIdentityAssociationCommand).map(({ args }) => args[0].input)).toEqual([
    { clusterName: 'payments', ...whose, roleArn: arn('own'), disableSessionTags: false, tags: {} },
  ]);
});

test('nothing is called where the service account has that role already', async () => {
  known({ associationId: 'a-2', roleArn: arn('own') });
  await revokePodIdentity.apply(clients, change(given('stolen'), given('own')));
  expect(eks.commandCalls(UpdatePodIdentityAssociationCommand)).toEqual([]);
  expect(eks.commandCalls(CreatePodIdentityAssociationCommand)).toEqual([]);
});

test('of a role that nobody recorded nothing is guessed, and people are told', async () => {
  known({ associationId: 'a-1', roleArn: arn('stolen') });
  const touch = {
    ...{ cluster: 'payments', resource: 'pod-identity', kind: 'updated', attempt: null, name: 'a-1' },
    ...{ settings: [], access: null },
  };
  const event = { eventId: 'e', time: '2026-10-01T05:00:00Z', name: 'n', actor: null, subjects: [], facts: null };
  const left = new Set<string>();
  const it = { ...dossier(), events: [{ ...event, touches: [touch] }] };
  expect(await revokePodIdentity.propose({ ...clients, left }, it)).toEqual([]);
  expect([...left]).toEqual([
    'Nobody recorded which role payments/shop/checkout had before: look at its association a-1.',
  ]);
});
