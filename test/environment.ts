import net from 'node:net';
import { devNull } from 'node:os';

// A developer's profile, Region, endpoint and colours are theirs: a test that sees them passes or fails by them.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('AWS_') || name === 'FORCE_COLOR') delete process.env[name];
}
Object.assign(process.env, {
  NO_COLOR: '1',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  // The SDK's advice about Node's next version is noise here.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** Tests may talk to servers on this machine and to nothing else. */
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]) {
  const flattened = args.flat()[0];
  const host =
    typeof flattened === 'object' && flattened !== null && 'host' in flattened ? String(flattened.host) : 'localhost';
  if (!['localhost', '127.0.0.1', '::1'].includes(host)) {
    throw new Error(`A test tried to reach ${host}: tests have no network beyond loopback`);
  }
  return Reflect.apply(connect, this, args);
} as typeof connect;
