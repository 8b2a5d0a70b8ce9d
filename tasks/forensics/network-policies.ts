import type { V1LabelSelector, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';

/** Whether a selector takes labels: an empty one takes everything. */
export function selects(selector: V1LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          // What is not known may select it: rather named too often than not at all.
          return true;
      }
    })
  );
}

/** The policies that let a pod speak all the same: policies add up, and none can deny what another allows. */
export function conflicting(policies: readonly V1NetworkPolicy[], pod: V1Pod): string[] {
  return policies
    .filter(({ spec }) => selects(spec?.podSelector, pod.metadata?.labels ?? {}))
    .filter(({ spec }) => (spec?.ingress ?? []).length > 0 || (spec?.egress ?? []).length > 0)
    .flatMap(({ metadata }) => metadata?.name ?? [])
    .sort();
}

/**
 * Whether something on a node enforces NetworkPolicy, by the pods that run there: the VPC CNI's own agent where it is
 * switched on, Calico or Cilium.
 */
export function enforced(podsOnNode: readonly V1Pod[]): boolean {
  return podsOnNode.some(({ metadata, spec }) => {
    if (/^(calico-node|cilium)(-|$)/.test(metadata?.name ?? '')) return true;
    return (spec?.containers ?? []).some(({ args = [] }) => args.includes('--enable-network-policy=true'));
  });
}
