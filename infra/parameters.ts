import { z } from 'zod';

/** What is set at deployment, by `--context name=value` or in `cdk.json`. */
export interface Parameters {
  /** Days for which evidence cannot be changed or deleted by anybody. */
  readonly evidenceRetentionDays: number;
  /** Who is told when Slack cannot be reached. Where nobody is named, subscribe to the topic that the stack puts out. */
  readonly fallbackEmail?: string;
}

const retention = z.coerce.number().int().min(1).max(36_500).default(365);
const email = z.email().optional();

export class ParameterRefused extends Error {
  override readonly name = 'ParameterRefused';
}

/** Throws one line that names the parameter which is wrong. */
export function readParameters(contextOf: (name: string) => unknown): Parameters {
  const fallbackEmail = read('fallbackEmail', email, 'an e-mail address');
  return {
    evidenceRetentionDays: read('evidenceRetentionDays', retention, 'a whole number of days, 1 to 36500'),
    ...(fallbackEmail === undefined ? {} : { fallbackEmail }),
  };

  function read<Schema extends z.ZodType>(name: string, schema: Schema, wanted: string): z.output<Schema> {
    const value = contextOf(name);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new ParameterRefused(`--context ${name}=${String(value)}: it must be ${wanted}`);
    return parsed.data;
  }
}
