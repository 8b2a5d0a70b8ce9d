import { restoreNetworkAclEntries as action } from '../../../tasks/actions/restore-network-acl-entries';
import { type Deed, testAction } from './stage';

const privateAcl = 'acl-0aaaaaaaaaaaaaaaa';
const publicAcl = 'acl-0aabbbbbbbbbbbbbb';
const ssh = (RuleAction: string, CidrBlock = '0.0.0.0/0') => ({
  RuleNumber: 90,
  Egress: false,
  RuleAction,
  Protocol: '6',
  CidrBlock,
  PortRange: { From: 22, To: 22 },
});
const all = (RuleAction: string, RuleNumber: number) => ({
  RuleNumber,
  Egress: false,
  RuleAction,
  Protocol: '-1',
  CidrBlock: '0.0.0.0/0',
});
const create = (entry: object, NetworkAclId = privateAcl): Deed => [
  'ec2:CreateNetworkAclEntry',
  { NetworkAclId, ...entry },
];
const replace = (entry: object, NetworkAclId = privateAcl): Deed => [
  'ec2:ReplaceNetworkAclEntry',
  { NetworkAclId, ...entry },
];
const remove = (RuleNumber: number, Egress = false): Deed => [
  'ec2:DeleteNetworkAclEntry',
  { NetworkAclId: privateAcl, RuleNumber, Egress },
];

testAction(action, [
  {
    name: 'an entry that was created, with host bits',
    deeds: [create({ ...ssh('allow', '198.51.100.7/24'), RuleNumber: 80 })],
    proposes: [`${privateAcl}: delete ingress 80 allow tcp 22 from 198.51.100.0/24`],
    knownFrom: 'event',
    calls: [remove(80)],
  },
  {
    name: 'an entry that was replaced',
    deeds: [replace(ssh('allow', '9.9.9.9/0'))],
    proposes: [
      `${privateAcl}: replace ingress 90 allow tcp 22 from 0.0.0.0/0 by ingress 90 deny tcp 22 from 0.0.0.0/0`,
    ],
    knownFrom: 'baseline',
    calls: [replace(ssh('deny'))],
  },
  {
    name: 'an entry that was deleted',
    deeds: [remove(90)],
    proposes: [`${privateAcl}: create ingress 90 deny tcp 22 from 0.0.0.0/0`],
    calls: [create(ssh('deny'))],
  },
  {
    name: 'an entry that was deleted and created anew',
    deeds: [remove(90), create(ssh('allow'))],
    proposes: [
      `${privateAcl}: replace ingress 90 allow tcp 22 from 0.0.0.0/0 by ingress 90 deny tcp 22 from 0.0.0.0/0`,
    ],
    calls: [replace(ssh('deny'))],
  },
  {
    name: 'an opening entry, and nobody knows what it was: its deny is offered',
    recorded: false,
    deeds: [replace(ssh('allow'))],
    proposes: [
      `${privateAcl}: replace ingress 90 allow tcp 22 from 0.0.0.0/0 by ingress 90 deny tcp 22 from 0.0.0.0/0`,
    ],
    knownFrom: 'recommended-minimum',
    calls: [replace(ssh('deny'))],
  },
  {
    name: 'an entry that cuts the cluster off before others let it through: it is offered to go',
    recorded: false,
    deeds: [replace(all('deny', 90))],
    proposes: [`${privateAcl}: delete ingress 90 deny all traffic from 0.0.0.0/0`],
    knownFrom: 'recommended-minimum',
    calls: [remove(90)],
  },
  {
    name: 'an entry that cuts the cluster off where nothing else lets it through: its allow is offered',
    recorded: false,
    deeds: [replace(all('deny', 100))],
    proposes: [
      `${privateAcl}: replace ingress 100 deny all traffic from 0.0.0.0/0 by ingress 100 allow all traffic from 0.0.0.0/0`,
    ],
    knownFrom: 'recommended-minimum',
    calls: [replace(all('allow', 100))],
  },
  {
    name: 'an opening entry that the cluster lives by, and nobody knows what it was',
    recorded: false,
    deeds: [replace({ ...ssh('allow'), RuleNumber: 100, PortRange: { From: 1_024, To: 65_535 } })],
    proposes: [],
    leaves: [`what entry 100 (ingress) of ${privateAcl} was`],
    calls: [],
  },
  {
    name: 'a deleted entry, and nobody knows what it was',
    recorded: false,
    deeds: [remove(90)],
    proposes: [],
    leaves: [`what entry 90 (ingress) of ${privateAcl} was`],
    calls: [],
  },
  {
    name: 'an entry that lets some addresses in, and nobody knows what it was',
    recorded: false,
    deeds: [replace(ssh('allow', '198.51.100.0/24'))],
    proposes: [],
    leaves: [`what entry 90 (ingress) of ${privateAcl} was`],
    calls: [],
  },
  {
    name: 'what AWS Config knows',
    recorded: false,
    deeds: [replace({ ...all('deny', 100), Egress: true }, publicAcl)],
    proposes: [
      `${publicAcl}: replace egress 100 deny all traffic to 0.0.0.0/0 by egress 100 allow all traffic to 0.0.0.0/0`,
    ],
    knownFrom: 'config-history',
    calls: [replace({ ...all('allow', 100), Egress: true }, publicAcl)],
  },
  {
    name: 'one opening in the place of another: neither stands',
    recorded: false,
    deeds: [replace({ ...ssh('allow'), RuleNumber: 100 }, publicAcl)],
    proposes: [
      `${publicAcl}: replace ingress 100 allow tcp 22 from 0.0.0.0/0 by ingress 100 deny tcp 22 from 0.0.0.0/0`,
    ],
    knownFrom: 'recommended-minimum',
    calls: [replace({ ...ssh('deny'), RuleNumber: 100 }, publicAcl)],
  },
  {
    name: 'an opening that was denied: it is not put back',
    recorded: false,
    deeds: [replace({ ...ssh('deny'), RuleNumber: 100 }, publicAcl)],
    proposes: [],
    leaves: ['Not put back, because it lets every address in: ingress 100 allow tcp 443'],
    calls: [],
  },
]);
