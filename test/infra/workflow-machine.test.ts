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

interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, Scoped>>;
}
interface Scoped {
  readonly Assign?: object;
  readonly Next?: string;
  readonly Default?: string;
  readonly Catch?: readonly { readonly Next: string; readonly Assign?: object }[];
  readonly Choices?: readonly { readonly Next: string; readonly Assign?: object }[];
  readonly Branches?: readonly Scope[];
  readonly ItemProcessor?: Scope;
}

/** Variables that a Parallel's branch or a Map's item sets although the states around it do: which of the two is meant nobody could tell. */
function shadowed({ States }: Scope, outer: ReadonlySet<string> = new Set()): string[] {
  const states = Object.values(States);
  const own = states.flatMap(({ Assign, Catch = [], Choices = [] }) =>
    [{ Assign }, ...Catch, ...Choices].flatMap((it) => Object.keys(it.Assign ?? {})),
  );
  const around = new Set([...outer, ...own]);
  const inner = states.flatMap(({ Branches = [], ItemProcessor }) => [...Branches, ItemProcessor ?? []].flat());
  return [...new Set(own.filter((name) => outer.has(name))), ...inner.flatMap((scope) => shadowed(scope, around))];
}

test.each(machines.map(({ logicalId, definition }) => [logicalId, definition] as const))(
  'nothing within %s sets a variable of the states around it',
  (_, definition) => {
    expect(shadowed(definition as Scope)).toEqual([]);
  },
);

/** The most transitions from the first state to the last, each state entered once: every loop counts once. */
function longestPath({ StartAt, States }: Scope): number {
  const within = ({ Branches = [], ItemProcessor }: Scoped) => [...Branches, ...(ItemProcessor ? [ItemProcessor] : [])];
  const weights = new Map(
    Object.entries(States).map(([name, it]) => [name, within(it).reduce((sum, each) => sum + longestPath(each), 1)]),
  );
  const from = (name: string, seen: ReadonlySet<string>): number => {
    const { Next, Default, Choices = [], Catch = [] } = States[name] ?? {};
    const following = [Next, Default, ...[...Choices, ...Catch].map((it) => it.Next)];
    const rest = [...new Set(following)].flatMap((it) =>
      it === undefined || seen.has(it) ? [] : [from(it, new Set([...seen, it]))],
    );
    return (weights.get(name) ?? 1) + Math.max(0, ...rest);
  };
  return from(StartAt, new Set([StartAt]));
}

test.each(machines.map(({ logicalId, definition }) => [logicalId, definition] as const))(
  'the longest path through %s has at most 45 transitions',
  (_, definition) => {
    expect(longestPath(definition as Scope)).toBeLessThanOrEqual(45);
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
