import type { DriftKind, DriftSettings } from '../../runbooks/posture-drift';
import type { ClusterPosture } from './cluster';

/** One way in which a cluster is not as the plan wants it, in words. */
export interface Drift {
  readonly kind: DriftKind;
  readonly line: string;
}

/** What the plan's settings find at a cluster: nothing where all is well. */
export function driftOf(
  posture: Pick<ClusterPosture, 'name' | 'version' | 'logTypes' | 'secretsKey' | 'failedUpdates'>,
  settings: Pick<DriftSettings, 'approvedVersions' | 'logTypes'>,
): Drift[] {
  const { name, version, failedUpdates } = posture;
  const off = settings.logTypes.filter((type) => !posture.logTypes.includes(type));
  return [
    ...failedUpdates.map(({ id, type, nodegroup, at, error }) => ({
      kind: 'failed-update' as const,
      line: `${type} ${id} of ${nodegroup === null ? name : `${name}/${nodegroup}`} failed at ${at}: ${error || 'EKS says no more'}`,
    })),
    ...(settings.approvedVersions.includes(version)
      ? []
      : [
          {
            kind: 'unapproved-version' as const,
            line: `${name} runs Kubernetes ${version}; approved: ${settings.approvedVersions.join(', ')}`,
          },
        ]),
    ...(posture.secretsKey === null
      ? [{ kind: 'secrets-without-key' as const, line: `${name} encrypts its secrets with AWS’s key, not with yours` }]
      : []),
    ...(off.length === 0
      ? []
      : [{ kind: 'logging-off' as const, line: `${name} keeps no ${off.join(', ')} logs of its control plane` }]),
  ];
}
