/** The host of a service's Regional endpoint, such as `sts.eu-central-1.amazonaws.com`; in China the names end otherwise. */
export function serviceHost(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
