import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { decisionFunctionName } from '../tasks/answer-slack/contract';

/**
 * Who may decide at the command line: IAM users of this account, with MFA, through a role whose session bears the user's
 * own name, for by that name the decision handler knows them. Permission sets of IAM Identity Center take the policy.
 */
export class Approvers extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const decisions = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: decisionFunctionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const policy = new ManagedPolicy(this, 'Policy', {
      description: 'Decide on incident responses at the command line',
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [decisions] })],
    });
    this.role = new Role(this, 'Role', {
      description: 'Decides on incident responses at the command line; needs MFA',
      assumedBy: new AccountRootPrincipal().withConditions({
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        StringEquals: { 'sts:RoleSessionName': `\${aws:username}` },
      }),
      managedPolicies: [policy],
    });
    new CfnOutput(Stack.of(this), 'ApproverRoleArn', { value: this.role.roleArn });
    new CfnOutput(Stack.of(this), 'ApproverPolicyArn', { value: policy.managedPolicyArn });
  }
}
