import { type ComplianceType, GetComplianceDetailsByResourceCommand } from '@aws-sdk/client-config-service';
import type { Cluster } from '@aws-sdk/client-eks';
import type * as z from 'zod';
import {
  type EndpointEventFacts,
  type EndpointExposureFacts,
  type EndpointTouch,
  endpointEventFacts,
  type endpointExposureSettings,
  endpointRuleNames,
  endpointTouch,
} from '../../../runbooks/endpoint-exposure';
import { matchesName } from '../../../runbooks/rule-names';
import type { ActionContext } from '../../actions/action';
import { ownerByTags } from '../../aws/network';
import { endpointSetting, factsOfEndpoint, recordedEndpoint } from '../../clusters/endpoint';
import { readSetting } from '../../clusters/setting';
import { readStanding } from '../../clusters/status';
import type { Dossier } from '../../dossier';
import { isWithin } from '../../network/addresses';
import { readPrior } from '../../network/prior';
import type { Permission } from '../../permission';
import { unlessRefused } from '../../unless-refused';

export const readFindings: Permission = { actions: ['config:GetComplianceDetailsByResource'], on: ['*'] };

/** The facts of the whole incident: the cluster is read again, and so is Config's finding. */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  { allowedCidrs }: z.infer<typeof endpointExposureSettings>,
): Promise<EndpointExposureFacts> {
  const touches = touchesOf(dossier);
  const name = dossier.clusters[0]?.name ?? '';
  const { cluster, clusterStatus } = await readStanding(context, name);
  const facts =
    cluster !== null
      ? await unlessRefused(
          context,
          `what is being changed of ${name}`,
          worse(standing(cluster), toldOf(dossier)),
          async () => factsOfEndpoint(await readSetting(context.aws.eks, cluster, endpointSetting)),
        )
      : clusterStatus === 'gone'
        ? closed
        : toldOf(dossier);

  const created = touches.some(({ kind }) => kind === 'created');
  const first = dossier.events[0]?.time ?? dossier.openedAt;
  const prior = created
    ? null
    : await readPrior(context, { type: 'AWS::EKS::Cluster', id: name }, first, recordedEndpoint);
  const stood = prior?.state.publicCidrs ?? [];
  return {
    ...facts,
    clusterStatus,
    created,
    outsideAllowed: facts.publicCidrs.filter((cidr) => !allowedCidrs.some((allowed) => isWithin(cidr, allowed))),
    widened: facts.publicCidrs.filter((cidr) => !stood.some((known) => isWithin(cidr, known))),
    before: created ? 'nothing' : (prior?.from ?? 'unknown'),
    owner: ownerByTags(cluster?.tags ?? {}),
    finding: touches.some(({ kind }) => kind === 'found') ? await readFinding(context, name) : 'none',
  };
}

function touchesOf({ events }: Dossier): EndpointTouch[] {
  return events.flatMap(({ touches }) => touches.map((touch) => endpointTouch.parse(touch)));
}

/** The endpoint as the events tell of it, the last that says so: all that is known where the cluster may not be read. */
function toldOf({ events }: Dossier): EndpointEventFacts {
  const said = events.map(({ facts }) => endpointEventFacts.parse(facts)).reverse();
  const known = (fact: 'endpointPublic' | 'privateAccess' | 'opensToInternet') =>
    said.map((it) => it[fact]).find((answer) => answer !== 'unknown') ?? 'unknown';
  return {
    endpointPublic: known('endpointPublic'),
    publicCidrs: said.find(({ publicCidrs }) => publicCidrs.length > 0)?.publicCidrs ?? [],
    privateAccess: known('privateAccess'),
    opensToInternet: known('opensToInternet'),
  };
}

function standing(cluster: Cluster): EndpointEventFacts {
  return factsOfEndpoint(endpointSetting.of(cluster));
}

/** Where nobody can say which of the two it will be: a cluster is described as it was until an update has ended. */
function worse(one: EndpointEventFacts, other: EndpointEventFacts): EndpointEventFacts {
  const either = (fact: 'endpointPublic' | 'privateAccess' | 'opensToInternet', bad: 'yes' | 'no') => {
    const said = [one[fact], other[fact]].filter((answer) => answer !== 'unknown');
    return said.find((answer) => answer === bad) ?? said[0] ?? 'unknown';
  };
  return {
    endpointPublic: either('endpointPublic', 'yes'),
    publicCidrs: [...new Set([...one.publicCidrs, ...other.publicCidrs])].sort(),
    privateAccess: either('privateAccess', 'no'),
    opensToInternet: either('opensToInternet', 'yes'),
  };
}

const closed: EndpointEventFacts = {
  endpointPublic: 'no',
  publicCidrs: [],
  privateAccess: 'unknown',
  opensToInternet: 'no',
};

/** Config speaks when its opinion changes: what it says now is asked again. */
async function readFinding({ aws }: ActionContext, name: string): Promise<EndpointExposureFacts['finding']> {
  try {
    const ComplianceTypes: ComplianceType[] = ['NON_COMPLIANT'];
    const { EvaluationResults } = await aws.config.send(
      new GetComplianceDetailsByResourceCommand({
        ResourceType: 'AWS::EKS::Cluster',
        ResourceId: name,
        ComplianceTypes,
      }),
    );
    const rules = (EvaluationResults ?? []).map(
      ({ EvaluationResultIdentifier: it }) => it?.EvaluationResultQualifier?.ConfigRuleName ?? '',
    );
    return rules.some((rule) => matchesName(endpointRuleNames, rule)) ? 'stands' : 'cleared';
  } catch {
    // The cluster has been read itself: what Config thinks of it is the lesser witness.
    return 'unknown';
  }
}
