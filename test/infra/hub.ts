import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { hubTemplate } from '../../infra/template';

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
export const document = z.looseObject({ Resources: z.record(z.string(), resource) });

export type Resource = z.output<typeof resource>;

/** The stack's template, made once for a file of tests. */
export const hub = document.parse(hubTemplate());
export const template = Template.fromJSON(hub);

export function ofType(type: string): [logicalId: string, Resource][] {
  return Object.entries(hub.Resources).filter(([, { Type }]) => Type === type);
}

/** A resource that must be there. */
export function resourceOf(logicalId: string): Resource {
  const found = hub.Resources[logicalId];
  if (found === undefined) throw new Error(`the template has no ${logicalId}`);
  return found;
}

/** The only resource of its type whose logical id begins so. */
export function idOf(type: string, prefix = ''): string {
  const found = ofType(type).filter(([id]) => id.startsWith(prefix));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${type} begin with ${prefix}`);
  return only[0];
}

export const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const statement = z.object({
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]).transform((it) => [it].flat()),
  Resource: z.unknown().transform((it): unknown[] => [it].flat()),
  Condition: z.unknown().optional(),
});

export type Statement = z.output<typeof statement>;

/** Every statement of the policies that are attached to a role. */
export function statementsOf(roleId: string): Statement[] {
  // What is too long for a role's own policy the CDK puts into managed ones.
  return [...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::ManagedPolicy')].flatMap(([, { Properties }]) => {
    const policy = z
      .object({ Roles: z.array(z.unknown()).default([]), PolicyDocument: z.object({ Statement: z.array(statement) }) })
      .parse(Properties);
    return JSON.stringify(policy.Roles).includes(`"${roleId}"`) ? policy.PolicyDocument.Statement : [];
  });
}

/** The role that a function runs under. */
export function roleOf(functionId: string): string {
  const { Role } = z
    .object({ Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }) })
    .parse(resourceOf(functionId).Properties);
  return Role['Fn::GetAtt'][0];
}
