import { type Evaluation, PutEvaluationsCommand } from '@aws-sdk/client-config-service';
import { z } from 'zod';
import { driftSettings } from '../../runbooks/posture-drift';
import { readClusters, readRules } from '../aws/network';
import { networkChange } from '../categories/network-change/network-change';
import type { Deps } from '../deps';
import { deviationsOf } from '../network/minimum';
import { readPosture } from '../posture/cluster';
import { driftOf } from '../posture/drift';
import { defineTask, lambdaFunction } from '../task';
import { type ComplianceCheck, complianceCheck, evaluateCompliance } from './contract';

const invoking = z.looseObject({ notificationCreationTime: z.iso.datetime() });
const parameters = z.looseObject({ check: complianceCheck });
/** Config's limits: https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html */
const evaluationsAtOnce = 100;
const annotationLength = 256;

/** A resource and what is wrong with it; nothing where all is well. */
interface Judged {
  readonly type: string;
  readonly id: string;
  readonly wrong: readonly string[];
}

export const task = defineTask(evaluateCompliance, async ({ invokingEvent, ruleParameters, resultToken }, deps) => {
  const { notificationCreationTime } = invoking.parse(JSON.parse(invokingEvent));
  const { check } = parameters.parse(JSON.parse(ruleParameters));
  const judged = check === 'security-group-minimum' ? await judgeGroups(deps) : await judgeClusters(deps, check);
  const evaluations = judged.map(({ type, id, wrong }): Evaluation => {
    const annotation = wrong.length === 0 ? {} : { Annotation: wrong.join('; ').slice(0, annotationLength) };
    return {
      ComplianceResourceType: type,
      ComplianceResourceId: id,
      ComplianceType: wrong.length === 0 ? 'COMPLIANT' : 'NON_COMPLIANT',
      OrderingTimestamp: new Date(notificationCreationTime),
      ...annotation,
    };
  });
  for (let start = 0; start < Math.max(1, evaluations.length); start += evaluationsAtOnce) {
    const Evaluations = evaluations.slice(start, start + evaluationsAtOnce);
    await deps.aws.config.send(new PutEvaluationsCommand({ Evaluations, ResultToken: resultToken }));
  }
  const nonCompliant = judged.filter(({ wrong }) => wrong.length > 0).length;
  return { compliant: judged.length - nonCompliant, nonCompliant };
});

async function judgeClusters({ aws, plan }: Deps, check: Exclude<ComplianceCheck, 'security-group-minimum'>) {
  const settings = driftSettings.parse(plan('posture-drift').plan.settings);
  const judged: Judged[] = [];
  for (const { name } of await readClusters(aws.eks)) {
    const posture = await readPosture(aws.eks, name);
    if (posture === null) continue;
    const wrong = driftOf(posture, settings).flatMap(({ kind, line }) => (kind === check ? line : []));
    judged.push({ type: 'AWS::EKS::Cluster', id: name, wrong });
  }
  return judged;
}

/** The groups of control planes, nodes and pods. */
async function judgeGroups(deps: Deps): Promise<Judged[]> {
  const clusters = await readClusters(deps.aws.eks);
  const names = clusters.map(({ name }) => name);
  const judged: Judged[] = [];
  for (const { type, id } of await networkChange.baselineOf(deps, names)) {
    if (type !== 'AWS::EC2::SecurityGroup') continue;
    const rules = (await readRules(deps.aws.ec2, [id])).map(({ rule }) => rule);
    const isClusterGroup = clusters.some(({ clusterSecurityGroupId }) => clusterSecurityGroupId === id);
    judged.push({ type, id, wrong: deviationsOf(id, rules, { isClusterGroup }) });
  }
  return judged;
}

export const handler = lambdaFunction(task);
