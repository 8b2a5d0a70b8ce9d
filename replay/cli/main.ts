import { Command } from 'commander';
import type { Access } from './approvals';
import { BadInput } from './bad-input';
import type { Declaration } from './declare';
import type { VerifyOptions } from './evidence';
import type { IsolateOptions } from './isolate';

// The SDK's advice about Node's next version is for us, not for whoever reads an incident.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** Exit status: 0 done, 1 the incident did not end well, 2 the input is wrong. */

// Whoever reads may stop reading, as `head` does: that is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const print = (text: string) => {
  process.stdout.write(`${text}\n`);
};

const program = new Command('eks-ir')
  .description('Incident response for Amazon EKS, on this machine')
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    throw error;
  });

program
  .command('explain <file>')
  .description('where each event of a file goes and why, one JSON line an event; runs nothing')
  .action(async (file: string) => {
    const { explain } = await import('./explain');
    explain(file, print);
  });

program
  .command('replay <files...>')
  .description('plays incidents to their end on the virtual clock and checks what they expect')
  .option('--json', 'the whole of it as one JSON document', false)
  .option('--keep <folder>', 'writes the evidence of the last incident, and the public key of its seal, into a folder')
  .action(async (files: string[], options: { json: boolean; keep?: string }) => {
    const { replay } = await import('./replay');
    process.exitCode = await replay(files, options, print);
  });

program
  .command('evidence')
  .description('what has become of evidence')
  .command('verify <manifest>')
  .description(
    'a sealed manifest against the objects that it lists: names what was altered, removed, reordered or added',
  )
  .option('--objects <folder>', 'the evidence bucket, fetched into a folder; not for a manifest s3://<bucket>/<key>')
  .requiredOption('--key <key>', 'the sealing key: a file with its public key in PEM, or its ARN or alias in KMS')
  .option('--region <region>', 'where the bucket is; AWS_REGION where it is left out')
  .option('--profile <profile>', 'a profile of the AWS configuration')
  .option('--endpoint <url>', 'another address than AWS’s own')
  .option('--json', 'what was found as one JSON document', false)
  .action(async (manifest: string, options: VerifyOptions) => {
    const { verifyEvidence } = await import('./evidence');
    process.exitCode = await verifyEvidence(manifest, options, new Date(), print);
  });

program
  .command('isolate <node>')
  .description('starts node-forensics on a node of a real account: the plan decides what is done to it')
  .requiredOption('--machine <arn>', 'the machine of node-forensics')
  .option('--because <text>', 'shown to responders')
  .option('--by <name>', 'who asks')
  .option('--cluster <name>', 'where the instance does not say it itself')
  .option('--pod <namespace/name...>', 'under suspicion')
  .option('--pid <number...>', 'under suspicion, as the host numbers processes')
  .action(async (node: string, options: IsolateOptions) => {
    const { isolate } = await import('./isolate');
    await isolate(node, options, new Date(), print);
  });

program
  .command('match <file>')
  .description('event patterns against events, one JSON line a pair')
  .action(async (file: string) => {
    const { match } = await import('./match');
    match(file, print);
  });

program
  .command('asl <file>')
  .description('recorded executions of state machines on the engine, one JSON line a case: its id and its history')
  .action(async (file: string) => {
    const { asl } = await import('./asl');
    await asl(file, print, (line) => process.stderr.write(`${line}\n`));
  });

program
  .command('validate <file>')
  .description('whether a state machine’s definition, or each one of a CloudFormation template, would run')
  .action(async (file: string) => {
    const { validate } = await import('./validate');
    validate(file, print);
  });

program
  .command('declare')
  .description('a responder declares an incident: prints the event, or puts it on the account’s bus')
  .requiredOption('--cluster <name>', 'the cluster')
  .requiredOption('--reason <text>', 'what was seen')
  .option('--node <id...>', 'nodes by their instances’ ids', [])
  .option('--namespace <name>', 'where in the cluster')
  .option('--workload <name>', 'such as Deployment/checkout')
  .option('--severity <severity>', 'how grave it is', 'high')
  .option('--send', 'puts the event on the bus, with the credentials of the environment', false)
  .action(async (options: Declaration) => {
    const { declare } = await import('./declare');
    await declare(options, print);
  });

program
  .command('coverage')
  .description(
    'what of the playbook and of NIST’s subcategories is covered, each incident named having been replayed now',
  )
  .option('--json', 'as one JSON document', false)
  .action(async (options: { json: boolean }) => {
    const { coverage } = await import('./coverage');
    process.exitCode = await coverage(options, print);
  });

program
  .command('preview <file>')
  .description('the Slack messages of an incident file, as readable text and as blocks; sends nothing')
  .option('--json', 'every state of the head message as one JSON document', false)
  .action(async (file: string, options: { json: boolean }) => {
    const { preview } = await import('./preview');
    process.exitCode = await preview(file, options.json, print);
  });

const approvals = program
  .command('approvals')
  .description('what waits for a decision, and deciding it without Slack: needs AWS credentials that may');
const reaching = (name: string) =>
  approvals
    .command(name)
    .option('--region <region>', 'where it is deployed; AWS_REGION where it is left out')
    .option('--profile <profile>', 'a profile of the AWS configuration, such as one that assumes the role with MFA')
    .option('--function <name>', 'the decision handler, by name or ARN')
    .option('--endpoint <url>', 'another address than Lambda’s own');
reaching('list')
  .description('lists what waits, with the hash of what is asked about')
  .option('--json', 'as one JSON document', false)
  .action(async (options: Access & { json: boolean }) => {
    const { listApprovals } = await import('./approvals');
    process.exitCode = await listApprovals(options, options.json, print);
  });
reaching('approve <approval>')
  .description('approves what has the hash that you have read')
  .requiredOption('--shown <hash>', 'the hash that approvals list printed, or its first 12 digits')
  .action(async (approval: string, options: Access & { shown: string }) => {
    const { decide } = await import('./approvals');
    process.exitCode = await decide(options, { command: 'approve', approval, shown: options.shown }, print);
  });
reaching('reject <approval>')
  .description('rejects it')
  .requiredOption('--shown <hash>', 'the hash that approvals list printed, or its first 12 digits')
  .requiredOption('--reason <words>', 'why: it is kept with the decision')
  .action(async (approval: string, options: Access & { shown: string; reason: string }) => {
    const { decide } = await import('./approvals');
    const { shown, reason } = options;
    process.exitCode = await decide(options, { command: 'reject', approval, shown, reason }, print);
  });

program
  .command('schemas')
  .description('writes the JSON Schemas of plans and of incident files')
  .action(async () => {
    const { writeSchemas } = await import('./schemas');
    writeSchemas();
  });

program
  .command('start')
  .description('an incident, live on this machine')
  .action(async () => {
    const { start } = await import('./start');
    process.exitCode = await start(print);
  });

program.parseAsync().catch((error: unknown) => {
  if (error instanceof BadInput || (error instanceof Error && error.name === 'PlanRefused')) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else if (!(error instanceof Error && error.name === 'CommanderError') && !isExit(error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
});

/** Somebody pressed Ctrl-C at a prompt. */
function isExit(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}
