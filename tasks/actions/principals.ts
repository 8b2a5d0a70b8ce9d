import { compromiseTouch } from '../../runbooks/node-compromise';
import type { Dossier } from '../dossier';
import { isProtected } from '../own-roles';
import { suspectsOf } from '../suspects';

/** A user or a role that may be in other hands. */
export interface Principal {
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly accessKeyId: string | null;
}

/**
 * Who is suspected of having acted, and whose credentials a finding names: users and roles of the incident's account. Ours
 * are never among them, nor those that only AWS may change.
 */
export function principalsOf(dossier: Dossier): Principal[] {
  const found: Principal[] = [];
  for (const { principalArn, accessKeyId } of suspectsOf(dossier)) {
    const [, owner, kind, path, name] =
      /^arn:[^:]+:iam::(\d{12}):(user|role)(\/(?:.*\/)?)([^/]+)$/.exec(principalArn ?? '') ?? [];
    if (owner === dossier.account && path !== undefined && name !== undefined && !isProtected(path)) {
      found.push({ kind: kind === 'user' ? 'user' : 'role', name, accessKeyId });
    }
  }
  for (const { touches } of dossier.events) {
    for (const touch of touches) {
      const parsed = compromiseTouch.safeParse(touch);
      if (parsed.data?.kind !== 'principal') continue;
      const { principal, name, accessKeyId } = parsed.data;
      found.push({ kind: principal, name, accessKeyId });
    }
  }
  return [...new Map(found.map((it) => [`${it.kind} ${it.name} ${it.accessKeyId}`, it])).values()];
}
