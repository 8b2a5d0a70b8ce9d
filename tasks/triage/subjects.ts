import type { Resource } from '../../runbooks/incident';
import { calledCluster, clusterNamed, decoded } from '../clusters/calls';
import { camelCased } from '../findings/camel-case';
import { items, part, textAt, textsAt } from './cloudtrail';
import { type Event, ownSource } from './event';

/**
 * The resources that an event is about, by their CloudFormation types, each once. From a record of a call: what the call
 * created, changed or deleted, not what it was changed by, such as the groups that an interface was given. Where nothing
 * is named, none; it never throws.
 */
export function subjectsOf(event: Event): Resource[] {
  const { detail } = event;
  const found = 'eventName' in detail ? ofCall(event) : [...ofFinding(event), ...ofNotification(event)];
  const named = [...new Map(found.map((it) => [`${it.type} ${it.id}`, it])).values()];
  // A call that makes something within a VPC or a subnet is not about that VPC.
  const narrow = named.filter(({ type }) => !surroundings.has(type));
  return narrow.length > 0 ? narrow : named;
}

const surroundings: ReadonlySet<string> = new Set(['AWS::EC2::VPC', 'AWS::EC2::Subnet']);

/** How EC2's records name what a call is about. The order is that of the answer. */
const ec2Identifiers: readonly (readonly [field: string, type: string])[] = [
  ['groupId', 'AWS::EC2::SecurityGroup'],
  ['networkAclId', 'AWS::EC2::NetworkAcl'],
  ['prefixListId', 'AWS::EC2::PrefixList'],
  ['networkInterfaceId', 'AWS::EC2::NetworkInterface'],
  ['instanceId', 'AWS::EC2::Instance'],
  ['volumeId', 'AWS::EC2::Volume'],
  ['snapshotId', 'AWS::EC2::Snapshot'],
  ['routeTableId', 'AWS::EC2::RouteTable'],
  ['internetGatewayId', 'AWS::EC2::InternetGateway'],
  ['launchTemplateId', 'AWS::EC2::LaunchTemplate'],
  ['subnetId', 'AWS::EC2::Subnet'],
  ['vpcId', 'AWS::EC2::VPC'],
];

/** The lists in which EC2 names several. Lists of groups are not here: they say what is given to a subject. */
const ec2Lists = ['securityGroupRuleSet', 'revokedSecurityGroupRuleSet', 'instancesSet'] as const;

function ofCall(event: Event): Resource[] {
  const { detail } = event;
  const request = part(detail['requestParameters']);
  const response = part(detail['responseElements']);
  switch (textAt(detail, 'eventSource')) {
    case 'ec2.amazonaws.com':
      return ofEc2Call(request, response);
    case 'eks.amazonaws.com':
      return ofEksCall(event, request);
    case 'autoscaling.amazonaws.com':
      return [
        ...named(
          'AWS::AutoScaling::AutoScalingGroup',
          textAt(request, 'autoScalingGroupName') ?? textAt(part(response, 'activity'), 'autoScalingGroupName'),
        ),
        ...named('AWS::EC2::Instance', textAt(request, 'instanceId')),
        ...textsAt(request['instanceIds']).map((id) => ({ type: 'AWS::EC2::Instance', id })),
      ];
    default:
      return [
        ...named('AWS::EC2::Instance', textAt(request, 'instanceId')),
        ...textsAt(request['instanceIds']).map((id) => ({ type: 'AWS::EC2::Instance', id })),
        ...items(detail['resources']).flatMap((it) => listed(textAt(it, 'type'), textAt(it, 'ARN', 'arn'))),
      ];
  }
}

type Fields = Readonly<Record<string, unknown>>;

function ofEc2Call(request: Fields, response: Fields): Resource[] {
  const answer = wrapped(response);
  const places: Fields[] = [request, wrapped(request), response, answer, part(answer, 'iamInstanceProfileAssociation')];
  for (const list of ec2Lists) places.push(...items(request[list]), ...items(response[list]));
  return ec2Identifiers.flatMap(([field, type]) => {
    const pascal = field.charAt(0).toUpperCase() + field.slice(1);
    // What a call creates is in its response under its own name: `networkAcl.networkAclId`.
    const created = textAt(part(response[field.slice(0, -'Id'.length)]), field);
    return [...places.flatMap((place) => textAt(place, field, pascal) ?? []), created].flatMap((id) => named(type, id));
  });
}

