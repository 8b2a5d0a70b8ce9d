import { LogType } from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { ClusterSetting } from './setting';

const types = Object.values(LogType).sort();
const logging = z.strictObject({ enabled: z.array(z.enum(LogType)) });
type Logging = z.infer<typeof logging>;

interface Described {
  readonly clusterLogging?:
    | readonly { readonly types?: readonly string[] | undefined; readonly enabled?: boolean | undefined }[]
    | undefined;
}

/** Which of the control plane's logs go to CloudWatch. */
export const loggingSetting: ClusterSetting<Logging> = {
  schema: logging,
  of: (cluster) => loggingOf(cluster.logging),
  updateType: 'LoggingUpdate',
  pending(params, now) {
    const asked = setups.safeParse(params.get('ClusterLogging'));
    if (!asked.success) return now;
    const enabled = new Set(now.enabled);
    for (const setup of asked.data) {
      for (const type of setup.types) {
        if (setup.enabled) enabled.add(type);
        else enabled.delete(type);
      }
    }
    return { enabled: [...enabled].sort() };
  },
  input({ enabled }) {
    const off = types.filter((type) => !enabled.includes(type));
    return {
      logging: {
        clusterLogging: [
          ...(enabled.length === 0 ? [] : [{ types: enabled, enabled: true }]),
          ...(off.length === 0 ? [] : [{ types: off, enabled: false }]),
        ],
      },
    };
  },
  tell: ({ enabled }) => `control-plane logs ${enabled.join(', ') || 'all off'}`,
  effects: () => [],
};

function loggingOf(described: Described | undefined): Logging {
  const enabled = (described?.clusterLogging ?? []).flatMap((setup) =>
    setup.enabled === true ? (setup.types ?? []) : [],
  );
  return { enabled: types.filter((type) => enabled.includes(type)) };
}

/** An update's parameter is a text: the JSON of what was asked for, with its list or as it. */
const setups = z
  .string()
  .transform((text, context) => {
    try {
      const parsed: unknown = JSON.parse(text);
      return typeof parsed === 'object' && parsed !== null && 'clusterLogging' in parsed
        ? parsed.clusterLogging
        : parsed;
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(z.object({ types: z.array(z.enum(LogType)).default([]), enabled: z.boolean() })));

/** What of a recorded cluster says which logs it kept. */
export const recordedLogging = z
  .looseObject({
    cluster: z.looseObject({
      logging: z.looseObject({
        clusterLogging: z.array(
          z.looseObject({ types: z.array(z.string()).optional(), enabled: z.boolean().optional() }),
        ),
      }),
    }),
  })
  .transform(({ cluster }) => loggingOf(cluster.logging));
