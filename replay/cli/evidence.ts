import {
  byPublicKey,
  checkManifest,
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
    throw new BadInput(`${manifest}: not a manifest: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const flaws = await checkManifest(parsed.data, source.locker, isSigned, now);
  for (const { kind, what } of flaws) print(`${kind}: ${what}`);
  const { incidentId, entries, sealedAt } = parsed.data.seal;
  print(
    flaws.length === 0
      ? `intact: ${entries} entries of ${incidentId}, sealed at ${sealedAt}`
      : `${flaws.length} flaw(s) in the evidence of ${incidentId}`,
  );
  return flaws.length === 0 ? 0 : 1;
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
