import { restoreNetworkAclAssociation as action } from '../../../tasks/actions/restore-network-acl-association';
import { type Deed, stage, testAction } from './stage';

const subnet = 'subnet-0a1a1a1a1a1a1a1a1';
const own = 'acl-0aaaaaaaaaaaaaaaa';
const byDefault = 'acl-0acccccccccccccca';
const open = 'acl-0aabbbbbbbbbbbbbb';
const started = stage().estate.state.subnets.get(subnet)?.associationId ?? '';
const associate = (NetworkAclId: string, AssociationId: unknown): Deed => [
  'ec2:ReplaceNetworkAclAssociation',
  { AssociationId, NetworkAclId },
];
const any: unknown = expect.stringMatching(/^aclassoc-/);

testAction(action, [
  {
    name: 'another network ACL',
    deeds: [associate(open, started)],
    proposes: [`${subnet}: network ACL ${open} back to ${own}`],
    knownFrom: 'baseline',
    calls: [associate(own, any)],
  },
  {
    name: 'another network ACL, and nobody knows which one there was',
    recorded: false,
    deeds: [associate(open, started)],
    proposes: [],
    leaves: [`which network ACL ${subnet} had before`],
    calls: [],
  },
  {
    name: 'one that cuts the subnet off, and nobody knows which one there was: the default is offered',
    recorded: false,
    deeds: [
      [
        'ec2:ReplaceNetworkAclEntry',
        {
          NetworkAclId: open,
          RuleNumber: 100,
          Egress: true,
          RuleAction: 'deny',
          Protocol: '-1',
          CidrBlock: '0.0.0.0/0',
        },
      ],
      associate(open, started),
    ],
    proposes: [`${subnet}: network ACL ${open} back to ${byDefault}`],
    knownFrom: 'recommended-minimum',
    calls: [associate(byDefault, any)],
  },
]);
