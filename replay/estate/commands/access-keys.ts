import { AwsError } from '../aws-error';
import { type Commands, text } from '../command';
import { identity } from '../description';

/** The long-lived keys of IAM users. */
export const accessKeyCommands: Commands = {
  ListAccessKeys: {
    run({ description }, input) {
      const name = text(input, 'UserName');
      const users = Object.values(description.identities).map((it) => identity.parse(it));
      const found = users.find((it) => it.type === 'IAMUser' && it.user === name);
      if (found?.type !== 'IAMUser') {
        throw new AwsError('NoSuchEntityException', `The user with name ${name} cannot be found.`);
      }
      return {
        AccessKeyMetadata: [
          {
            UserName: name,
            AccessKeyId: found.accessKey.id,
            Status: 'Active',
            CreateDate: new Date(found.accessKey.created),
          },
        ],
        IsTruncated: false,
      };
    },
  },
};
