import { type Cluster, DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import type { STSClient } from '@aws-sdk/client-sts';
import type { KubeConfig, Observable, RequestContext, ResponseContext } from '@kubernetes/client-node';
import { noteCall } from '../aws/observed-calls';
import { isTransient } from '../contract';
import { type Kubernetes, type KubernetesOf, KubernetesUnavailable, type Workload } from './kubernetes';
import { instanceOf } from './node';
import { clusterToken } from './token';

/** A responder waits for an answer, not for a timeout of TCP. */
const patienceMs = 5_000;
const pageSize = 500;
/** Enough of a log to see what happened, little enough for one object. */
const logBytes = 5_000_000;

interface Location {
  readonly server: string;
  readonly caData?: string;
  /** Only for a server on this machine that speaks plain HTTP. */
  readonly skipTLSVerify?: boolean;
}

interface Needs {
  readonly eks: EKSClient;
  readonly sts: STSClient;
  readonly region: string;
  readonly now: () => Date;
  /** Where a cluster's endpoint really is: elsewhere only in rehearsals. */
  readonly locate?: (cluster: Cluster) => Location;
  /** Makes each request; for whoever keeps a clock of their own. */
  readonly request?: <T>(call: () => Promise<T>) => Promise<T>;
}

/** Kubernetes by its own client, with a token from STS. The client is loaded when it is first needed: few tasks need it. */
export function kubernetesClients({
  eks,
  sts,
  region,
  now,
  locate = byEndpoint,
  request = atOnce,
}: Needs): KubernetesOf {
  return async (name) => {
    const cluster = await describe(eks, name);
    if (cluster?.endpoint === undefined) {
      throw new KubernetesUnavailable(
        'unreachable',
        `${name} has no endpoint: it is ${cluster?.status ?? 'not there'}`,
      );
    }
    const token = await clusterToken(sts, { cluster: name, region, now: now() });
    const where = locate(cluster);
    return kubernetesAt(name, where, token, request);
  };
}

/** A cluster that is gone, or that we may not even describe, has no API for us. */
async function describe(eks: EKSClient, name: string): Promise<Cluster | undefined> {
  try {
    return (await eks.send(new DescribeClusterCommand({ name }))).cluster;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (isTransient(error)) throw error;
    throw new KubernetesUnavailable('no-access', `EKS does not describe ${name}: ${error.name}`);
  }
}

function byEndpoint({ endpoint = '', certificateAuthority }: Cluster): Location {
  const caData = certificateAuthority?.data;
  return { server: endpoint, ...(caData === undefined ? {} : { caData }) };
}

function atOnce<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

function kubernetesAt(
  cluster: string,
  where: Location,
  token: string,
  request: <T>(call: () => Promise<T>) => Promise<T>,
): Kubernetes {
  const load = async () => {
    const client = await import('@kubernetes/client-node');
    const config: KubeConfig = new client.KubeConfig();
    config.loadFromClusterAndUser({ name: cluster, skipTLSVerify: false, ...where }, { name: 'responder', token });
    return { client, config };
  };
  type Loaded = Awaited<ReturnType<typeof load>>;
  let loaded: Promise<Loaded> | undefined;
  const configured = () => {
    loaded ??= load();
    return loaded;
  };
  const call = <T>(work: (loaded: Loaded) => Promise<T>): Promise<T> =>
    request(async () => {
      try {
        return await work(await configured());
      } catch (error) {
        throw understood(cluster, error);
      }
    });
  const orNull = async <T>(work: Promise<T>): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof NotThere) return null;
      throw error;
    }
  };
  const core = ({ client, config }: Loaded) => config.makeApiClient(client.CoreV1Api);
  const networking = ({ client, config }: Loaded) => config.makeApiClient(client.NetworkingV1Api);
  const timed = (loaded: Loaded) => ({
    middleware: [patience(loaded.client)],
    middlewareMergeStrategy: 'append' as const,
  });
  const merging = (loaded: Loaded) =>
    loaded.client.setHeaderOptions('Content-Type', loaded.client.PatchStrategy.MergePatch, timed(loaded));

  /** Page after page, each a request of its own. */
  const all = async <Item>(
    page: (loaded: Loaded, _continue?: string) => Promise<{ items: Item[]; metadata?: { _continue?: string } }>,
  ): Promise<Item[]> => {
    const items: Item[] = [];
    let token: string | undefined;
    do {
      const found = await call((loaded) => page(loaded, token));
      items.push(...found.items);
      token = found.metadata?._continue;
    } while (token !== undefined && token !== '');
    return items;
  };
  const from = (_continue?: string) => ({ limit: pageSize, ...(_continue === undefined ? {} : { _continue }) });
  const nodes = () => all((it, token) => core(it).listNode(from(token), timed(it)));

  return {
    nodes,
    async nodeOf(instanceId) {
      return (await nodes()).find((node) => instanceOf(node) === instanceId) ?? null;
    },
    node: (name) => orNull(call((it) => core(it).readNode({ name }, timed(it)))),
    async patchNode(name, body) {
      await call((it) => core(it).patchNode({ name, body }, merging(it)));
    },
    pods: () => all((it, token) => core(it).listPodForAllNamespaces(from(token), timed(it))),
    pod: (namespace, name) => orNull(call((it) => core(it).readNamespacedPod({ namespace, name }, timed(it)))),
    async ownerOf(namespace, { apiVersion, kind, name }) {
      const plural = workloads.get(`${apiVersion} ${kind}`);
      if (plural === undefined) return null;
      const [group = '', version = ''] = apiVersion.split('/');
      const at = { group, version, namespace, plural, name };
      const custom = ({ client, config }: Loaded) => config.makeApiClient(client.CustomObjectsApi);
      return orNull<Workload>(call((it) => custom(it).getNamespacedCustomObject(at, timed(it))));
    },
    async patchPod(namespace, name, body) {
      await call((it) => core(it).patchNamespacedPod({ namespace, name, body }, merging(it)));
    },
    networkPolicies: (namespace) =>
      all((it, token) => networking(it).listNamespacedNetworkPolicy({ namespace, ...from(token) }, timed(it))),
    async createNetworkPolicy(namespace, body) {
      await call((it) => networking(it).createNamespacedNetworkPolicy({ namespace, body }, timed(it)));
    },
    async deleteNetworkPolicy(namespace, name) {
      await orNull(call((it) => networking(it).deleteNamespacedNetworkPolicy({ namespace, name }, timed(it))));
    },
    disruptionBudgets: () =>
      all((it, token) =>
        it.config.makeApiClient(it.client.PolicyV1Api).listPodDisruptionBudgetForAllNamespaces(from(token), timed(it)),
      ),
    eventsOf: (namespace, name) =>
      all((it, token) =>
        core(it).listNamespacedEvent(
          { namespace, fieldSelector: `involvedObject.name=${name}`, ...from(token) },
          timed(it),
        ),
      ),
    log: (namespace, name, container, previous) =>
      orNull(
        call((it) =>
          core(it).readNamespacedPodLog(
            { namespace, name, container, previous, timestamps: true, limitBytes: logBytes },
            timed(it),
          ),
        ),
      ),
    serviceAccount: (namespace, name) =>
      orNull(call((it) => core(it).readNamespacedServiceAccount({ namespace, name }, timed(it)))),
    async roleBindings() {
      const api = ({ client, config }: Loaded) => config.makeApiClient(client.RbacAuthorizationV1Api);
      const [cluster, namespaced] = await Promise.all([
        all((it, token) => api(it).listClusterRoleBinding(from(token), timed(it))),
        all((it, token) => api(it).listRoleBindingForAllNamespaces(from(token), timed(it))),
      ]);
      return [...cluster, ...namespaced];
    },
  };
}

