import { join } from 'node:path';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import { type EstateDescription, identity, readEstate } from '../../../replay/estate/description';
import { Estate } from '../../../replay/estate/estate';
import { type NodeForensicsRequest, nodeForensicsRequest } from '../../../runbooks/node-forensics';
import type { ActionContext } from '../../../tasks/actions/action';
import { awsClients } from '../../../tasks/aws/clients';
import type { Dossier } from '../../../tasks/dossier';
import { KubernetesUnavailable } from '../../../tasks/kubernetes/kubernetes';
import { follow } from '../../replay/engine/follow';

export const nodes = readEstate(join(__dirname, '..', '..', 'estates', 'nodes.yaml'));
export const node = 'i-0a10000000000000a';
const begins = Date.parse('2026-10-01T05:00:00Z');

/** An account with nodes, an incident about one of them, and the means that an action has there. Kubernetes is not to be had. */
export function nodeStage(
  description: EstateDescription,
  request: Partial<NodeForensicsRequest> = {},
  settings: Dossier['settings'] = {},
) {
  const scheduler = new VirtualScheduler(begins);
  const estate = new Estate({ description, scheduler, begins });
  const aws = awsClients(description.region, { accessKeyId: 'local', secretAccessKey: 'local' });
  estate.mount(aws, identity.parse({ type: 'AssumedRole', role: 'a-task', session: 'a-task' }));
  const context: ActionContext = {
    aws,
    kubernetes: () => Promise.reject(new KubernetesUnavailable('no-access', 'nobody knows us')),
    now: () => new Date(scheduler.now()),
    baseline: async () => null,
    problems: new Set(),
    left: new Set(),
    isSealed: async () => true,
    leavesOthers: async () => true,
    goes: async () => {},
    nodesSpared: async () => [],
  };
  const openedAt = new Date(begins).toISOString();
  const dossier: Dossier = {
    ...{ incidentId: 'incident', category: 'node-forensics', severity: null, decision: null, decidedOn: null },
    ...{ actor: null, signs: [], context: [] },
    ...{ account: description.account, region: description.region, openedAt, settings },
    clusters: [{ name: 'payments', tags: {} }],
    events: [
      {
        ...{ eventId: '1', time: openedAt, name: 'Node Forensics Requested', actor: null, touches: [] },
        subjects: [{ type: 'AWS::EC2::Instance', id: node }],
        facts: nodeForensicsRequest.parse({ node, ...request }),
      },
    ],
  };
  const followed = <T>(work: Promise<T>, patient = false): Promise<T> => follow(scheduler, work, patient);
  return { context, dossier, estate, follow: followed };
}
