import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, text } from '../command';

/** GuardDuty as it answers of findings: what they are about is in the events that told of them. */
export const guardDutyCommands: Commands = {
  ListDetectors: {
    run: ({ description }) => ({ DetectorIds: [...new Set(description.findings.map(({ detector }) => detector))] }),
  },

  GetFindings: {
    run(account, input) {
      const ids = list<string>(input, 'FindingIds');
      return {
        Findings: findingsOf(account, input)
          .filter(({ id }) => ids.includes(id))
          .map(({ id, type, archived }) => ({ Id: id, Type: type, Service: { Archived: archived } })),
      };
    },
  },

  ListFindings: {
    run(account, input) {
      const { Criterion = {} } = (input['FindingCriteria'] ?? {}) as {
        Criterion?: Readonly<Record<string, { readonly Equals?: readonly string[]; readonly Eq?: readonly string[] }>>;
      };
      const found = findingsOf(account, input).filter((it) =>
        Object.entries(Criterion).every(([field, { Equals, Eq }]) => {
          const wanted = Equals ?? Eq ?? [];
          if (field === 'resource.accessKeyDetails.accessKeyId') return wanted.includes(it.accessKey ?? '');
          if (field === 'service.archived') return wanted.includes(String(it.archived));
          throw new AwsError(
            'BadRequestException',
            `The request is rejected: the field ${field} cannot be filtered by.`,
          );
        }),
      );
      return { FindingIds: found.map(({ id }) => id) };
    },
  },
};

function findingsOf({ description }: Account, input: Input) {
  const detector = text(input, 'DetectorId');
  const found = description.findings.filter((it) => it.detector === detector);
  if (found.length === 0) {
    throw new AwsError(
      'BadRequestException',
      'The request is rejected because the input detectorId is not owned by the current account.',
    );
  }
  return found;
}