/** The younger calls of EC2 are recorded whole and in PascalCase under one field: `DeleteFlowLogsRequest: {…}`. */
function wrapped(request: Fields): Fields {
  const [[name, inner] = ['', undefined], ...others] = Object.entries(request).filter(([key]) => key !== 'requestId');
  return others.length === 0 && /^[A-Z]/.test(name) ? part(inner) : {};
}

function ofEksCall(event: Event, request: Fields): Resource[] {
  const name = calledCluster(event);
  const nodegroup = textAt(request, 'nodegroupName');
  const profile = textAt(request, 'fargateProfileName');
  const within = (inner: string | null) => (name === null || inner === null ? null : `${name}/${decoded(inner)}`);
  return [
    ...named('AWS::EKS::Cluster', name),
    ...named('AWS::EKS::Nodegroup', within(nodegroup)),
    ...named('AWS::EKS::FargateProfile', within(profile)),
  ];
}

/** GuardDuty's findings, in EventBridge's camelCase and in the API's PascalCase, and Inspector's. */
function ofFinding({ source, detail }: Event): Resource[] {
  switch (source) {
    case 'aws.guardduty': {
      const finding = camelCased(detail);
      const resource = part(finding, 'resource');
      return [
        ...named('AWS::EKS::Cluster', textAt(resource['eksClusterDetails'], 'name')),
        ...named('AWS::EC2::Instance', textAt(resource['instanceDetails'], 'instanceId')),
        ...named('AWS::IAM::AccessKey', textAt(resource['accessKeyDetails'], 'accessKeyId')),
        ...items(resource['s3BucketDetails']).flatMap((bucket) => named('AWS::S3::Bucket', textAt(bucket, 'name'))),
        ...items(part(finding, 'service', 'detection', 'sequence')['resources']).flatMap(sequenced),
      ];
    }
    case 'aws.inspector2':
      return items(detail['resources']).flatMap((it) => {
        const type = inspected.get(textAt(it, 'type') ?? '');
        return type === undefined ? [] : named(type, textAt(it, 'id'));
      });
    case ownSource:
      return [
        ...named('AWS::EKS::Cluster', textAt(detail, 'cluster')),
        ...textsAt(detail['nodes']).map((id) => ({ type: 'AWS::EC2::Instance', id })),
      ];
    default:
      return [];
  }
}

/** An image is not a resource of CloudFormation's: it is named by its ARN, as Inspector does. */
const inspected: ReadonlyMap<string, string> = new Map([
  ['AWS_EC2_INSTANCE', 'AWS::EC2::Instance'],
  ['AWS_ECR_CONTAINER_IMAGE', 'AWS::ECR::Image'],
]);

/** Attack sequences list what they span by ARN or by identifier. */
function sequenced(resource: Fields): Resource[] {
  const id = textAt(resource, 'uid')?.split('/').at(-1) ?? null;
  switch (textAt(resource, 'resourceType')) {
    case 'EKS_CLUSTER':
      return named('AWS::EKS::Cluster', textAt(resource, 'name') ?? id);
    case 'EC2_INSTANCE':
      return named('AWS::EC2::Instance', id);
    case 'ACCESS_KEY':
      return named('AWS::IAM::AccessKey', id);
    default:
      return [];
  }
}

/** Config's and Auto Scaling's events, and EC2's on its instances. */
function ofNotification({ detail }: Event): Resource[] {
  const item = part(detail['configurationItem']);
  const configured = textAt(detail, 'resourceType') ?? textAt(item, 'resourceType');
  const given = textAt(detail, 'resourceId') ?? textAt(item, 'resourceId');
  // Config names a cluster by its name; some of its events have the whole ARN.
  const id = configured === 'AWS::EKS::Cluster' && given !== null ? clusterNamed(given) : given;
  return [
    ...(configured === null ? [] : named(configured, id)),
    ...named('AWS::AutoScaling::AutoScalingGroup', textAt(detail, 'AutoScalingGroupName')),
    ...named('AWS::EC2::Instance', textAt(detail, 'instance-id', 'instance_id', 'EC2InstanceId')),
  ];
}

function named(type: string, id: string | null): Resource[] {
  return id === null || id === '' ? [] : [{ type, id }];
}

/** CloudTrail lists resources by ARN; an object's key may hold slashes and is left to its bucket, which is listed too. */
function listed(type: string | null, arn: string | null): Resource[] {
  return type === null || type === 'AWS::S3::Object' ? [] : named(type, arn?.split(/[:/]/).at(-1) ?? null);
}
