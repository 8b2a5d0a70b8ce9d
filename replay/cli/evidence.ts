import { createPublicKey } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { checkManifest, sealedManifest } from '../../runbooks/evidence-check';
import { sealingKey } from '../estate/sealing-key';
import type { StoredVersion } from '../estate/state';
import { BadInput } from './bad-input';

/** Versions that a later one of the same key has covered lie here, by their ids. */
const older = '.versions';

/**
 * Holds a manifest against the objects of a folder: the evidence bucket's, as `aws s3 sync` fetches them or `replay --keep`
 * writes them. Prints one line for each flaw. Answers the exit status: 0 where nothing was touched, 1 otherwise.
 */
export async function verifyEvidence(
  manifestFile: string,
  options: { readonly objects: string; readonly key: string },
  print: (line: string) => void,
): Promise<0 | 1> {
  const parsed = sealedManifest.safeParse(readJson(manifestFile));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadInput(`${manifestFile}: not a manifest: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const folder = resolve(options.objects);
  if (!isFolder(folder))
    throw new BadInput(`${options.objects}: there is no such folder; fetch the bucket into one first`);
  const flaws = await checkManifest(
    parsed.data,
    {
      open: async (key, versionId) => {
        const file = [inside(folder, join(older, versionId)), inside(folder, key)].find(isFile);
        return file === undefined ? null : createReadStream(file);
      },
      list: async (prefix) => {
        const root = inside(folder, prefix);
        if (!isFolder(root)) return [];
        return readdirSync(root, { recursive: true, encoding: 'utf8' })
          .map((name) => relative(folder, join(root, name)).split(sep).join('/'))
          .filter((key) => !isFolder(join(folder, key)))
          .sort();
      },
    },
    publicKeyIn(options.key),
  );
  for (const { kind, what } of flaws) print(`${kind}: ${what}`);
  const { incidentId, entries, sealedAt } = parsed.data.seal;
  print(
    flaws.length === 0
      ? `intact: ${entries} entries of ${incidentId}, sealed at ${sealedAt}`
      : `${flaws.length} flaw(s) in the evidence of ${incidentId}`,
  );
  return flaws.length === 0 ? 0 : 1;
}

/** Writes what lies in a rehearsal's bucket into a folder, for `evidence verify`. */
export function keepEvidence(folder: string, objects: readonly StoredVersion[]): void {
  const latest = new Map(objects.map((object) => [object.key, object]));
  for (const object of objects) {
    const covered = latest.get(object.key) !== object;
    const file = covered ? join(folder, older, object.versionId) : inside(resolve(folder), object.key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, object.body);
  }
  writeFileSync(join(folder, 'sealing-key.pem'), createPublicKey(sealingKey).export({ type: 'spki', format: 'pem' }));
}

/** A key comes from a manifest, which somebody may have written who means us no good. */
function inside(folder: string, key: string): string {
  const file = resolve(folder, key);
  if (file !== folder && !file.startsWith(`${folder}${sep}`))
    throw new BadInput(`${key}: this key leads out of the folder`);
  return file;
}

function readJson(file: string): unknown {
  const bytes = readBytes(file);
  if (bytes === null) throw new BadInput(`${file}: there is no such file that can be read; name a manifest`);
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new BadInput(`${file}: not JSON`);
  }
}

function publicKeyIn(file: string): string {
  const bytes = readBytes(file);
  if (bytes === null)
    throw new BadInput(`${file}: there is no such file; write the sealing key’s public key into one, PEM`);
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('-----BEGIN')) throw new BadInput(`${file}: not a public key in PEM`);
  return text;
}

function readBytes(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
