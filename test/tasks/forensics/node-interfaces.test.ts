import { readNodeInterfaces } from '../../../tasks/forensics/node';
import { node, nodeStage, nodes } from '../actions/node-stage';

const trunk = { id: 'eni-0ff0000000000001a', subnet: 'subnet-0a1a1a1a1a1a1a1a1', ip: '10.20.1.90', tags: {} };
const groups = ['sg-0c10c10c10c10c101'];
const onTrunk = { 'vpcresources.k8s.aws/trunk-eni-id': trunk.id };

test('interfaces on the node’s trunk are its own, but not one that is attached to another node, whatever its tags say', async () => {
  const { context, follow } = nodeStage({
    ...nodes,
    interfaces: [
      ...nodes.interfaces,
      { ...trunk, instance: node, device: 5, description: 'aws-k8s-trunk-eni', groups },
      { ...trunk, id: 'eni-0ff0000000000002a', ip: '10.20.1.91', description: '', groups, tags: onTrunk },
      {
        ...trunk,
        ...{ id: 'eni-0ff0000000000003a', ip: '10.20.1.92', description: '', groups, tags: onTrunk },
        ...{ instance: 'i-0a20000000000000b', device: 5 },
      },
    ],
  });
  const found = (await follow(readNodeInterfaces(context.aws.ec2, node))).map(({ id }) => id);
  expect(found).toContain('eni-0ff0000000000002a');
  expect(found).not.toContain('eni-0ff0000000000003a');
});
