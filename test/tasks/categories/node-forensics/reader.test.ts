import { nodeForensicsReader } from '../../../../tasks/categories/node-forensics/reader';
import type { Event } from '../../../../tasks/triage/event';

function requested(detail: Event['detail'], source = 'eks-incident-response'): Event {
  return {
    id: '1',
    source,
    'detail-type': 'Node Forensics Requested',
    account: '111122223333',
    region: 'eu-central-1',
    time: '2026-05-12T10:00:00Z',
    resources: [],
    detail,
  };
}

test('reads a request, with what it leaves out', () => {
  const { subjects, facts } = nodeForensicsReader.read(requested({ node: 'i-0a10000000000000a' }));
  expect(subjects).toEqual([{ type: 'AWS::EC2::Instance', id: 'i-0a10000000000000a' }]);
  expect(facts).toMatchObject({ pods: [], processIds: [], addresses: [], parent: null });
});

test('a pod’s name that no cluster could have given is left out, and the others are kept', () => {
  const pods = [
    { namespace: 'shop', name: "x'; reboot; '" },
    { namespace: 'shop', name: 'checkout-6d9f-x2x7k' },
  ];
  const { facts } = nodeForensicsReader.read(requested({ node: 'i-0a10000000000000a', pods, unknown: '$(id)' }));
  expect(facts).toMatchObject({ pods: [{ namespace: 'shop', name: 'checkout-6d9f-x2x7k' }] });
});

test.each([['i-0a1; reboot'], ['../i-0a10000000000000a'], [17], [null]])('%j is no node', (node) => {
  expect(nodeForensicsReader.read(requested({ node })).subjects).toEqual([]);
});

test('a Fargate node has a name and no instance', () => {
  const { subjects } = nodeForensicsReader.read(
    requested({ node: 'fargate-ip-10-20-1-5.eu-central-1.compute.internal' }),
  );
  expect(subjects[0]?.type).toBe('Kubernetes::Node');
});

test('a namesake from another source is not a request', () => {
  expect(nodeForensicsReader.recognizes(requested({}, 'com.example'))).toBe(false);
});
