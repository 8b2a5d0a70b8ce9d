import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { answerSlack, decisionFunctionName } from '../tasks/answer-slack/contract';
import { collectLogEvidence } from '../tasks/collect-log-evidence/contract';
import type { Contract } from '../tasks/contract';
import { contracts } from '../tasks/contracts';
import { evaluateCompliance } from '../tasks/evaluate-compliance/contract';
import { lookForDrift } from '../tasks/look-for-drift/contract';
import { recordBaseline } from '../tasks/record-baseline/contract';
import { reportFailure } from '../tasks/report-failure/contract';
import type { Workflow } from '../workflows/category';
import { childWorkflows, workflows } from '../workflows/registry';
import { release } from '../workflows/release';
import { Alarms } from './alarms';
import { Approvers } from './approvers';
import { DetectiveControls } from './detective-controls';
import { EvidenceLocker } from './evidence-locker';
import type { Parameters } from './parameters';
import { grant } from './policies';
import { Routing } from './routing';
import { SlackEndpoint } from './slack-endpoint';
import { pascalCase, TaskFunction } from './task-function';
import { WorkflowMachine } from './workflow-machine';

export interface HubStackProps extends StackProps, Parameters {
  /** Where each task's bundled code is. */
  readonly codeOf: (taskId: string) => Code;
}

