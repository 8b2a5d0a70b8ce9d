import * as z from 'zod';

/** What is set at deployment, by `--context name=value` or in `cdk.json`. */
export interface Parameters {
  /** Days for which evidence cannot be changed or deleted by anybody. */
  readonly evidenceRetentionDays: number;
  /** Who is told when Slack cannot be reached. Where nobody is named, subscribe to the topic that the stack puts out. */
  readonly fallbackEmail?: string;
  /** Whether AWS Config's rules are made; yes unless it says false. Config must be recording. */
  readonly configRules?: boolean;
  /** Images that nodes may run: with them Config tells of every other. */
  readonly approvedAmis?: readonly string[];
  /** Whether GuardDuty is switched on with what watches EKS; an account that has it must not ask for it. */
  readonly guardDuty?: boolean;
  /** Whether Inspector is switched on for instances and images. */
  readonly inspector?: boolean;
}

const retention = z.coerce.number().int().min(1).max(36_500).default(365);
const email = z.email().optional();
const yesOrNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .or(z.boolean())
  .optional();
const images = z
  .string()
  .transform((text) => text.split(',').map((id) => id.trim()))
  .pipe(z.array(z.string().regex(/^ami-[0-9a-f]{8,17}$/)).min(1))
  .optional();

export class ParameterRefused extends Error {
  override readonly name = 'ParameterRefused';
}

/** Throws one line that names the parameter which is wrong. */
export function readParameters(contextOf: (name: string) => unknown): Parameters {
  const fallbackEmail = read('fallbackEmail', email, 'an e-mail address');
  const configRules = read('configRules', yesOrNo, 'true or false');
  const guardDuty = read('guardDuty', yesOrNo, 'true or false');
  const inspector = read('inspector', yesOrNo, 'true or false');
  const approvedAmis = read('approvedAmis', images, 'ids of images with commas between them');
  return {
    evidenceRetentionDays: read('evidenceRetentionDays', retention, 'a whole number of days, 1 to 36500'),
    ...(fallbackEmail === undefined ? {} : { fallbackEmail }),
    ...(approvedAmis === undefined ? {} : { approvedAmis }),
    ...(configRules === undefined ? {} : { configRules }),
    ...(guardDuty === undefined ? {} : { guardDuty }),
    ...(inspector === undefined ? {} : { inspector }),
  };

  function read<Schema extends z.ZodType>(name: string, schema: Schema, wanted: string): z.output<Schema> {
    const value = contextOf(name);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new ParameterRefused(`--context ${name}=${String(value)}: it must be ${wanted}`);
    return parsed.data;
  }
}
