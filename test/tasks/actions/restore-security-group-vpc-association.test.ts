import { restoreSecurityGroupVpcAssociation as action } from '../../../tasks/actions/restore-security-group-vpc-association';
import { type Deed, testAction } from './stage';

const group = 'sg-0d10d10d10d10d101';
const vpc = 'vpc-0b22222222222222b';
const call = (name: 'Associate' | 'Disassociate'): Deed => [
  `ec2:${name}SecurityGroupVpc`,
  { GroupId: group, VpcId: vpc },
];

testAction(action, [
  {
    name: 'an association that was made',
    deeds: [call('Associate')],
    proposes: [`${group}: disassociate from ${vpc}`],
    knownFrom: 'event',
    calls: [call('Disassociate')],
  },
  {
    name: 'an association that was made and taken away',
    deeds: [call('Associate'), call('Disassociate')],
    proposes: [],
    calls: [],
  },
]);
