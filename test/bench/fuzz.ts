import { fuzz } from '../tasks/answer-slack/fuzz';

/** `npm run fuzz [requests] [seed]`: mutated requests at the URL that Slack calls. Exit status 1 at the first that gets anywhere. */
const [requests = '100000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);

void fuzz(Number(requests), Number(seed)).then(
  ({ statuses }) => {
    const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
    console.log(
      `${requests} mutated requests, seed ${seed}: no failure, no effect, no information (${answers.join(', ')})`,
    );
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
