import {
  type ConfigServiceClient,
  DescribeComplianceByResourceCommand,
  type EvaluationResult,
  GetComplianceDetailsByResourceCommand,
} from '@aws-sdk/client-config-service';
import type { Json } from '../../runbooks/incident';

/** What Config judges and the look does not read itself. */
const types = ['AWS::EC2::SecurityGroup', 'AWS::EC2::Volume'] as const;

/**
 * Every resource that breaks a rule now, once for each rule, in the shape in which Config told of it when it began. None where
 * Config does not record. Errors are AWS's own.
 */
export async function readStanding(config: ConfigServiceClient): Promise<{ readonly [field: string]: Json }[]> {
  const found = [];
  for (const ResourceType of types) {
    for (const ResourceId of await brokenOf(config, ResourceType)) {
      for (const { EvaluationResultIdentifier, Annotation } of await rulesOf(config, ResourceType, ResourceId)) {
        found.push({
          resourceType: ResourceType,
          resourceId: ResourceId,
          configRuleName: EvaluationResultIdentifier?.EvaluationResultQualifier?.ConfigRuleName ?? '',
          newEvaluationResult: {
            complianceType: 'NON_COMPLIANT',
            ...(Annotation === undefined ? {} : { annotation: Annotation }),
          },
        });
      }
    }
  }
  return found;
}

async function brokenOf(config: ConfigServiceClient, ResourceType: string): Promise<string[]> {
  const ids: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await config.send(
      new DescribeComplianceByResourceCommand({ ResourceType, ComplianceTypes: ['NON_COMPLIANT'], NextToken }),
    );
    ids.push(...(page.ComplianceByResources ?? []).flatMap(({ ResourceId }) => ResourceId ?? []));
    NextToken = page.NextToken === '' ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return ids;
}

async function rulesOf(config: ConfigServiceClient, ResourceType: string, ResourceId: string) {
  const results: EvaluationResult[] = [];
  let NextToken: string | undefined;
  do {
    const page = await config.send(
      new GetComplianceDetailsByResourceCommand({
        ...{ ResourceType, ResourceId, NextToken },
        ComplianceTypes: ['NON_COMPLIANT'],
      }),
    );
    results.push(...(page.EvaluationResults ?? []));
    NextToken = page.NextToken === '' ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return results;
}
