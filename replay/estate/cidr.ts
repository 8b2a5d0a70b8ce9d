import ipaddr from 'ipaddr.js';
import { AwsError } from './aws-error';

/**
 * A CIDR block as EC2 keeps it, whatever the call wrote: `100.68.0.18/18` becomes `100.68.0.0/18`, and IPv6 is written in
 * lower case and compressed. Throws what EC2 answers to what is none.
 */
export function storedCidr(cidr: unknown): string {
  const given = typeof cidr === 'string' ? cidr : '';
  const [, length = ''] = given.split('/');
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(given)) {
    return `${ipaddr.IPv4.networkAddressFromCIDR(given).toString()}/${Number(length)}`;
  }
  if (ipaddr.IPv6.isValidCIDR(given)) {
    return `${ipaddr.IPv6.networkAddressFromCIDR(given).toRFC5952String()}/${Number(length)}`;
  }
  throw new AwsError('InvalidParameterValue', `CIDR block ${given} is malformed`);
}
