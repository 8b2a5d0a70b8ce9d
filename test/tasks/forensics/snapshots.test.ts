import { requestSnapshots } from '../../../tasks/forensics/snapshots';
import { node, nodeStage, nodes } from '../actions/node-stage';

test('a volume with as many tags as it may have is no way out of a snapshot', async () => {
  const { context, estate, follow } = nodeStage(nodes);
  estate.injectFault({
    ...{ service: 'ec2', action: 'CreateSnapshots', times: 1 },
    error: { name: 'TagLimitExceeded', message: 'The number of tags has exceeded the limit' },
  });
  const snapshots = await follow(requestSnapshots(context.aws.ec2, 'incident', node, 'hash'));
  expect(snapshots.map(({ volumeId }) => volumeId).sort()).toEqual(['vol-0a1000000000001', 'vol-0a1000000000002']);
});

test('what EC2 refuses for another reason is no snapshot', async () => {
  const { context, estate, follow } = nodeStage(nodes);
  const error = { name: 'SnapshotLimitExceeded', message: 'Maximum allowed number of snapshots reached' };
  estate.injectFault({ service: 'ec2', action: 'CreateSnapshots', error });
  await expect(follow(requestSnapshots(context.aws.ec2, 'incident', node, 'hash'))).rejects.toMatchObject(error);
});
