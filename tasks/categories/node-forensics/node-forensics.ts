import { nodeForensicsRequest } from '../../../runbooks/node-forensics';
import { readTouchedCluster } from '../../clusters/touched';
import { readNode } from '../../forensics/node';
import { readPeers } from '../../forensics/peers';
import { readClusters } from '../../permissions';
import type { AnyReader } from '../../triage/reading';
import type { Category } from '../category';
import { factsOf } from './facts';
import { nodeForensicsReader } from './reader';

/** A node that another incident or a responder asks to be preserved and isolated. */
export const nodeForensics: Category = {
  id: 'node-forensics',
  reader: nodeForensicsReader as AnyReader,
  permissions: [
    readClusters,
    readPeers,
    {
      actions: [
        'ec2:DescribeAddresses',
        'ec2:DescribeIamInstanceProfileAssociations',
        'ec2:DescribeImages',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribePrefixLists',
        'ec2:DescribeVpcEndpoints',
        'ssm:DescribeInstanceInformation',
      ],
      on: ['*'],
    },
    { actions: ['iam:GetInstanceProfile'], on: [`arn:\${Partition}:iam::\${Account}:instance-profile/*`] },
  ],

  /** Whoever asks for it: one node is one incident while it is open. */
  correlation: ({ detail }) => detail['node'] ?? null,

  parentOf(facts) {
    const request = nodeForensicsRequest.safeParse(facts);
    if (!request.success || request.data.parent === null) return null;
    return { incidentId: request.data.parent.incidentId, node: request.data.node };
  },

  async reach(context, { facts, subjects }) {
    const request = nodeForensicsRequest.safeParse(facts);
    const [subject] = subjects;
    if (!request.success || subject === undefined) return { clusters: [], touches: [], exposed: [] };
    const asked = request.data.cluster;
    const [node, told] = await Promise.all([
      subject.type === 'AWS::EC2::Instance' ? readNode(context.aws.ec2, subject.id) : null,
      asked === null ? null : readTouchedCluster(context, asked),
    ]);
    const name = node?.cluster ?? asked;
    if (name === null) return { clusters: [], touches: [], exposed: [] };
    // A cluster that is gone, or that we may not read, has nodes all the same.
    const tags = (name === asked ? told : await readTouchedCluster(context, name))?.tags ?? {};
    return { clusters: [{ name, tags }], touches: ['nodes'], exposed: [] };
  },

  facts: (context, dossier) => factsOf(context, dossier),

  // What is kept of a node is collected by tasks of its own.
  state: async () => null,
  baselineOf: async () => [],
};
