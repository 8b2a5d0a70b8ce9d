import { AwsError } from '../aws-error';
import { type Account, type Commands, text } from '../command';

export const configCommands = (begins: number): Commands => ({
  DescribeComplianceByResource: {
    run({ description }: Account, input) {
      const found = description.nonCompliant.filter(({ type }) => type === text(input, 'ResourceType'));
      return {
        ComplianceByResources: [...new Set(found.map(({ id }) => id))].map((id) => ({
          ResourceType: text(input, 'ResourceType'),
          ResourceId: id,
          Compliance: { ComplianceType: 'NON_COMPLIANT' },
        })),
      };
    },
  },

  GetComplianceDetailsByResource: {
    run({ description }: Account, input) {
      const found = description.nonCompliant.filter(
        ({ type, id }) => type === text(input, 'ResourceType') && id === text(input, 'ResourceId'),
      );
      return {
        EvaluationResults: found.map(({ type, id, rule }) => ({
          EvaluationResultIdentifier: {
            EvaluationResultQualifier: { ConfigRuleName: rule, ResourceType: type, ResourceId: id },
          },
          ComplianceType: 'NON_COMPLIANT',
        })),
      };
    },
  },

  GetResourceConfigHistory: {
    run({ description }: Account, input) {
      const known = description.config
        .filter(({ type, id }) => type === text(input, 'resourceType') && id === text(input, 'resourceId'))
        .map((item) => ({ ...item, at: begins - item.minutesBefore * 60_000 }));
      if (known.length === 0) {
        throw new AwsError(
          'ResourceNotDiscoveredException',
          `Resource ${text(input, 'resourceId')} of resourceType:${text(input, 'resourceType')} is unknown or has not been discovered`,
        );
      }
      const until = input['laterTime'] instanceof Date ? input['laterTime'].getTime() : Number.POSITIVE_INFINITY;
      const items = known
        .filter(({ at }) => at <= until)
        .sort((a, b) => (input['chronologicalOrder'] === 'Forward' ? a.at - b.at : b.at - a.at))
        .slice(0, typeof input['limit'] === 'number' ? input['limit'] : 10);
      return {
        configurationItems: items.map((item) => ({
          resourceType: item.type,
          resourceId: item.id,
          configurationItemCaptureTime: new Date(item.at),
          configuration: JSON.stringify(item.configuration),
        })),
      };
    },
  },
});
