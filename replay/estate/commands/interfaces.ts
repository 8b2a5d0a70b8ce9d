import { AwsError } from '../aws-error';
import { type Commands, list, text } from '../command';
import { attachmentOf, interfacesOf } from './instances';

/** Network interfaces that come and go, as the VPC CNI and the VPC resource controller have them when pods do. */
export const interfaceCommands: Commands = {
  CreateNetworkInterface: {
    run({ state, newId }, input) {
      const subnet = state.subnets.get(text(input, 'SubnetId'));
      if (subnet === undefined) {
        throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${text(input, 'SubnetId')}' does not exist`);
      }
      const id = text(input, 'ClientToken') || newId('eni');
      state.interfaces.set(id, {
        id,
        subnetId: subnet.id,
        vpcId: subnet.vpcId,
        ip: text(input, 'PrivateIpAddress'),
        description: text(input, 'Description'),
        instanceId: null,
        device: null,
        groupIds: [...list<string>(input, 'Groups')],
        tags: {},
      });
      return { NetworkInterface: { NetworkInterfaceId: id, SubnetId: subnet.id, VpcId: subnet.vpcId } };
    },
    trace: (input, output) => ({
      requestParameters: {
        subnetId: text(input, 'SubnetId'),
        description: text(input, 'Description'),
        groupSet: { items: list<string>(input, 'Groups').map((groupId) => ({ groupId })) },
      },
      responseElements: output === null ? null : { networkInterface: output['NetworkInterface'] },
      resources: [],
    }),
  },

  AttachNetworkInterface: {
    run({ state }, input) {
      const id = text(input, 'NetworkInterfaceId');
      const it = state.interfaces.get(id);
      if (it === undefined) {
        throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
      }
      const instanceId = text(input, 'InstanceId');
      const device = Math.max(...interfacesOf(state, instanceId).map((one) => one.device ?? 0)) + 1;
      state.interfaces.set(id, { ...it, instanceId, device });
      return { AttachmentId: attachmentOf(id) };
    },
    trace: (input, output) => ({
      requestParameters: {
        networkInterfaceId: text(input, 'NetworkInterfaceId'),
        instanceId: text(input, 'InstanceId'),
        deviceIndex: input['DeviceIndex'],
      },
      responseElements: output === null ? null : { attachmentId: output['AttachmentId'] },
      resources: [{ type: 'AWS::EC2::Instance', name: text(input, 'InstanceId') }],
    }),
  },

  DetachNetworkInterface: {
    run({ state }, input) {
      const attachment = text(input, 'AttachmentId');
      const it = [...state.interfaces.values()].find(
        ({ id, instanceId }) => instanceId !== null && attachmentOf(id) === attachment,
      );
      if (it === undefined) {
        throw new AwsError('InvalidAttachmentID.NotFound', `The attachment '${attachment}' does not exist`);
      }
      if (it.device === 0) {
        throw new AwsError('OperationNotPermitted', 'The network interface at device index 0 cannot be detached.');
      }
      state.interfaces.set(it.id, { ...it, instanceId: null, device: null });
      return {};
    },
    trace: (input, output) => ({
      requestParameters: { attachmentId: text(input, 'AttachmentId'), force: input['Force'] === true },
      responseElements: output === null ? null : { _return: true },
      resources: [],
    }),
  },

  DeleteNetworkInterface: {
    run({ state }, input) {
      const id = text(input, 'NetworkInterfaceId');
      const it = state.interfaces.get(id);
      if (it === undefined) {
        throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
      }
      if (it.instanceId !== null) {
        throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
      }
      state.interfaces.delete(id);
      return {};
    },
    trace: (input, output) => ({
      requestParameters: { networkInterfaceId: text(input, 'NetworkInterfaceId') },
      responseElements: output === null ? null : { _return: true },
      resources: [],
    }),
  },
};
