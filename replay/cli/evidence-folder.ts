import { createPublicKey } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { errorName } from '../../tasks/errors';
import { sealingKey } from '../estate/sealing-key';
import type { StoredVersion } from '../estate/state';
import { BadInput } from './bad-input';
import type { EvidenceSource } from './evidence';

/** Versions that a later one of the same key has covered lie here, by their ids. */
const older = '.versions';

/** A folder into which the evidence bucket was fetched. It knows no locks, and of most objects one version. */
export function evidenceFolder(manifest: string, objects: string | undefined): EvidenceSource {
  if (objects === undefined) {
    throw new BadInput('--objects: name the folder with the fetched bucket, or a manifest in S3 by s3://…');
  }
  const folder = resolve(objects);
  if (!isFolder(folder)) throw new BadInput(`${objects}: there is no such folder; fetch the bucket into one first`);
  return {
    manifest: readText(manifest, 'name a manifest'),
    locker: {
      open: async (key, versionId) => {
        const file = [join(older, versionId), key].flatMap((it) => inside(folder, it) ?? []).find(isFile);
        return file === undefined ? null : readable(file);
      },
      list: async (prefix) => {
        const root = inside(folder, prefix);
        if (root === null || !isFolder(root)) return [];
        return readdirSync(root, { recursive: true, encoding: 'utf8' })
          .map((name) => relative(folder, join(root, name)).split(sep).join('/'))
          .filter((key) => !isFolder(join(folder, key)))
          .sort()
          .map((key) => ({ key, versionId: null }));
      },
    },
  };
}

/** Writes what lies in a rehearsal's bucket into a folder, for `evidence verify`. */
export function keepEvidence(folder: string, objects: readonly StoredVersion[]): void {
  const latest = new Map(objects.map((object) => [object.key, object]));
  for (const object of objects) {
    const covered = latest.get(object.key) !== object;
    const file = join(folder, ...(covered ? [older, object.versionId] : [object.key]));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, object.body);
  }
  writeFileSync(join(folder, 'sealing-key.pem'), createPublicKey(sealingKey).export({ type: 'spki', format: 'pem' }));
}

/** Throws `BadInput` with what to do instead where there is no such file. */
export function readText(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new BadInput(`${file}: there is no such file that can be read; ${otherwise}`);
  }
}

/** A key comes from a manifest, which somebody may have written who means us no good: null where it leads out of the folder. */
function inside(folder: string, key: string): string | null {
  const file = resolve(folder, key);
  return file === folder || file.startsWith(`${folder}${sep}`) ? file : null;
}

async function* readable(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new BadInput(`${file}: it cannot be read: ${errorName(error)}`);
  }
}

function isFile(path: string): boolean {
  return kindOf(path)?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return kindOf(path)?.isDirectory() ?? false;
}

/** Null where nothing is, and where no file could have such a name. */
function kindOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
