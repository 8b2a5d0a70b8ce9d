declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** DynamoDB's protocol over HTTP, in memory. */
  export default function dynalite(options: { readonly createTableMs?: number }): Server;
}
