/**
 * GuardDuty writes `resourceType` to EventBridge and `ResourceType` in its API's answers, and forwarders pass on either.
 * Here both become the former, however deep.
 */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.charAt(0).toLowerCase() + key.slice(1), camelCased(inner)]),
  );
}
