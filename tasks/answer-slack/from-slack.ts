import { errorName } from '../errors';
import type { Person } from '../slack/client';
import { type Interaction, type Request, readInteraction, rejection } from '../slack/interaction';
import { rejectionForm } from '../slack/rejection-form';
import { isSignedBySlack, skewSeconds } from '../slack/signature';
import type { DecisionDeps } from './deps';
import { type Heard, hear, type Speaker } from './hear';
import { tellDecision } from './tell-decision';
import { askForUndo, type Undone } from './undo';
import { refusalOf } from './words';

export interface Answer {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * Slack gives up after three seconds: one for asking who clicked, at most, a half for the record and the machine, and this for
 * showing it. What is recorded is not undone by being shown a little later.
 */
const showWithinMs = 1_200;

/** A request at the public URL. What Slack did not sign, now and for the first time, learns nothing. */
export async function fromSlack(request: Request, deps: DecisionDeps): Promise<Answer> {
  if (request.method !== 'POST') return { statusCode: 400 };
  const { signingSecrets } = await deps.slackSecrets();
  if (!isSignedBySlack(request, signingSecrets, deps.now())) return { statusCode: 401 };
  const interaction = readInteraction(request);
  if (interaction === null) return { statusCode: 400 };
  // A signature loses its force after the skew both ways: so long it is remembered.
  const forgetAt = Math.floor(deps.now().getTime() / 1_000) + 2 * skewSeconds;
  if (!(await deps.store.signatures.firstUse(request.signature ?? '', forgetAt))) return { statusCode: 401 };
  return answer(interaction, deps);
}

async function answer(interaction: Interaction, deps: DecisionDeps): Promise<Answer> {
  switch (interaction.kind) {
    case 'ask-why':
      return askWhy(interaction, deps);
    case 'approve':
    case 'more-time': {
      const result = await hear(interaction, await speaker(interaction, deps), interaction, deps);
      await shownInTime(interaction, result, deps);
      return { statusCode: 200 };
    }
    case 'reject': {
      const reason = interaction.reason.trim();
      if (reason === '') return keepForm('Say why, in a few words.');
      const result = await hear(interaction, await speaker(interaction, deps), { kind: 'reject', reason }, deps);
      const refusal = refusalOf(result);
      if (refusal !== null) return keepForm(refusal);
      await shownInTime(interaction, result, deps);
      return { statusCode: 200 };
    }
    case 'undo': {
      const result = await askForUndo(interaction.incidentId, await speaker(interaction, deps), deps);
      await shownInTime(interaction, result, deps);
      return { statusCode: 200 };
    }
    default:
      return interaction satisfies never;
  }
}

/** The form stays open with what was typed, and says what is wrong with it. */
function keepForm(why: string): Answer {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_action: 'errors', errors: { [rejection.block]: why } }),
  };
}

async function askWhy(
  { userId, channel, approvalId, shown, triggerId }: Extract<Interaction, { kind: 'ask-why' }>,
  deps: DecisionDeps,
): Promise<Answer> {
  try {
    await (await deps.slackApi()).open(triggerId, rejectionForm({ approval: approvalId, shown, channel }));
  } catch (error) {
    deps.log('warn', 'the form for a rejection could not be opened', { error: errorName(error) });
    const text =
      'Nothing was changed by you: Slack could not open the form. Click again, or decide at the command line: eks-ir approvals list.';
    await whisper(channel, userId, text, deps);
  }
  return { statusCode: 200 };
}

async function speaker({ userId, from }: Interaction, deps: DecisionDeps): Promise<Speaker> {
  let person: Person | null = null;
  try {
    person = await (await deps.slackApi()).person(userId);
  } catch (error) {
    deps.log('warn', 'Slack could not be asked who clicked', { error: errorName(error) });
  }
  return { userId, via: 'slack', from, person };
}

/** Shows what came of it, as far as that is done in time: neither this nor its failing may fail a decision. */
async function shownInTime(interaction: Interaction, result: Heard | Undone, deps: DecisionDeps): Promise<void> {
  await Promise.race([show(interaction, result, deps), deps.pause(showWithinMs)]);
}

async function show({ userId, channel }: Interaction, result: Heard | Undone, deps: DecisionDeps): Promise<void> {
  const refusal = refusalOf(result);
  if (refusal !== null) {
    deps.log('info', 'a click was refused', { user: userId, because: result.kind });
    await whisper(channel, userId, refusal, deps);
  } else if ('approval' in result) {
    await tellDecision(result.approval, result.kind, deps);
  }
}

/** Only to this one person: why nothing came of it. */
async function whisper(channel: string | null, userId: string, text: string, deps: DecisionDeps): Promise<void> {
  if (channel === null) return;
  try {
    await (await deps.slackApi()).whisper(channel, userId, text);
  } catch (error) {
    deps.log('warn', 'a refusal could not be told', { error: errorName(error) });
  }
}
