import { DescribeImagesCommand, type ECRClient, type ImageDetail, type ImageIdentifier } from '@aws-sdk/client-ecr';
import type { V1Pod } from '@kubernetes/client-node';

/** An image in a private registry of ECR, as a container names it. */
export interface EcrImage {
  readonly registryId: string;
  readonly region: string;
  readonly repository: string;
  /** What somebody asked for; null where it was a digest alone. */
  readonly tag: string | null;
  /** What runs; null where the container has not started. */
  readonly digest: string | null;
}

/** What the registry has of an image that runs, and whether its tag means something else by now. */
export interface ImageInRegistry extends EcrImage {
  /** The containers that run it, as namespace/pod/container. */
  readonly containers: readonly string[];
  readonly running: ImageRecord | null;
  readonly tagged: ImageRecord | null;
  /** `moved`: the tag is at another digest; `gone`: the registry no longer has what runs. */
  readonly verdict: 'same' | 'moved' | 'gone' | 'unknown';
  readonly because: string | null;
}

interface ImageRecord {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: string | null;
  readonly lastPulledAt: string | null;
  readonly scan: string | null;
  readonly findings: Readonly<Partial<Record<string, number>>>;
}

/** A node runs 110 pods at the most unless it is told otherwise, most of them of few images. */
export const mostImages = 100;

const hosts =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** Reads `<account>.dkr.ecr.<Region>.amazonaws.com/<repository>[:<tag>][@<digest>]`; null for every other registry. */
export function ecrImage(image: string, imageId: string): EcrImage | null {
  const [, host = '', path = '', tag, pinned] =
    /^([^/]+)\/([a-z0-9._/-]{2,256})(?::([\w.-]{1,128}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  const [, registryId, region] = hosts.exec(host) ?? [];
  if (registryId === undefined || region === undefined) return null;
  const runs = /@(sha256:[0-9a-f]{64})$/.exec(imageId)?.[1];
  return {
    registryId,
    region,
    repository: path,
    // Without either it is what is called latest.
    tag: tag ?? (pinned === undefined ? 'latest' : null),
    digest: runs ?? pinned ?? null,
  };
}

/** The images from ECR that pods run, each once with the containers that run it. */
export function imagesOf(pods: readonly V1Pod[]): { readonly image: EcrImage; readonly containers: string[] }[] {
  const found = new Map<string, { image: EcrImage; containers: string[] }>();
  for (const { metadata, spec, status } of pods) {
    const statuses = [status?.initContainerStatuses, status?.containerStatuses, status?.ephemeralContainerStatuses];
    const idOf = (name: string) => statuses.flatMap((all) => all ?? []).find((it) => it.name === name)?.imageID ?? '';
    const containers = [spec?.initContainers, spec?.containers, spec?.ephemeralContainers].flatMap((all) => all ?? []);
    for (const { name, image = '' } of containers) {
      const it = ecrImage(image, idOf(name));
      if (it === null) continue;
      const key = JSON.stringify(it);
      const entry = found.get(key) ?? { image: it, containers: [] };
      entry.containers.push(`${metadata?.namespace}/${metadata?.name}/${name}`);
      found.set(key, entry);
    }
  }
  return [...found.values()];
}

/** Asks the registry what runs and what the tag means now. That it does not say is an answer too. */
export async function lookUp(
  ecr: ECRClient,
  region: string,
  { image, containers }: ReturnType<typeof imagesOf>[number],
): Promise<ImageInRegistry> {
  const known = { ...image, containers };
  const nothing = { running: null, tagged: null };
  if (image.region !== region) {
    return { ...known, ...nothing, verdict: 'unknown', because: `its registry is in ${image.region}` };
  }
  try {
    const [running, tagged] = await Promise.all([
      image.digest === null ? null : describe(ecr, image, { imageDigest: image.digest }),
      image.tag === null ? null : describe(ecr, image, { imageTag: image.tag }),
    ]);
    return { ...known, running, tagged, ...judge(image, running, tagged) };
  } catch (error) {
    // Another account's registry says nothing to us, and AWS's own say nothing to anybody.
    const because = error instanceof Error ? error.name : 'no answer';
    return { ...known, ...nothing, verdict: 'unknown', because };
  }
}

function judge(
  { digest, tag }: EcrImage,
  running: ImageRecord | null,
  tagged: ImageRecord | null,
): Pick<ImageInRegistry, 'verdict' | 'because'> {
  if (digest === null) return { verdict: 'unknown', because: 'the container has not started' };
  if (running === null) return { verdict: 'gone', because: 'the registry no longer has what runs' };
  if (tag === null || tagged?.digest === digest) return { verdict: 'same', because: null };
  const now = tagged === null ? 'at nothing' : `at ${tagged.digest}, pushed ${tagged.pushedAt ?? 'nobody knows when'},`;
  return { verdict: 'moved', because: `the tag ${tag} is ${now} by now` };
}

async function describe(
  ecr: ECRClient,
  { registryId, repository }: EcrImage,
  imageId: ImageIdentifier,
): Promise<ImageRecord | null> {
  try {
    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({ registryId, repositoryName: repository, imageIds: [imageId] }),
    );
    const [found] = imageDetails ?? [];
    return found === undefined ? null : recordOf(found);
  } catch (error) {
    if (error instanceof Error && error.name === 'ImageNotFoundException') return null;
    throw error;
  }
}

function recordOf(it: ImageDetail): ImageRecord {
  return {
    digest: it.imageDigest ?? '',
    tags: [...(it.imageTags ?? [])].sort(),
    pushedAt: it.imagePushedAt?.toISOString() ?? null,
    lastPulledAt: it.lastRecordedPullTime?.toISOString() ?? null,
    scan: it.imageScanStatus?.status ?? null,
    findings: it.imageScanFindingsSummary?.findingSeverityCounts ?? {},
  };
}
