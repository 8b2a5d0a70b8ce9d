import {
  byPublicKey,
  checkManifest,
  type Flaw,
  type Locker,
  sealedManifest,
  type VerifySignature,
} from '../../runbooks/evidence-check';
import { BadInput } from './bad-input';
import { type AwsAccess, evidenceBucket, signedByKms } from './evidence-bucket';
import { evidenceFolder, readText } from './evidence-folder';

export interface VerifyOptions extends AwsAccess {
  /** The folder into which the bucket was fetched; for a manifest that lies in S3, the bucket itself is looked into. */
  readonly objects?: string | undefined;
  /** A file with the public key of the seal, or the ARN or alias of the KMS key. */
  readonly key: string;
  /** One document instead of lines. */
  readonly json?: boolean | undefined;
}

/** A manifest, and where the objects are that it lists. */
export interface EvidenceSource {
  readonly manifest: string;
  readonly locker: Locker;
}

/**
 * Holds a manifest against the objects that it lists: in the evidence bucket, version by version, or in a folder, as
 * `aws s3 sync` fetches them or `replay --keep` writes them. Prints one line for each flaw. Answers the exit status: 0 where
 * nothing was touched, 1 otherwise.
 */
export async function verifyEvidence(
  manifest: string,
  options: VerifyOptions,
  now: Date,
  print: (line: string) => void,
): Promise<0 | 1> {
  const isSigned = await signature(options);
  const source = manifest.startsWith('s3://')
    ? await evidenceBucket(manifest, options)
    : evidenceFolder(manifest, options.objects);
  const parsed = sealedManifest.safeParse(parse(manifest, source.manifest));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw new BadInput(asOneLine(`${manifest}: not a manifest: ${at}${issue?.message}`));
  }
  const { incidentId, entries, sealedAt } = parsed.data.seal;
  const flaws = [
    ...checkText(manifest, source.manifest, incidentId),
    ...(await checkManifest(parsed.data, source.locker, isSigned, now)),
  ];
  if (options.json === true) {
    print(JSON.stringify({ intact: flaws.length === 0, incidentId, entries, sealedAt, flaws }, null, 2));
    return flaws.length === 0 ? 0 : 1;
  }
  for (const { kind, what } of flaws) print(asOneLine(`${kind}: ${what}`));
  print(
    asOneLine(
      flaws.length === 0
        ? `intact: ${entries} entries of ${incidentId}, sealed at ${sealedAt}`
        : `${flaws.length} flaw(s) in the evidence of ${incidentId}`,
    ),
  );
  return flaws.length === 0 ? 0 : 1;
}

/** What the manifest's text and its place say that its values do not. */
function checkText(name: string, text: string, incidentId: string): Flaw[] {
  const flaws: Flaw[] = [];
  const [, place] = /(?:^|\/)incidents\/([^/]+)\/manifest-[^/]+\.json$/.exec(name) ?? [];
  if (place !== undefined && place !== incidentId) {
    flaws.push({ kind: 'foreign', what: `${name}: it is the manifest of ${incidentId}` });
  }
  const twice = repeatedName(text);
  if (twice !== null) {
    flaws.push({
      kind: 'altered',
      what: `${name}: it has ${twice} twice in one object, of which readers take one or the other`,
    });
  }
  return flaws;
}

/** A name that an object of a JSON document has twice, as it is written there; null where every name is there once. */
function repeatedName(json: string): string | null {
  const objects: (Set<string> | null)[] = [];
  for (const [, bracket, text = '', colon] of json.matchAll(/([{}[\]])|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/g)) {
    if (bracket === '{') objects.push(new Set());
    else if (bracket === '[') objects.push(null);
    else if (bracket !== undefined) objects.pop();
    else if (colon !== undefined) {
      const names = objects.at(-1);
      const name = String(JSON.parse(text));
      if (names?.has(name) === true) return text;
      names?.add(name);
    }
  }
  return null;
}

/** A manifest may be the work of whoever wants to be believed: nothing of it starts a line or moves the cursor of a terminal. */
function asOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (it) => `\\u${it.codePointAt(0)?.toString(16).padStart(4, '0')}`);
}

/** The key is named by whoever asks: one that the manifest named itself would prove nothing. */
async function signature({ key, ...access }: VerifyOptions): Promise<VerifySignature> {
  if (/^(arn:[a-z-]+:kms:|alias\/)/.test(key)) return signedByKms(key, access);
  const text = readText(key, 'write the sealing key’s public key into one, PEM, or name the key in KMS by its ARN');
  try {
    return byPublicKey(text);
  } catch {
    throw new BadInput(`${key}: not a public key in PEM`);
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadInput(`${name}: not JSON`);
  }
}
