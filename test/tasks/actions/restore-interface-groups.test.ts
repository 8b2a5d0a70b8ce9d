import { restoreInterfaceGroups as action } from '../../../tasks/actions/restore-interface-groups';
import { type Deed, testAction } from './stage';

const node = 'eni-0a20000000000001b';
const groups = ['sg-0c10c10c10c10c101', 'sg-0d10d10d10d10d101'];
const other = 'sg-0d11d11d11d11d111';
const set = (Groups: readonly string[], NetworkInterfaceId = node): Deed => [
  'ec2:ModifyNetworkInterfaceAttribute',
  { NetworkInterfaceId, Groups },
];

testAction(action, [
  {
    name: 'an interface of a node',
    deeds: [set([other])],
    proposes: [`${node}: security groups ${other} back to ${groups.join(', ')}`],
    knownFrom: 'baseline',
    calls: [set(groups)],
  },
  {
    name: 'an interface that was changed twice',
    deeds: [set([other]), set(['sg-0f10f10f10f10f101'])],
    proposes: [`${node}: security groups sg-0f10f10f10f10f101 back to ${groups.join(', ')}`],
    calls: [set(groups)],
  },
  {
    name: 'the one interface of an instance',
    deeds: [['ec2:ModifyInstanceAttribute', { InstanceId: 'i-0a20000000000000b', Groups: [other] }]],
    proposes: [`${node}: security groups ${other} back to ${groups.join(', ')}`],
    calls: [set(groups)],
  },
  {
    name: 'an interface, and nobody knows what it had: the cluster’s own group is offered',
    recorded: false,
    deeds: [set([other])],
    proposes: [`${node}: security groups ${other} back to sg-0c10c10c10c10c101`],
    knownFrom: 'recommended-minimum',
    calls: [set(['sg-0c10c10c10c10c101'])],
  },
  {
    name: 'an interface of no cluster, and nobody knows what it had',
    recorded: false,
    deeds: [set([other], 'eni-0b10000000000001d')],
    proposes: [],
    leaves: ['which security groups eni-0b10000000000001d had before'],
    calls: [],
  },
]);
