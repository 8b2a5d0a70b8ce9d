import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { InvalidDefinition, loadMachine } from '../engine/machine';
import { readStack } from '../world/stack';
import { BadInput } from './bad-input';

const template = z.object({ Resources: z.record(z.string(), z.unknown()) });

/** Says of a state machine's definition, or of every one in a CloudFormation template, whether it would run. */
export function validate(file: string, print: (line: string) => void): void {
  const document = readJson(file);
  const machines = template.safeParse(document).success
    ? readStack(document, { account: '111122223333', region: 'eu-central-1', partition: 'aws' }).machines
    : [{ logicalId: 'definition', definition: document }];
  if (machines.length === 0) throw new BadInput(`${file}: the template holds no AWS::StepFunctions::StateMachine`);
  const faults: string[] = [];
  for (const { logicalId, definition } of machines) {
    try {
      const { states } = loadMachine(definition);
      print(`${logicalId}: valid, ${states.size} state(s)`);
    } catch (error) {
      if (!(error instanceof InvalidDefinition)) throw error;
      faults.push(...error.problems.map(({ where, reason }) => `${file}: ${logicalId}: ${where}: ${reason}`));
    }
  }
  if (faults.length > 0) throw new BadInput(faults.join('\n'));
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new BadInput(`${file}: there is no such file that can be read; name a definition or a template`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${file}: not JSON: ${(error as Error).message}`);
  }
}
