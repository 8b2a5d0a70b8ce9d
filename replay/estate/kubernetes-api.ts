import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type KubernetesObject, type KubernetesObjects, keyOf } from './kubernetes-objects';

/** Kinds by the plural that stands in a path. */
const kinds: Readonly<Record<string, string>> = {
  nodes: 'Node',
  pods: 'Pod',
  events: 'Event',
  serviceaccounts: 'ServiceAccount',
  networkpolicies: 'NetworkPolicy',
  poddisruptionbudgets: 'PodDisruptionBudget',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  cronjobs: 'CronJob',
  jobs: 'Job',
};

/** Nobody listens there: what a private endpoint looks like from outside its VPC. */
const nowhere = 'http://127.0.0.1:9';

/**
 * The API servers of the estate's clusters, over HTTP on loopback, so that Kubernetes' own client is what speaks to them:
 * the paths that responders use, with Kubernetes' answers and errors. Anything else is refused by name.
 */
export class KubernetesApi {
  private constructor(
    private readonly server: Server,
    private readonly clusters: ReadonlyMap<string, KubernetesObjects>,
  ) {}

  static async start(clusters: ReadonlyMap<string, KubernetesObjects>): Promise<KubernetesApi> {
    const server = createServer((request, response) => {
      void answer(clusters, request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new KubernetesApi(server, clusters);
  }

  /** Where the API server of a cluster is found. */
  locate(cluster: string): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string' || this.clusters.get(cluster)?.access === 'unreachable') {
      return nowhere;
    }
    return `http://127.0.0.1:${address.port}/clusters/${cluster}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

async function answer(
  clusters: ReadonlyMap<string, KubernetesObjects>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, , cluster = '', ...path] = url.pathname.split('/').map(decodeURIComponent);
  const found = handle(clusters.get(cluster), {
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    token: request.headers.authorization ?? '',
    body: body === '' ? null : (JSON.parse(body) as Record<string, unknown>),
  });
  const text = typeof found.body === 'string';
  response.writeHead(found.status, { 'content-type': text ? 'text/plain' : 'application/json', connection: 'close' });
  response.end(text ? found.body : JSON.stringify(found.body));
}

interface Request {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly token: string;
  readonly body: Record<string, unknown> | null;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function handle(cluster: KubernetesObjects | undefined, request: Request): Answer {
  if (cluster === undefined || !request.token.startsWith('Bearer k8s-aws-v1.')) return failed(401, 'Unauthorized');
  if (cluster.access !== 'granted') return failed(403, 'Forbidden');
  // /api/v1/… or /apis/<group>/<version>/…
  const resource = request.path[0] === 'api' ? request.path.slice(2) : request.path.slice(3);
  const namespaced = resource[0] === 'namespaces';
  const namespace = namespaced ? resource[1] : undefined;
  const [plural = '', name, subresource] = namespaced ? resource.slice(2) : resource;
  const kind = kinds[plural];
  if (kind === undefined) return failed(404, `the estate does not know ${request.method} /${request.path.join('/')}`);
  const key = `${kind}/${namespace ?? ''}/${name ?? ''}`;
  if (name === undefined) {
    return request.method === 'POST' && request.body !== null
      ? create(cluster, kind, namespace, request.body)
      : list(cluster, kind, namespace, request.query);
  }
  const object = cluster.objects.get(key);
  if (object === undefined) return failed(404, `${plural} "${name}" not found`);
  if (subresource === 'log') return log(cluster, `${namespace}/${name}`, request.query);
  switch (request.method) {
    case 'GET':
      return { status: 200, body: object };
    case 'PATCH':
      merge(object, request.body ?? {});
      return { status: 200, body: object };
    case 'DELETE':
      cluster.objects.delete(key);
      return { status: 200, body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
    default:
      return failed(405, `the server does not allow ${request.method}`);
  }
}

function list(
  { objects }: KubernetesObjects,
  kind: string,
  namespace: string | undefined,
  query: URLSearchParams,
): Answer {
  const items = [...objects.values()].filter(
    (it) =>
      it.kind === kind &&
      (namespace === undefined || it.metadata.namespace === namespace) &&
      fits(it, query.get('fieldSelector')),
  );
  const version = items[0]?.apiVersion ?? 'v1';
  return { status: 200, body: { kind: `${kind}List`, apiVersion: version, metadata: {}, items } };
}

/** Field selectors of the form `a.b=value`. */
function fits(object: KubernetesObject, selector: string | null): boolean {
  if (selector === null) return true;
  const [path = '', wanted] = selector.split('=');
  const value = path
    .split('.')
    .reduce<unknown>((it, part) => (it as Record<string, unknown> | undefined)?.[part], object);
  return value === wanted;
}

function create(
  { objects }: KubernetesObjects,
  kind: string,
  namespace: string | undefined,
  body: Record<string, unknown>,
): Answer {
  const object = { ...body, kind } as KubernetesObject;
  if (namespace !== undefined) object.metadata.namespace = namespace;
  if (objects.has(keyOf(object))) return failed(409, `${kind} "${object.metadata.name}" already exists`);
  objects.set(keyOf(object), object);
  return { status: 201, body: object };
}

function log({ logs }: KubernetesObjects, pod: string, query: URLSearchParams): Answer {
  const container = query.get('container') ?? '';
  const text = logs[`${pod}/${container}`];
  if (query.get('previous') === 'true' || text === undefined) {
    return failed(400, `previous terminated container "${container}" in pod "${pod}" not found`);
  }
  return { status: 200, body: text };
}

/** RFC 7386: null takes a field away, objects are merged, all else is replaced. */
function merge(target: Record<string, unknown>, patch: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete target[name];
    else if (typeof value === 'object' && !Array.isArray(value)) {
      const inner = (target[name] ?? {}) as Record<string, unknown>;
      target[name] = inner;
      merge(inner, value as Record<string, unknown>);
    } else target[name] = value;
  }
}

function failed(code: number, message: string): Answer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code } };
}
