import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { incidentOutcome, severity } from '../../runbooks/incident';
import { nodeForensicsRequest } from '../../runbooks/node-forensics';
import { type LoadedPlan, loadPlan, PlanRefused } from '../../runbooks/plan-document';
import { actions } from '../../tasks/actions/registry';
import { BadInput } from '../cli/bad-input';
import { type EstateDescription, readEstate } from '../estate/description';
import { knowsCall } from '../estate/estate';
import { directory } from '../slack/directory';

/**
 * An incident to replay: an estate, what happens in it and when, what people answer, and what must have come of it. The
 * schema is published as `incident.schema.json`, so that editors complete it.
 */

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `0s`, `90s`, `30m`, `4h`, `2d`; in milliseconds. */
const span = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'a span of time is a whole number and ms, s, m, h or d, such as 30m')
  .transform((text) => {
    const [, number = '0', unit = 's'] = /^(\d+)(\w+)$/.exec(text) ?? [];
    return Number(number) * units[unit as keyof typeof units];
  })
  .pipe(z.number().int().nonnegative());

const happening = z.union([
  z
    .strictObject({
      /** After the start. */
      at: span,
      /** One of the estate's identities. */
      actor: z.string(),
      /** An API call, such as `ec2:AuthorizeSecurityGroupIngress`. CloudTrail records it and EventBridge delivers it. */
      call: z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/, 'such as ec2:AuthorizeSecurityGroupIngress'),
      /** Its input, as the AWS SDK takes it. */
      with: z.record(z.string(), z.unknown()).default({}),
      /** How often it is called, one second apart. */
      times: z.number().int().min(1).max(1_000).default(1),
    })
    .describe('Somebody calls an API in the estate'),
  z
    .strictObject({
      at: span,
      /** An event as EventBridge delivers it; nothing else happens in the estate. */
      event: z.record(z.string(), z.unknown()),
      times: z.number().int().min(1).max(1_000).default(1),
    })
    .describe('An event arrives as it is'),
  z
    .strictObject({
      at: span,
      /** One of our functions, by its task's id: its schedule has come, or a service such as AWS Config calls it. */
      function: z.string(),
      with: z.record(z.string(), z.unknown()).default({}),
      times: z.number().int().min(1).max(1_000).default(1),
    })
    .describe('One of our functions is invoked'),
  z
    .strictObject({
      at: span,
      /** The node, and what is said of it: `node-forensics` starts on it. */
      isolate: nodeForensicsRequest,
      times: z.number().int().min(1).max(1_000).default(1),
    })
    .describe('A responder asks for a node to be preserved and isolated'),
]);

const typed = {
  /** Why somebody rejects. */
  reason: z.string().default('Not like this.'),
  /** Which question, counted from 1 in the order in which they were asked. */
  question: z.number().int().min(1).default(1),
  /** What the answer handler must have said, as an HTTP status. */
  status: z.number().int().default(200),
};

const answer = z.union([
  z
    .strictObject({
      /** A Slack user id. */
      user: z.string(),
      /** `reject` clicks, writes the reason into the form and sends it; `more-time` asks for more. */
      answer: z.enum(['approve', 'reject', 'more-time']),
      /** After the question was asked. */
      after: span,
      ...typed,
    })
    .describe('Somebody clicks in Slack'),
  z
    .strictObject({
      /** One of the estate's identities. */
      identity: z.string(),
      answer: z.enum(['approve', 'reject']),
      /** After the start. The question is counted among those that wait at that moment. */
      at: span,
      ...typed,
    })
    .describe('Somebody decides at the command line'),
]);
export type ScriptedAnswer = z.infer<typeof answer>;

const fault = z.strictObject({
  service: z.string(),
  action: z.string(),
  error: z.strictObject({ name: z.string(), message: z.string() }),
  /** How many calls fail; all of them where it is left out. */
  times: z.number().int().min(1).optional(),
});

const expectedIncident = z.strictObject({
  severity,
  outcome: incidentOutcome,
  rule: z.string().optional(),
  /** The rules that held beside it and go on. */
  alongside: z.array(z.string()).optional(),
  /** The lines of the changes that were verified, in order. A line may be a part of it. */
  changes: z.array(z.string()).optional(),
  /** Whether its evidence is sealed in the end. */
  sealed: z.boolean().default(true),
  /** Kinds of evidence that must be in the manifest. */
  evidence: z.array(z.string()).optional(),
  /** Texts that the head message must hold in the end. */
  message: z.array(z.string()).optional(),
  /** Texts that must have been told in the thread. */
  thread: z.array(z.string()).optional(),
  /** Parts of the problems that the record must name. */
  problems: z.array(z.string()).optional(),
  /** How each question ended, in the order in which they were asked: parts such as `APPROVED: U07BOB approve`. */
  approvals: z.array(z.string()).optional(),
});

