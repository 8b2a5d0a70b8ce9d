import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { input, select } from '@inquirer/prompts';
import pc from 'picocolors';
import { account, momentLine } from '../incidents/account';
import { incidentFiles, type LoadedIncident, loadIncident } from '../incidents/incident-file';
import { play } from '../incidents/play';
import { type Question, Rehearsal } from '../incidents/rehearsal';
import { readable } from '../slack/readable';

const incidents = join(import.meta.dirname, '..', '..', 'test', 'incidents');

/** Everything live on this machine: an incident, its machine, Slack, and whoever answers. Answers the exit status. */
export async function start(print: (text: string) => void): Promise<0 | 1> {
  const files = incidentFiles(incidents);
  print(introduction);
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const [first = ''] = files;
    const loaded = loadIncident(first);
    const played = await play(loaded);
    print(account(played, loaded.incident.start, loaded.incident.story));
    print(outroduction);
    return played.passed ? 0 : 1;
  }
  for (;;) {
    const chosen = await select<LoadedIncident | null>({
      message: 'Which incident?',
      pageSize: 15,
      choices: [
        ...files.map((file) => loadIncident(file)).map((it) => ({ name: it.incident.title, value: it })),
        { name: 'None: leave', value: null },
      ],
    });
    if (chosen === null) return 0;
    await live(chosen, print);
  }
}

const introduction = `
${pc.bold('EKS incident response')}: an incident from its EventBridge event to its sealed record, on this machine alone.
The machines are the ones that the CDK synthesizes; the tasks are the ones that run on Lambda; AWS and Slack are simulated,
and the clock is virtual: what takes four hours takes no time.`;

const outroduction = `
What you saw: ⚡ events, ⚙ state machines, ⚖ decisions by the plan in runbooks/, 💬 Slack, 👤 people, ✎ calls that change
something, 🔒 evidence. On a terminal, npm start lets you choose the incident and answer the Slack message yourself.`;

/** Fast enough not to bore, slow enough to be read. */
const paceMs = 60;

async function live(loaded: LoadedIncident, print: (text: string) => void): Promise<void> {
  const { incident } = loaded;
  const lines: string[] = [];
  const rehearsal = await Rehearsal.open(loaded, (moment) => lines.push(momentLine(moment, incident.start)));
  const show = async () => {
    for (const line of lines.splice(0)) {
      print(line);
      await setTimeout(paceMs);
    }
  };
  try {
    print(`\n${pc.bold(incident.title)}\n${incident.story.trim()}\n`);
    await answerAll(rehearsal, show, print);
    if (rehearsal.hasIncident()) {
      const undo = await select({
        message: 'The incident is closed. Take back what was changed?',
        choices: [
          { name: 'Leave it as it is', value: false },
          { name: 'Undo it (asks for approval)', value: true },
        ],
      });
      if (undo) {
        rehearsal.startUndo();
        await answerAll(rehearsal, show, print);
      }
    }
    const result = await rehearsal.result();
    for (const it of result.incidents) {
      print(
        `\n  ${pc.bold(it.id)}: ${it.severity}, ${pc.bold(String(it.outcome))}; ${it.evidence.length} piece(s) of evidence${it.sealed ? ', sealed' : ''}`,
      );
    }
  } finally {
    await rehearsal.close();
  }
}

async function answerAll(
  rehearsal: Rehearsal,
  show: () => Promise<void>,
  print: (text: string) => void,
): Promise<void> {
  for (;;) {
    const question = await rehearsal.untilQuestion();
    await show();
    if (question === null) return;
    await ask(rehearsal, question, print);
  }
}

async function ask(rehearsal: Rehearsal, question: Question, print: (text: string) => void, after = 0): Promise<void> {
  print(
    `\n${readable(question.message)
      .split('\n')
      .map((line) => `  │ ${line}`)
      .join('\n')}\n`,
  );
  const answer = await select({
    message: 'You are U07ALICE, on call. What do you click?',
    choices: [
      { name: 'Approve', value: 'approve' as const },
      { name: 'Reject, and say why', value: 'reject' as const },
      { name: 'More time', value: 'more-time' as const },
      { name: 'Nothing: wait until the time is over', value: null },
    ],
  });
  if (answer === null) return;
  const reason = answer === 'reject' ? { reason: await input({ message: 'Why?' }) } : {};
  rehearsal.answer(question, { user: 'U07ALICE', answer, after, ...reason });
  // The question stays open: a minute later something else can be clicked.
  if (answer === 'more-time') await ask(rehearsal, question, print, after + 60_000);
}
