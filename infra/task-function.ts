import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Contract } from '../tasks/contract';
import { ownRolePath } from '../tasks/own-roles';
import type { ClusterNetwork } from './parameters';

interface TaskFunctionProps {
  readonly contract: Contract;
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly logKey: IKey;
  readonly reservedConcurrency?: number;
  readonly functionName?: string;
  /** Where it runs if its contract says that it speaks to clusters. */
  readonly clusterNetwork?: ClusterNetwork | undefined;
}

/** `apply-changes` → `ApplyChanges`. */
export function pascalCase(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A task as a function, with a role that its contract fills and nothing else. */
export class TaskFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, props: TaskFunctionProps) {
    const { contract, code, environment, logKey, reservedConcurrency, functionName, clusterNetwork } = props;
    super(scope, pascalCase(contract.id));
    const stack = Stack.of(this);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_YEAR,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // By this path our own changes are told from everybody else's.
      path: ownRolePath,
      description: contract.description,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    this.function = new LambdaFunction(this, 'Function', {
      description: contract.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code,
      role: this.role.withoutPolicyUpdates(),
      timeout: Duration.seconds(contract.timeoutSeconds),
      memorySize: contract.memoryMegabytes ?? 512,
      environment: {
        ...environment,
        ACCOUNT_ID: stack.account,
        PARTITION: stack.partition,
        NODE_OPTIONS: '--enable-source-maps',
      },
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      tracing: Tracing.ACTIVE,
      ...(functionName === undefined ? {} : { functionName }),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
    );
    const resource = this.function.node.defaultChild as CfnFunction;
    // A name that the template's readers can count on.
    resource.overrideLogicalId(`${pascalCase(contract.id)}Function`);
    if (clusterNetwork !== undefined && contract.speaksToClusters === true) this.runIn(clusterNetwork, resource);
  }

  /** Lambda makes the network interfaces in the name of the function's role, which can be told to no narrower resource. */
  private runIn({ subnetIds, securityGroupIds }: ClusterNetwork, resource: CfnFunction): void {
    resource.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
    this.role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
  }
}