/** Everything in one account and Region: the table, the evidence, the machines, their tasks, and the ways in. */
export class HubStack extends Stack {
  constructor(scope: Construct, id: string, props: HubStackProps) {
    super(scope, id, { description: 'Incident response for Amazon EKS on AWS Step Functions', ...props });

    const locker = new EvidenceLocker(this, 'Evidence', Duration.days(props.evidenceRetentionDays));
    // What these services write for us is encrypted in their own name, not in that of whoever made them write.
    locker.key.addToResourcePolicy(
      new PolicyStatement({
        principals: ['events', 'cloudwatch'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    locker.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:*`,
          },
        },
      }),
    );
    const table = new Table(this, 'Incidents', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: locker.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const slackSecret = new Secret(this, 'SlackSecret', {
      description: 'JSON with botToken, signingSecret and, while it is rotated, previousSigningSecret',
      encryptionKey: locker.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(slackSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Slack issues these secrets and cannot be asked for new ones: rotation is by hand, with two secrets valid at a time',
    });
    const fallback = new Topic(this, 'Fallback', {
      displayName: 'EKS incident response',
      masterKey: locker.key,
      enforceSSL: true,
    });
    // Requiring TLS replaces the topic's default policy, and with it the right by which alarms publish.
    fallback.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [fallback.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    if (props.fallbackEmail !== undefined) fallback.addSubscription(new EmailSubscription(props.fallbackEmail));
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: locker.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue',
    });

    const environment = {
      INCIDENT_TABLE: table.tableName,
      EVIDENCE_BUCKET: locker.bucket.bucketName,
      EVIDENCE_KEY_ARN: locker.key.keyArn,
      SEALING_KEY_ARN: locker.sealingKey.keyArn,
      SLACK_SECRET_ARN: slackSecret.secretArn,
      FALLBACK_TOPIC_ARN: fallback.topicArn,
      EVIDENCE_RETENTION_DAYS: String(props.evidenceRetentionDays),
    };
    const made = new Map(
      contracts.map((contract) => [
        contract.id,
        new TaskFunction(this, {
          contract,
          code: props.codeOf(contract.id),
          environment,
          logKey: locker.key,
          clusterNetwork: props.clusterNetwork,
          // A flood of requests at the public URL must not starve the other functions, nor they the approvals.
          ...(contract === answerSlack ? { reservedConcurrency: 20, functionName: decisionFunctionName } : {}),
        }),
      ]),
    );
    const functionFor = (contract: Contract): LambdaFunction => {
      const found = made.get(contract.id);
      if (found === undefined) throw new Error(`${contract.id} is not among the contracts`);
      return found.function;
    };

    const machines: { readonly workflow: Workflow; readonly machine: StateMachine }[] = [];
    const machineFor = (workflow: Workflow): StateMachine => {
      const found = machines.find((it) => it.workflow === workflow);
      if (found === undefined) throw new Error(`${workflow.id} is made after the workflow that starts it`);
      return found.machine;
    };
    for (const workflow of [...childWorkflows, ...workflows, release]) {
      const { machine } = new WorkflowMachine(this, workflow, functionFor, machineFor, locker.key);
      machines.push({ workflow, machine });
    }
    const machineArns = machines.map(({ machine }) => machine.stateMachineArn);

    const { flowLogBuckets = [] } = props;
    const targets = {
      'incident-table': [table.tableArn],
      'evidence-bucket': [locker.bucket.bucketArn],
      'evidence-objects': [locker.bucket.arnForObjects('*')],
      'flow-log-buckets': flowLogBuckets.map((name) => `arn:${this.partition}:s3:::${name}`),
      'flow-log-objects': flowLogBuckets.map((name) => `arn:${this.partition}:s3:::${name}/*`),
      'evidence-key': [locker.key.keyArn],
      'sealing-key': [locker.sealingKey.keyArn],
      'slack-secret': [slackSecret.secretArn],
      'fallback-topic': [fallback.topicArn],
      'category-machines': machineArns,
      'release-machine': [machineFor(release).stateMachineArn],
    };
    for (const contract of contracts) {
      const role = made.get(contract.id)?.role;
      if (role !== undefined) grant(role, contract.permissions, targets);
    }

    if (flowLogBuckets.length > 0) {
      functionFor(collectLogEvidence).addEnvironment('FLOW_LOG_BUCKETS', flowLogBuckets.join(','));
    }

    const routing = new Routing(this, 'Routing', deadLetters);
    for (const workflow of workflows) routing.category(workflow, machineFor(workflow));
    routing.failures(
      machines.map(({ machine }) => machine),
      functionFor(reportFailure),
    );
    routing.baseline(functionFor(recordBaseline));
    routing.sweep(functionFor(answerSlack));
    routing.drift(functionFor(lookForDrift));
    const controls = new DetectiveControls(this, 'DetectiveControls');
    if (props.configRules !== false) controls.configRules(functionFor(evaluateCompliance), props.approvedAmis ?? []);
    if (props.guardDuty === true) controls.guardDuty();
    if (props.inspector === true) controls.inspector();
    new SlackEndpoint(this, 'Slack', functionFor(answerSlack));
    const approvers = new Approvers(this, 'Approvers');
    functionFor(answerSlack).addEnvironment('APPROVER_ROLE_NAME', approvers.role.roleName);
    for (const arn of targets['release-machine']) functionFor(answerSlack).addEnvironment('RELEASE_MACHINE_ARN', arn);

    const alarms = new Alarms(this, 'Alarms', fallback);
    alarms.lostEvents(deadLetters);
    alarms.slackEndpoint(functionFor(answerSlack));
    alarms.failureReporter(functionFor(reportFailure));
    alarms.baseline(functionFor(recordBaseline));
    alarms.drift(functionFor(lookForDrift));
    alarms.undeliveredFallback(fallback);
    for (const { workflow, machine } of machines) alarms.failedMachine(pascalCase(workflow.id), machine);

    new CfnOutput(this, 'KubernetesRoles', {
      description: 'The roles that infra/kubernetes-access.yaml is for, with commas between them',
      value: contracts
        .flatMap(({ id, speaksToClusters }) => (speaksToClusters === true ? (made.get(id)?.role.roleArn ?? []) : []))
        .join(','),
    });
    new CfnOutput(this, 'SlackSecretArn', { value: slackSecret.secretArn });
    new CfnOutput(this, 'FallbackTopicArn', { value: fallback.topicArn });
    new CfnOutput(this, 'EvidenceBucket', { value: locker.bucket.bucketName });
  }
}
