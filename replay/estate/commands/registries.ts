import { AwsError } from '../aws-error';
import { type Commands, list, text } from '../command';

/** Private registries of ECR. */
export const registryCommands: Commands = {
  DescribeImages: {
    run({ description }, input) {
      const [name, registryId] = [text(input, 'repositoryName'), text(input, 'registryId') || description.account];
      const repository = description.repositories.find((it) => it.name === name);
      if (repository === undefined || registryId !== description.account) {
        throw new AwsError(
          'RepositoryNotFoundException',
          `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
        );
      }
      const wanted = list<{ imageDigest?: string; imageTag?: string }>(input, 'imageIds').map((asked) => {
        const { imageDigest, imageTag } = asked;
        const found = repository.images.find(
          ({ digest, tags }) => digest === imageDigest || (imageTag !== undefined && tags.includes(imageTag)),
        );
        if (found === undefined) {
          throw new AwsError(
            'ImageNotFoundException',
            `The image with imageId ${JSON.stringify(asked)} does not exist`,
          );
        }
        return found;
      });
      return {
        imageDetails: wanted.map(({ digest, tags, pushedAt, findings }) => ({
          registryId,
          repositoryName: name,
          imageDigest: digest,
          imageTags: tags,
          imagePushedAt: new Date(pushedAt),
          imageScanStatus: { status: 'COMPLETE' },
          imageScanFindingsSummary: { findingSeverityCounts: findings },
        })),
      };
    },
  },
};
