import type { Account } from './command';
import { tagList } from './filters';
import { joinClusters, joinMs, leaveClusters } from './kubernetes-objects';
import { membersChanged } from './scaling';
import type { Instance } from './state';

/** EC2's codes of an instance's states: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
const codes: Readonly<Record<string, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateOfInstance(state: string): { readonly Code: number; readonly Name: string } {
  return { Code: codes[state] ?? 0, Name: state };
}

/** How long each passing state lasts, and what follows it. */
const passing: Readonly<Record<string, { readonly next: string; readonly afterMs: number }>> = {
  pending: { next: 'running', afterMs: 25_000 },
  'shutting-down': { next: 'terminated', afterMs: 35_000 },
  stopping: { next: 'stopped', afterMs: 30_000 },
};

/** Brings an instance into a state, tells EventBridge, and goes on from there as EC2 does. */
export function enter(account: Account, it: Instance, state: string): void {
  if (it.state === state && state !== 'pending') return;
  const { description, scheduler } = account;
  it.state = state;
  if (state === 'terminated') end(account, it);
  if (state === 'running') {
    scheduler.at(scheduler.now() + joinMs, () => {
      if (it.state === state) joinClusters(account, it);
    });
  }
  account.notify({
    source: 'aws.ec2',
    detailType: 'EC2 Instance State-change Notification',
    resources: [`arn:${description.partition}:ec2:${description.region}:${description.account}:instance/${it.id}`],
    detail: { 'instance-id': it.id, state },
  });
  if (state === 'shutting-down' || state === 'stopping') membersChanged(account, it.id);
  const following = passing[state];
  if (following === undefined) return;
  scheduler.at(scheduler.now() + following.afterMs, () => {
    if (it.state === state) enter(account, it, following.next);
  });
}

/** What goes with a terminated instance: its interfaces, and the volumes that are deleted on termination. */
function end(account: Account, it: Instance): void {
  const { state, scheduler } = account;
  leaveClusters(account, it);
  it.terminatedAt = scheduler.now();
  for (const device of state.interfaces.values()) if (device.instanceId === it.id) state.interfaces.delete(device.id);
  for (const volume of state.volumes.values()) {
    if (volume.attachment?.instanceId !== it.id) continue;
    if (volume.attachment.deleteOnTermination) state.volumes.delete(volume.id);
    volume.attachment = null;
    volume.state = 'available';
  }
}

/** A terminated instance can be described for about an hour. */
const describableMs = 3_600_000;

export function describable({ scheduler }: Account, { terminatedAt }: Instance): boolean {
  return terminatedAt === null || scheduler.now() < terminatedAt + describableMs;
}

export function metadataOutput({ metadata }: Instance) {
  return {
    State: 'applied',
    HttpTokens: metadata.httpTokens,
    HttpEndpoint: metadata.httpEndpoint,
    HttpPutResponseHopLimit: metadata.hopLimit,
  };
}

/** By the image that it was launched from. */
export function platformOf({ description }: Account, { imageId }: Pick<Instance, 'imageId'>): 'linux' | 'windows' {
  return description.images.find(({ id }) => id === imageId)?.platform ?? 'linux';
}

/** How EC2 describes an instance beyond where it stands. */
export function lifecycleOutput(account: Account, it: Instance): Record<string, unknown> {
  const volumes = [...account.state.volumes.values()].filter(({ attachment }) => attachment?.instanceId === it.id);
  return {
    ImageId: it.imageId,
    State: stateOfInstance(it.state),
    PrivateDnsName: it.privateDnsName,
    MetadataOptions: metadataOutput(it),
    SourceDestCheck: it.sourceDestCheck,
    RootDeviceType: 'ebs',
    // AWS names its own processors' families with a g: m7g, c8gn, t4g.
    Architecture: /^[a-z]+\d+g/.test(it.type) ? 'arm64' : 'x86_64',
    ...(platformOf(account, it) === 'windows'
      ? { Platform: 'windows', PlatformDetails: 'Windows' }
      : { PlatformDetails: 'Linux/UNIX' }),
    ...(account.description.instances.find(({ id }) => id === it.id)?.managedByEks === true
      ? { Operator: { Managed: true, Principal: 'eks.amazonaws.com' } }
      : {}),
    ...(it.launchedAt === null ? {} : { LaunchTime: new Date(it.launchedAt) }),
    ...(it.spot ? { InstanceLifecycle: 'spot' } : {}),
    ...(it.profile === null ? {} : { IamInstanceProfile: { Arn: it.profile.arn } }),
    ...(it.stateReason === null ? {} : { StateReason: { Code: it.stateReason.code, Message: it.stateReason.message } }),
    BlockDeviceMappings: volumes.map(({ id, attachment }) => ({
      DeviceName: attachment?.device,
      Ebs: { VolumeId: id, DeleteOnTermination: attachment?.deleteOnTermination, Status: 'attached' },
    })),
    Tags: tagList(it.tags),
  };
}
