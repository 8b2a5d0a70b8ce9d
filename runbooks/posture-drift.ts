import * as z from 'zod';
import { severities, severity } from './incident';

/**
 * The facts of drift: a cluster or its nodes are not as the organisation wants them, though nobody is known to attack. AWS
 * Config and our own scheduled look tell of configuration, Inspector of what could be exploited.
 */

export const driftKind = z.enum([
  'failed-update',
  'unapproved-version',
  'secrets-without-key',
  'logging-off',
  'unencrypted-volume',
  'vulnerability',
  'network-reachability',
  /** A rule of Config's about clusters that is none of these. */
  'other',
]);
export type DriftKind = z.infer<typeof driftKind>;

const answer = z.enum(['yes', 'no', 'unknown']);
const names = z.array(z.string());

/** What one event says by itself. */
export const driftEventFacts = z.strictObject({
  kind: driftKind,
  from: z.enum(['config', 'inspector', 'scheduled-look']),
  /** Config's rule, by the name that it was deployed under. */
  rule: z.string().nullable(),
  cluster: z.string().nullable(),
  /** CVE or other identifier; null where it is none. */
  vulnerability: z.string().nullable(),
  /** Inspector's severity; null where Inspector did not say, and where something else speaks. */
  level: severity.nullable(),
  /** Inspector's score, 0 to 10. */
  score: z.number().nullable(),
  exploitable: answer,
  fixable: answer,
  /** Packages with the version that has the fault, `openssl 3.0.7`. */
  packages: names,
  /** Ports that are reached from outside, `22-22`. */
  ports: names,
  summary: z.string().nullable(),
});
export type DriftEventFacts = z.infer<typeof driftEventFacts>;

/** What drifted, so that it can be found again. */
export const driftTouch = z.strictObject({ kind: driftKind, type: z.string(), id: z.string() });
export type DriftTouch = z.infer<typeof driftTouch>;

export const logTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const;

/** What the organisation sets for this category, beside its rules. */
export const driftSettings = z.strictObject({
  /** Kubernetes versions that clusters may run. */
  approvedVersions: z.array(z.string().regex(/^\d+\.\d+$/, 'a version is such as 1.34')).min(1),
  /** Control-plane logs that must be on. */
  logTypes: z.array(z.enum(logTypes)),
  /**
   * The key that secrets are to be encrypted with where a cluster has none: an ARN, with `${account}` and `${region}` for the
   * cluster's own. Null: none is proposed.
   */
  secretsKey: z
    .string()
    .regex(/^arn:[^:]+:kms:/, 'a key is given by its ARN')
    .nullable(),
  /** From which severity on a vulnerability is told of; from which on if an exploit for it is known. */
  vulnerabilities: z.strictObject({ from: severity, exploitableFrom: severity }),
});
export type DriftSettings = z.infer<typeof driftSettings>;

export const vulnerabilityCount = z.strictObject({
  critical: z.number().int(),
  high: z.number().int(),
  medium: z.number().int(),
  low: z.number().int(),
});

/** The facts of the whole incident: what the plan's conditions see. */
export const driftFacts = z.strictObject({
  kinds: z.array(driftKind),
  rules: names,
  /** Whether it is still so, now that the resource was read again. */
  stands: answer,
  /** One line for each thing that is not as it should be. */
  deviations: names,
  /** The cluster's Kubernetes version; null where several clusters, or none, are touched. */
  version: z.string().nullable(),
  vulnerabilities: vulnerabilityCount,
  /** The worst of them. */
  level: severity.nullable(),
  exploitable: answer,
  /** Whether any of them is as grave as the plan's thresholds say. */
  overThreshold: z.boolean(),
  /** How many have a version without them to go to. */
  fixable: z.number().int().nonnegative(),
  ports: names,
  /** Where an image runs: `payments: shop/checkout`. */
  runsIn: names,
  /** Who made the resource and will make it so again. */
  owner: z.string().nullable(),
  /** The whole of it in words, for a ticket. */
  report: z.string(),
});
export type DriftFacts = z.infer<typeof driftFacts>;

/** Whether a vulnerability is as grave as the plan wants to hear of. */
export function isOverThreshold(
  { level, exploitable }: Pick<DriftEventFacts, 'level' | 'exploitable'>,
  { from, exploitableFrom }: DriftSettings['vulnerabilities'],
): boolean {
  if (level === null) return false;
  const rank = (it: (typeof severities)[number]) => severities.indexOf(it);
  return rank(level) >= rank(from) || (exploitable === 'yes' && rank(level) >= rank(exploitableFrom));
}

/**
 * Names of Config rules about the encryption of volumes, such as `encrypted-volumes`: volumes have rules about backups and
 * the like as well. `*` stands for any text.
 */
export const volumeRuleNames = ['*encrypt*', '*Encrypt*', '*ENCRYPT*'] as const;

/**
 * What a Config rule about a cluster is about, by its name: a managed rule's name is chosen by whoever deploys it, and mostly
 * keeps the words of AWS's own.
 */
export function kindOfRule(resourceType: string, name: string): DriftKind {
  const words = name.toLowerCase().replaceAll('_', '-');
  if (resourceType === 'AWS::EC2::Volume') return 'unencrypted-volume';
  if (/encrypt|kms|secret/.test(words)) return 'secrets-without-key';
  if (/\blog|logging/.test(words)) return 'logging-off';
  if (/update/.test(words) && /fail|health/.test(words)) return 'failed-update';
  if (/version/.test(words)) return 'unapproved-version';
  return /update/.test(words) ? 'failed-update' : 'other';
}

const titles: Readonly<Record<DriftKind, string>> = {
  'failed-update': 'an update of the cluster failed',
  'unapproved-version': 'a Kubernetes version that is not approved',
  'secrets-without-key': 'secrets without a key of your own',
  'logging-off': 'control-plane logs that are off',
  'unencrypted-volume': 'a node’s volume that is not encrypted',
  vulnerability: 'vulnerabilities',
  'network-reachability': 'ports that are reached from outside',
  other: 'a rule that is not kept',
};

export function tellDrift(facts: DriftFacts) {
  const { critical, high, medium, low } = facts.vulnerabilities;
  const counted = critical + high + medium + low;
  const counts = `${critical} critical, ${high} high, ${medium} medium, ${low} low; ${facts.fixable} with a fix`;
  return [
    { label: 'What', text: facts.kinds.map((kind) => titles[kind]).join(', ') },
    ...facts.deviations.slice(0, 2).map((text) => ({ label: 'In detail', text })),
    ...(counted === 0 ? [] : [{ label: 'Vulnerabilities', text: counts }]),
    ...(facts.ports.length === 0 ? [] : [{ label: 'Reached from outside', text: facts.ports.join(', ') }]),
    ...(facts.runsIn.length === 0 ? [] : [{ label: 'Runs in', text: facts.runsIn.join(', ') }]),
    ...(facts.stands === 'yes' ? [] : [{ label: 'Still so', text: facts.stands }]),
    ...(facts.owner === null ? [] : [{ label: 'Made by', text: facts.owner }]),
  ];
}
