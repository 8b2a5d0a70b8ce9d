import * as z from 'zod';

/**
 * The deployed stack as its template says, with the references resolved that matter on one machine: which machine a rule
 * starts, which task a function is.
 */
export interface Stack {
  readonly machines: readonly { readonly logicalId: string; readonly definition: unknown }[];
  readonly rules: readonly { readonly logicalId: string; readonly pattern: unknown; readonly machine: string }[];
  /** Functions that the clock calls, by their logical ids. */
  readonly schedules: readonly { readonly everySeconds: number; readonly function: string; readonly input: unknown }[];
}

interface Surroundings {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** With what a reference may name. */
interface Within extends Surroundings {
  readonly machines: ReadonlySet<string>;
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

export function readStack(document: unknown, where: Surroundings): Stack {
  const { Resources } = template.parse(document);
  const ofType = (type: string) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({ logicalId, properties: resource.Properties ?? {} }));

  const machineIds = ofType('AWS::StepFunctions::StateMachine').map(({ logicalId }) => logicalId);
  const within: Within = { ...where, machines: new Set(machineIds) };
  const machines = ofType('AWS::StepFunctions::StateMachine').map(({ logicalId, properties }) => ({
    logicalId,
    definition: JSON.parse(text(properties['DefinitionString'], within)) as unknown,
  }));
  const known = new Set(machines.map(({ logicalId }) => logicalId));
  const rules = ofType('AWS::Events::Rule').flatMap(({ logicalId, properties }) => {
    const targets = z
      .array(z.object({ Arn: z.unknown() }))
      .catch([])
      .parse(properties['Targets']);
    const machine = targets.map(({ Arn }) => referenced(Arn)).find((id) => id !== null && known.has(id));
    const pattern = properties['EventPattern'];
    return machine == null || pattern === undefined ? [] : [{ logicalId, pattern: resolve(pattern, within), machine }];
  });
  const schedules = ofType('AWS::Events::Rule').flatMap(({ properties }) => {
    const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(properties['ScheduleExpression'])) ?? [];
    const [target] = z
      .array(z.object({ Arn: z.unknown(), Input: z.string().default('{}') }))
      .catch([])
      .parse(properties['Targets']);
    const called = referenced(target?.Arn);
    if (count === undefined || target === undefined || called === null) return [];
    const everySeconds = Number(count) * { minute: 60, hour: 3_600, day: 86_400 }[unit as 'minute' | 'hour' | 'day'];
    return [{ everySeconds, function: called, input: JSON.parse(target.Input) as unknown }];
  });
  return { machines, rules, schedules };
}

/** A function's ARN on this machine: its logical id is its name. */
export function functionArn(logicalId: string, { account, region, partition }: Surroundings): string {
  return `arn:${partition}:lambda:${region}:${account}:function:${logicalId}`;
}

/** The logical id that a Ref or a GetAtt names. */
function referenced(value: unknown): string | null {
  const one = z
    .union([z.object({ Ref: z.string() }), z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })])
    .safeParse(value);
  if (!one.success) return null;
  return 'Ref' in one.data ? one.data.Ref : one.data['Fn::GetAtt'][0];
}

function text(value: unknown, where: Within): string {
  const resolved = resolve(value, where);
  if (typeof resolved !== 'string') throw new Error(`not a text: ${JSON.stringify(value)}`);
  return resolved;
}

/** Resolves the intrinsic functions that the CDK writes. One that it does not know is an error, not a silent hole. */
function resolve(value: unknown, where: Within): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, where));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument, where);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, where)]));
}

function intrinsic(name: string, argument: unknown, where: Within): unknown {
  switch (name) {
    case 'Ref':
      return pseudo(String(argument), where);
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = z.tuple([z.string(), z.string()]).parse(argument);
      return attribute === 'Arn' ? functionArn(logicalId, where) : `${logicalId}.${attribute}`;
    }
    case 'Fn::Join': {
      const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument);
      return parts.map((part) => text(part, where)).join(separator);
    }
    default:
      throw new Error(`the template uses ${name}, which is not resolved here`);
  }
}

function pseudo(name: string, { account, region, partition, machines }: Within): string {
  switch (name) {
    case 'AWS::AccountId':
      return account;
    case 'AWS::Region':
      return region;
    case 'AWS::Partition':
      return partition;
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    default:
      // A machine's Ref is its ARN; its logical id is its name here.
      return machines.has(name) ? `arn:${partition}:states:${region}:${account}:stateMachine:${name}` : name;
  }
}
