import { AwsError } from '../aws-error';
import { type Commands, list, text } from '../command';

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Resources?: readonly string[];
}

/** The account's default bus: what is put on it is delivered like everything else. */
export const eventBusCommands: Commands = {
  PutEvents: {
    run(account, input) {
      const entries = list<Entry>(input, 'Entries');
      if (entries.length > 10) {
        throw new AwsError('ValidationException', 'Member must have length less than or equal to 10');
      }
      for (const { Source = '', DetailType = '', Detail = '{}', Resources = [] } of entries) {
        account.notify({
          source: Source,
          detailType: DetailType,
          resources: [...Resources],
          detail: JSON.parse(Detail) as Record<string, unknown>,
        });
      }
      return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: account.newId('event') })) };
    },
  },
};

/** What Config was told last of each resource by each rule. The token stands for the rule that asked. */
export const complianceCommands = (): Commands => {
  const known = new Map<string, string>();
  return {
    PutEvaluations: {
      run(account, input) {
        const rule = text(input, 'ResultToken');
        for (const it of list<Readonly<Record<string, unknown>>>(input, 'Evaluations')) {
          const resourceType = String(it['ComplianceResourceType']);
          const resourceId = String(it['ComplianceResourceId']);
          const complianceType = String(it['ComplianceType']);
          const key = `${rule} ${resourceType} ${resourceId}`;
          const before = known.get(key);
          known.set(key, complianceType);
          // Config speaks only when compliance changes.
          if (before === complianceType || (before === undefined && complianceType === 'COMPLIANT')) continue;
          account.notify({
            source: 'aws.config',
            detailType: 'Config Rules Compliance Change',
            resources: [],
            detail: {
              resourceId,
              resourceType,
              awsRegion: account.description.region,
              awsAccountId: account.description.account,
              configRuleName: rule,
              recordVersion: '1.0',
              messageType: 'ComplianceChangeNotification',
              newEvaluationResult: {
                complianceType,
                ...(it['Annotation'] === undefined ? {} : { annotation: it['Annotation'] }),
              },
              ...(before === undefined ? {} : { oldEvaluationResult: { complianceType: before } }),
            },
          });
        }
        return { FailedEvaluations: [] };
      },
    },
  };
};
