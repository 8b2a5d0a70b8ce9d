import { createServer, type IncomingMessage } from 'node:http';
import { type ServedTable, serveTable } from '../../served-table';

/** The table without the clock's turns: nothing here depends on time passing. */
export const atOnce = { now: () => 0, at: () => () => {}, sleep: async () => {}, track: <T>(work: Promise<T>) => work };

/** One address for the services that deciding uses: DynamoDB as it is, the rest as much as is asked of them. */
export interface AwsEndpoint {
  readonly url: string;
  readonly table: ServedTable;
  /** Every call but DynamoDB's: its target, or its form's action, and its input. */
  readonly calls: { readonly action: string; readonly input: Record<string, unknown> }[];
  /** Refusals of the next calls of an action, by the error's name. */
  readonly refusals: Map<string, string[]>;
  readonly close: () => Promise<void>;
}

export async function openAwsEndpoint(secret: string): Promise<AwsEndpoint> {
  const table = await serveTable('incidents');
  const calls: { action: string; input: Record<string, unknown> }[] = [];
  const refusals = new Map<string, string[]>();
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const target = String(request.headers['x-amz-target'] ?? '');
      const form = target === '';
      const input = form
        ? (Object.fromEntries(new URLSearchParams(body)) as Record<string, unknown>)
        : (JSON.parse(body) as Record<string, unknown>);
      const action = form ? String(input['Action']) : (target.split('.')[1] ?? '');
      const refusal = refusals.get(action)?.shift();
      if (!target.startsWith('DynamoDB') || refusal !== undefined) calls.push({ action, input });
      if (refusal !== undefined) {
        response.writeHead(400).end(JSON.stringify({ __type: `com.amazonaws#${refusal}`, message: 'refused' }));
      } else if (target.startsWith('DynamoDB')) {
        const headers = Object.fromEntries(
          Object.entries(request.headers).flatMap(([name, value]) =>
            ['content-type', 'x-amz-target', 'authorization', 'x-amz-date'].includes(name)
              ? [[name, String(value)]]
              : [],
          ),
        );
        const answer = await fetch(table.endpoint, { method: 'POST', headers, body });
        response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await answer.text());
      } else {
        response.end(action === 'GetSecretValue' ? JSON.stringify({ SecretString: secret }) : form ? '<ok/>' : '{}');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the endpoint has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    table,
    calls,
    refusals,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await table.close();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
