import {
  type NodeForensicsRequest,
  nodeForensicsDetailType,
  nodeForensicsRequest,
  nodeForensicsSource,
} from '../../../runbooks/node-forensics';
import type { Reader } from '../../triage/reading';

/** Reads a request. One that names no node is nothing that could be answered; all else that is wrong in it is left out. */
export const nodeForensicsReader: Reader<NodeForensicsRequest | Record<string, never>, never> = {
  category: 'node-forensics',
  outcomes: ['succeeded'],

  recognizes: (event) => event.source === nodeForensicsSource && event['detail-type'] === nodeForensicsDetailType,

  read({ detail }) {
    const request = readRequest(detail);
    if (request === null) return { subjects: [], facts: {}, touches: [] };
    const type = request.node.startsWith('i-') ? 'AWS::EC2::Instance' : 'Kubernetes::Node';
    return { subjects: [{ type, id: request.node }], facts: request, touches: [] };
  },
};

function readRequest(detail: Readonly<Record<string, unknown>>): NodeForensicsRequest | null {
  const whole = nodeForensicsRequest.safeParse(detail);
  if (whole.success) return whole.data;
  const { shape } = nodeForensicsRequest;
  const usable = Object.entries(detail).flatMap(([name, value]) => {
    const field = shape[name as keyof typeof shape];
    if (field === undefined) return [];
    if (field.safeParse(value).success) return [[name, value]];
    // Of a list that holds something odd the rest is kept: an attacker's pod name must not hide another's.
    const items = Array.isArray(value) ? value.filter((item) => field.safeParse([item]).success) : null;
    return items === null ? [] : [[name, items.slice(0, 20)]];
  });
  const rest = nodeForensicsRequest.safeParse(Object.fromEntries(usable));
  return rest.success ? rest.data : null;
}
