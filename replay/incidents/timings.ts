import { isolationName } from '../../tasks/forensics/isolation-groups';
import type { Call } from '../estate/estate';
import type { State } from '../estate/state';

/** How soon one node was preserved and cut off, in milliseconds after the first thing that happened; null: never. */
export interface Timing {
  readonly instanceId: string;
  readonly timeToSnapshot: number | null;
  /** Until the last of the interfaces was isolated that it had when that was decided. */
  readonly timeToIsolate: number | null;
}

/** Watches the calls that count. */
export class Timings {
  private readonly snapshots = new Map<string, number>();
  private readonly isolated = new Map<string, number>();

  constructor(private readonly began: number) {}

  /** `state` is the estate as the call left it. */
  note({ service, action, input, time, error, by }: Call, state: State): void {
    if (service !== 'ec2' || error !== null) return;
    if (action === 'CreateSnapshots') {
      const { InstanceId = '' } = (input['InstanceSpecification'] ?? {}) as { InstanceId?: string };
      if (!this.snapshots.has(InstanceId)) this.snapshots.set(InstanceId, time - this.began);
    }
    if (action !== 'ModifyNetworkInterfaceAttribute' || by !== 'apply-changes') return;
    const device = state.interfaces.get(String(input['NetworkInterfaceId']));
    const [group = ''] = device?.groupIds ?? [];
    if (device?.instanceId == null || state.groups.get(group)?.name !== isolationName) return;
    this.isolated.set(device.instanceId, time - this.began);
  }

  all(): readonly Timing[] {
    return [...new Set([...this.snapshots.keys(), ...this.isolated.keys()])].sort().map((instanceId) => ({
      instanceId,
      timeToSnapshot: this.snapshots.get(instanceId) ?? null,
      timeToIsolate: this.isolated.get(instanceId) ?? null,
    }));
  }
}
