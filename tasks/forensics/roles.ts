import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  type IamInstanceProfileAssociation,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand, type IAMClient } from '@aws-sdk/client-iam';
import { filter } from '../aws/network';
import { nameOfArn } from './node';

/** The association that gives an instance its profile; undefined where it has none. */
export async function profileAssociation(
  ec2: EC2Client,
  instanceId: string,
): Promise<IamInstanceProfileAssociation | undefined> {
  const { IamInstanceProfileAssociations } = await ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters: [filter('instance-id', [instanceId])] }),
  );
  return IamInstanceProfileAssociations?.find(({ State }) => State === 'associated' || State === 'associating');
}

/** Gives an instance this profile in place of the one that it has, or takes that away: null. No call where it is so already. */
export async function giveProfile(ec2: EC2Client, instanceId: string, profile: string | null): Promise<void> {
  const association = await profileAssociation(ec2, instanceId);
  if ((association?.IamInstanceProfile?.Arn ?? null) === profile) return;
  const AssociationId = association?.AssociationId;
  if (profile === null) {
    await ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
  } else if (AssociationId === undefined) {
    await ec2.send(
      new AssociateIamInstanceProfileCommand({ InstanceId: instanceId, IamInstanceProfile: { Arn: profile } }),
    );
  } else {
    await ec2.send(
      new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile: { Arn: profile } }),
    );
  }
}

/** The role in a profile; null where the profile is empty or gone. */
export async function roleOfProfile(iam: IAMClient, profileArn: string): Promise<string | null> {
  try {
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName: nameOfArn(profileArn) }),
    );
    return InstanceProfile?.Roles?.[0]?.RoleName ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}

/** The other instances that have the same profile. */
export async function sharersOf(ec2: EC2Client, profileArn: string, instanceId: string): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeIamInstanceProfileAssociationsCommand({
        Filters: [filter('state', ['associated'])],
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    for (const { IamInstanceProfile, InstanceId } of page.IamInstanceProfileAssociations ?? []) {
      if (IamInstanceProfile?.Arn === profileArn && InstanceId !== undefined && InstanceId !== instanceId) {
        found.push(InstanceId);
      }
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found.sort();
}
