import * as z from 'zod';
import { pascalCase } from '../../infra/task-function';
import { problemsOf } from '../../replay/engine/validation';
import { readStack } from '../../replay/world/stack';
import { childWorkflows, workflows } from '../../workflows/registry';
import { release } from '../../workflows/release';
import { arnOf, hub, ofType, resourceOf, statementsOf } from './hub';

const all = [...childWorkflows, ...workflows, release];
const machineIds = all.map(({ id }) => `${pascalCase(id)}Machine`);
const { machines } = readStack(hub, { account: '111122223333', region: 'eu-west-1', partition: 'aws' });

test('every workflow has a machine, and every machine a workflow', () => {
  expect(
    ofType('AWS::StepFunctions::StateMachine')
      .map(([id]) => id)
      .sort(),
  ).toEqual([...machineIds].sort());
});

test.each(machineIds)('%s is traced, and logged without what it carries', (id) => {
  expect(resourceOf(id).Properties).toMatchObject({
    StateMachineType: 'STANDARD',
    TracingConfiguration: { Enabled: true },
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
  });
});

test.each(machines.map(({ logicalId, definition }) => [logicalId, definition] as const))(
  'the definition of %s is one that Step Functions takes',
  (_, definition) => {
    expect(problemsOf(definition)).toEqual([]);
  },
);

const state = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  TimeoutSeconds: z.unknown().optional(),
});
const machine = z.looseObject({
  QueryLanguage: z.literal('JSONata'),
  TimeoutSeconds: z.number(),
  States: z.record(z.string(), state),
});

test.each(all.map((workflow) => [workflow.id, workflow] as const))('no state of %s waits for ever', (id, workflow) => {
  const found = machines.find(({ logicalId }) => logicalId === `${pascalCase(id)}Machine`);
  const { TimeoutSeconds, States } = machine.parse(found?.definition);
  expect(TimeoutSeconds).toBe(workflow.timeoutSeconds);
  const tasks = Object.entries(States).filter(([, { Type }]) => Type === 'Task');
  expect(tasks.filter(([, task]) => task.TimeoutSeconds === undefined)).toEqual([]);
});

const assigned = z.record(z.string(), z.unknown()).optional();
const nested = z.looseObject({
  StartAt: z.string(),
  get States() {
    return z.record(
      z.string(),
      z.looseObject({
        Type: z.string(),
        Assign: assigned,
        Next: z.string().optional(),
        Default: z.string().optional(),
        Choices: z.array(z.looseObject({ Next: z.string(), Assign: assigned })).optional(),
        Catch: z
          .array(z.looseObject({ ErrorEquals: z.array(z.string()), Next: z.string(), Assign: assigned }))
          .optional(),
        Branches: z.array(nested).optional(),
        ItemProcessor: nested.optional(),
      }),
    );
  },
});
type Nested = z.infer<typeof nested>;

/** The tasks whose failure neither they nor the Parallel or Map around them catch. */
function uncaught({ States }: Nested): string[] {
  return Object.entries(States).flatMap(([name, { Type, Catch = [], Branches = [], ItemProcessor }]) => {
    if (Catch.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))) return [];
    return Type === 'Task'
      ? [name]
      : [...Branches, ...(ItemProcessor === undefined ? [] : [ItemProcessor])].flatMap(uncaught);
  });
}

/** The most states that one execution passes through if it comes to each of them once: every loop is taken once. */
function longestPath({ StartAt, States }: Nested): number {
  const cost = new Map(
    Object.entries(States).map(([name, { Branches = [], ItemProcessor }]) => {
      const within = [...Branches, ...(ItemProcessor === undefined ? [] : [ItemProcessor])].map(longestPath);
      return [name, within.reduce((sum, it) => sum + it, 1)] as const;
    }),
  );
  const from = (name: string, passed: ReadonlySet<string>): number => {
    const { Next, Default, Choices = [], Catch = [] } = States[name] ?? { Type: '' };
    const ways = new Set([Next ?? [], Default ?? [], ...[...Choices, ...Catch].map((it) => it.Next)].flat());
    const seen = new Set([...passed, name]);
    return (cost.get(name) ?? 0) + Math.max(0, ...[...ways].filter((it) => !seen.has(it)).map((it) => from(it, seen)));
  };
  return from(StartAt, new Set());
}

test.each(machines.map(({ logicalId, definition }) => [logicalId, nested.parse(definition)] as const))(
  'of the tasks of %s only the report of a failure may fail',
  (_, definition) => {
    expect(uncaught(definition)).toEqual(['Report the failure']);
  },
);

test.each(machines.map(({ logicalId, definition }) => [logicalId, nested.parse(definition)] as const))(
  'the longest path of %s is at most 45 states long',
  (_, definition) => {
    expect(longestPath(definition)).toBeLessThanOrEqual(45);
  },
);

/** Variables that a Parallel's branch or a Map's item sets although the states around it do: which is meant nobody could tell. */
function shadowed({ States }: Nested, outer: ReadonlySet<string> = new Set()): string[] {
  const states = Object.values(States);
  const own = states.flatMap(({ Assign, Catch = [], Choices = [] }) =>
    [{ Assign }, ...Catch, ...Choices].flatMap((it) => Object.keys(it.Assign ?? {})),
  );
  const around = new Set([...outer, ...own]);
  const inner = states.flatMap(({ Branches = [], ItemProcessor }) => [...Branches, ItemProcessor ?? []].flat());
  return [...new Set(own.filter((name) => outer.has(name))), ...inner.flatMap((scope) => shadowed(scope, around))];
}

test.each(machines.map(({ logicalId, definition }) => [logicalId, nested.parse(definition)] as const))(
  'nothing within %s sets a variable of the states around it',
  (_, definition) => {
    expect(shadowed(definition)).toEqual([]);
  },
);

/** The only machine that another one starts. */
const childMachine = { Ref: 'NodeForensicsMachine' };

test.each(machineIds)(
  '%s may invoke its own tasks, start the child that it names, and call nothing else of ours',
  (id) => {
    const { RoleArn } = z
      .object({ RoleArn: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }) })
      .parse(resourceOf(id).Properties);
    const definition = JSON.stringify(resourceOf(id).Properties['DefinitionString']);
    const called = ofType('AWS::Lambda::Function').filter(([name]) => definition.includes(JSON.stringify(arnOf(name))));
    const [invoking, ...rest] = statementsOf(RoleArn['Fn::GetAtt'][0]).sort((a) =>
      a.Action.includes('lambda:InvokeFunction') ? -1 : 1,
    );
    expect(invoking?.Action).toEqual(['lambda:InvokeFunction']);
    expect(invoking?.Resource).toEqual([
      ...called.map(([name]) => arnOf(name)),
      ...called.map(([name]) => ({ 'Fn::Join': ['', [arnOf(name), ':*']] })),
    ]);
    const starting = rest.filter(({ Action }) => Action.includes('states:StartExecution'));
    expect(starting.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual(
      definition.includes(JSON.stringify(childMachine))
        ? [{ Action: ['states:StartExecution'], Resource: [childMachine] }]
        : [],
    );
    const others = rest.filter((statement) => !starting.includes(statement));
    expect(others.flatMap(({ Action }) => Action).every((action) => /^(logs|xray):/.test(action))).toBe(true);
  },
);
