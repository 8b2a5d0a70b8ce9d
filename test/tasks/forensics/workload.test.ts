import { rolesOfSuspects } from '../../../tasks/forensics/workload';
import type { Kubernetes } from '../../../tasks/kubernetes/kubernetes';
import { nodeStage, nodes } from '../actions/node-stage';

/** What the service account of a suspect pod says of its role, and what is believed of it. */
async function rolesBy(roleArn: string, serviceAccount = 'checkout', within = 'shop') {
  const { context, dossier, follow } = nodeStage(nodes, { pods: [{ namespace: within, name: 'pod' }] });
  const kubernetes: Partial<Kubernetes> = {
    pod: async (namespace, name) => ({
      metadata: { namespace, name },
      spec: { serviceAccountName: serviceAccount, containers: [] },
    }),
    serviceAccount: async () => ({ metadata: { annotations: { 'eks.amazonaws.com/role-arn': roleArn } } }),
  };
  const roles = await follow(
    rolesOfSuspects({ ...context, kubernetes: async () => kubernetes as Kubernetes }, dossier),
  );
  return { roles: roles.map(({ role }) => role), left: [...context.left] };
}

test.each([
  ['arn:aws:iam::111122223333:role/checkout', 'checkout', 'shop'],
  ['arn:aws:iam::111122223333:role/report', 'any-of-them', 'jobs'],
])('%s trusts the service account %s of %s', async (arn, serviceAccount, within) => {
  expect(await rolesBy(arn, serviceAccount, within)).toEqual({ roles: [arn.split('/')[1]], left: [] });
});

test.each([
  ['trusts another service account', 'arn:aws:iam::111122223333:role/checkout', 'intruder'],
  ['is the role of nodes', 'arn:aws:iam::111122223333:role/payments-node', 'checkout'],
  ['is of another account, and has the name of one of ours', 'arn:aws:iam::999999999999:role/checkout', 'checkout'],
  ['is the responders’ own', 'arn:aws:iam::111122223333:role/eks-incident-response/apply-changes', 'checkout'],
  ['is not there', 'arn:aws:iam::111122223333:role/gone', 'checkout'],
  ['is none', 'checkout', 'checkout'],
])('an annotation is no proof: the role that it names %s', async (_, arn, serviceAccount) => {
  const { roles, left } = await rolesBy(arn, serviceAccount);
  expect(roles).toEqual([]);
  expect(left).toEqual([expect.stringContaining(`names the role ${arn} and cannot have it`)]);
});
