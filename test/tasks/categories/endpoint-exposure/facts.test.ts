import { UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import { factsOf } from '../../../../tasks/categories/endpoint-exposure/facts';
import { endpointExposureReader } from '../../../../tasks/categories/endpoint-exposure/reader';
import { stage } from '../../actions/stage';
import { eventRecord } from '../../store/records';
import { calledEks } from '../../triage/eks-record';

const access = { endpointPublicAccess: true, endpointPrivateAccess: true, publicAccessCidrs: ['0.0.0.0/0'] };
const request = { name: 'payments', resourcesVpcConfig: access };
const opened = calledEks('UpdateClusterConfig', request);

test.each([
  ['read', []],
  ['refused', ['ListUpdates']],
  ['refused in part', ['DescribeUpdate']],
])('an endpoint that is being opened is told as open where its updates are %s', async (_how, refused) => {
  const { context, estate, dossier, follow } = stage();
  for (const action of refused) {
    const error = { name: 'AccessDeniedException', message: 'not authorized' };
    estate.injectFault({ service: 'eks', action, error });
  }
  const { subjects, facts, touches } = endpointExposureReader.read(opened);
  const joined = { time: opened.time, subjects: [...subjects], facts, touches: [...touches] };
  const incident = {
    ...dossier(),
    clusters: [{ name: 'payments', tags: {} }],
    events: [eventRecord('e', joined)],
  };
  const whileItIsOpened = async () => {
    await context.aws.eks.send(new UpdateClusterConfigCommand(request));
    return factsOf(context, incident, { allowedCidrs: [] });
  };
  const known = await follow(whileItIsOpened());
  expect(known).toMatchObject({ clusterStatus: 'UPDATING', endpointPublic: 'yes', opensToInternet: 'yes' });
  expect([...context.problems]).toHaveLength(refused.length);
});