/** What the API calls the workloads that the shipped ClusterRole lets responders read. */
const workloads: ReadonlyMap<string, string> = new Map([
  ['apps/v1 DaemonSet', 'daemonsets'],
  ['apps/v1 Deployment', 'deployments'],
  ['apps/v1 ReplicaSet', 'replicasets'],
  ['apps/v1 StatefulSet', 'statefulsets'],
  ['batch/v1 CronJob', 'cronjobs'],
  ['batch/v1 Job', 'jobs'],
]);

/** Answered with 404. */
class NotThere extends Error {
  override readonly name = 'NotThere';
}

/** Ends a request that takes too long, and notes it, with the id by which the audit log has it. */
function patience({ Observable: Of }: { Observable: new <T>(promise: Promise<T>) => Observable<T> }) {
  let call = '';
  return {
    pre(context: RequestContext): Observable<RequestContext> {
      context.setSignal(AbortSignal.timeout(patienceMs));
      // The API's own path, wherever a proxy or a rehearsal puts it.
      const path = /\/apis?\/.*$/.exec(new URL(context.getUrl()).pathname)?.[0] ?? '';
      call = `kubernetes:${context.getHttpMethod()} ${path}`;
      return new Of(Promise.resolve(context));
    },
    post(context: ResponseContext): Observable<ResponseContext> {
      noteCall({ call, requestId: context.headers['audit-id'] ?? null });
      return new Of(Promise.resolve(context));
    },
  };
}

function understood(cluster: string, error: unknown): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 404) return new NotThere(`${cluster} does not have it`);
  if (code === 401 || code === 403) {
    const status = code === 401 ? 'does not know our role' : 'does not let our role do this';
    return new KubernetesUnavailable('no-access', `${cluster} ${status} (${code}); containment goes on in AWS alone`);
  }
  // Too busy, or broken behind its door: it is of no more use than one that does not answer.
  if (typeof code === 'number' && code !== 429 && code < 500) {
    return new Error(`Kubernetes answered ${code}`, { cause: error });
  }
  const named = error instanceof Error ? error.name : 'no answer';
  const why = code === undefined ? named : typeof code === 'number' ? `it answers ${code}` : String(code);
  return new KubernetesUnavailable(
    'unreachable',
    `the API server of ${cluster} cannot be reached (${why}); containment goes on in AWS alone`,
  );
}
