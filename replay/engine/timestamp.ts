const format = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-](?:0\d|1[0-8]):[0-5]\d)$/;

/** Milliseconds since the epoch of an ISO 8601 moment with `T` and an offset; null for anything else. */
export function parseTimestamp(value: unknown): number | null {
  const match = typeof value === 'string' ? format.exec(value) : null;
  if (match === null) return null;
  const [year, month, day, hour] = match.slice(1).map(Number) as [number, number, number, number];
  // The 31st of February and 24 o'clock are moments to JavaScript, not to Step Functions.
  if (hour > 23 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  const time = Date.parse(match[0]);
  return Number.isNaN(time) ? null : time;
}