export const incidentFile = z.strictObject({
  title: z.string().max(120),
  /** What a reader should know before it begins. */
  story: z.string(),
  /** The estate's file, relative to this one. */
  estate: z.string(),
  /** When it begins, ISO 8601 in UTC. */
  start: z.iso.datetime(),
  /** Whether clusters' groups and network ACLs were recorded before it begins. */
  baseline: z.boolean().default(true),
  /** Why observe-only mode is on. */
  brake: z.string().optional(),
  /** Plans in place of those in `runbooks/`, relative to this file. */
  plans: z.array(z.string()).default([]),
  /** What Slack's directory says of people who are not plain members of the workspace. */
  slack: directory.prefault({}),
  events: z.array(happening).min(1),
  answers: z.array(answer).default([]),
  faults: z.array(fault).default([]),
  /** Errors of Slack's Web API: the first so many calls of a method are refused, or of any for `*`. */
  slackFaults: z
    .array(z.strictObject({ method: z.string(), error: z.string(), times: z.number().int().min(1) }))
    .default([]),
  /** Takes back what the first incident changed, after everything has ended. */
  undo: z
    .strictObject({
      /** A Slack user id: who clicks Undo. The machine is started directly where it is left out. */
      by: z.string().optional(),
      answers: z.array(answer).default([]),
    })
    .optional(),
  expect: z.strictObject({
    /** In the order in which they were opened. */
    incidents: z.array(expectedIncident),
    /** How many executions ended as out of scope, joined or delivered twice. */
    ended: z
      .strictObject({
        outOfScope: z.number().int().optional(),
        joined: z.number().int().optional(),
        duplicate: z.number().int().optional(),
      })
      .optional(),
    /** How soon after the first happening every node concerned had its snapshots requested and its last interface isolated. */
    within: z.strictObject({ snapshot: span.optional(), isolate: span.optional() }).optional(),
    /** JSONata statements over the final estate, each of which must be true. */
    estate: z.array(z.string()).default([]),
    /** Whether the responders' changes left the estate as it was before the first event. */
    restored: z.boolean().optional(),
    /** Whether the responders changed nothing at all. */
    untouched: z.boolean().optional(),
    /** Texts that one person alone must have been told in Slack. */
    whispers: z.array(z.string()).optional(),
    /** Texts that must have gone to the fallback. */
    fallback: z.array(z.string()).optional(),
  }),
});
export type IncidentFile = z.infer<typeof incidentFile>;

export interface LoadedIncident {
  readonly file: string;
  readonly incident: IncidentFile;
  readonly estate: EstateDescription;
  readonly plans: readonly LoadedPlan[];
}

/** The incident files of a folder and of those within it, by their names: those that lie in no folder of their own first. */
export function incidentFiles(folder: string): string[] {
  const depth = (name: string) => name.split(sep).length;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
    .map((name) => join(folder, name));
}

/** Reads an incident file. Throws `BadInput` with the line of what is wrong. */
export function loadIncident(file: string): LoadedIncident {
  const parsed = incidentFile.safeParse(readYaml(file).value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const line = issue === undefined ? 1 : readYaml(file).lineOf(issue.path, unknownKey(issue));
    throw new BadInput(`${file}:${line}: ${at(issue?.path ?? [])}${issue?.message ?? 'not an incident'}`);
  }
  const beside = (name: string) => resolve(dirname(file), name);
  const { estate, plans } = parsed.data;
  return {
    file,
    incident: parsed.data,
    estate: estateFor(file, parsed.data, beside(estate)),
    plans: plans.map((plan) => planIn(beside(plan))),
  };
}

/** The estate, in which whoever acts and whatever is called must be there: half of a story is not played. */
function estateFor(file: string, { events }: IncidentFile, estateFile: string): EstateDescription {
  const refusal = (path: readonly PropertyKey[], what: string) =>
    new BadInput(`${file}:${readYaml(file).lineOf(path)}: ${at(path)}${what}`);
  let estate: EstateDescription;
  try {
    estate = readEstate(estateFile);
  } catch (error) {
    throw refusal(['estate'], (error as Error).message);
  }
  const identities = Object.keys(estate.identities);
  for (const [index, happening] of events.entries()) {
    if (!('call' in happening)) continue;
    const { actor, call } = happening;
    if (!identities.includes(actor)) {
      throw refusal(['events', index, 'actor'], `the estate has no identity ${actor}; it has ${identities.join(', ')}`);
    }
    if (!knowsCall(call)) throw refusal(['events', index, 'call'], `the estate does not know ${call}`);
  }
  return estate;
}

function planIn(file: string): LoadedPlan {
  const { text } = readYaml(file);
  try {
    return loadPlan({ file, text }, { actions });
  } catch (error) {
    if (error instanceof PlanRefused) throw new BadInput(error.message);
    throw error;
  }
}

function unknownKey(issue: z.core.$ZodIssue): string | undefined {
  return issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
}

function at(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

export interface YamlText {
  readonly text: string;
  readonly value: unknown;
  /** The line of a path, or of the nearest thing above it that is there. */
  readonly lineOf: (path: readonly PropertyKey[], key?: string) => number;
}

export function readYaml(file: string): YamlText {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new BadInput(`${file}: there is no such file that can be read; name a YAML file`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const line = lines.linePos(fault.pos[0]).line;
    throw new BadInput(`${file}:${line}: not YAML: ${fault.message.split('\n', 1)[0]}`);
  }
  return {
    text,
    value: document.toJS(),
    lineOf(path, key) {
      const whole = key === undefined ? path : [...path, key];
      for (let length = whole.length; length > 0; length--) {
        const node: unknown = document.getIn(whole.slice(0, length) as string[], true);
        const range = rangeOf(node);
        if (range !== undefined) return lines.linePos(range).line;
      }
      return 1;
    },
  };
}

function rangeOf(node: unknown): number | undefined {
  const found = z.object({ range: z.tuple([z.number(), z.number(), z.number()]) }).safeParse(node);
  return found.success ? found.data.range[0] : undefined;
}
