import { type Chain, Choice, Condition, Parallel, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { collectNodeEvidence } from '../../tasks/collect-node-evidence/contract';
import { collectVolatileEvidence } from '../../tasks/collect-volatile-evidence/contract';
import { decide } from '../../tasks/decide/contract';
import { requestSnapshots } from '../../tasks/request-snapshots/contract';
import { secureSnapshots } from '../../tasks/secure-snapshots/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { caughtInBranch, endOfBranch } from './branch';
import { phase } from './phase';
import { pollPhase } from './poll';
import { caughtFailure } from './report-failure';

/** Before the agent has been asked for anything. */
const nothingAsked = { commandId: null, volatileLooks: 0 } as const;
const about = { incidentId: '{% $incidentId %}' };

/** 15 minutes at the most: the plan bounds the command, and these looks bound a command that answers nothing. */
const volatileLooks = 60;
const secondsBetweenVolatileLooks = 15;
/** Two hours: a large volume's first snapshot takes that long, and what is not complete then is named. */
const snapshotLooks = 60;
const secondsBetweenSnapshotLooks = 120;

/**
 * The first thing that is done to a node, and beside it the decision: a snapshot is a point in time as soon as it is
 * accepted, and neither waits for the other. Where the plan has volatile evidence come first, it comes here.
 */
export function snapshotAndJudge(scope: Construct, functions: FunctionFor, failure: Chain): Parallel {
  const request = taskState(scope, 'Request snapshots of all volumes', functions, {
    contract: requestSnapshots,
    arguments: about,
    assign: nothingAsked,
  });
  const without = Pass.jsonata(scope, 'There are no snapshots', { outputs: { volatileFirst: false } });
  request.addCatch(without);
  const volatile = volatilePhase(scope, functions, 'first');
  const keep = Pass.jsonata(scope, 'Volatile evidence has come first', { outputs: { volatileFirst: true } });
  const snapshots = request.next(
    Choice.jsonata(scope, 'Volatile evidence first?')
      .when(Condition.jsonata('{% $states.input.volatileFirst %}'), volatile.next(keep))
      .otherwise(Pass.jsonata(scope, 'Volatile evidence can wait')),
  );
  const judge = taskState(scope, 'Decide by the plan', functions, {
    contract: decide,
    arguments: { ...about, problems: [] },
  });

  const begin = Parallel.jsonata(scope, 'Take a snapshot and judge', {
    assign: {
      judgements: '{% $judgements + 1 %}',
      volatileFirst: '{% $states.result[0].volatileFirst %}',
      planned: {
        protect: '{% $states.result[1].protect %}',
        contain: '{% $states.result[1].contain %}',
        remediate: '{% $states.result[1].remediate %}',
      },
    },
    outputs: {},
  });
  begin.branch(snapshots, judge);
  begin.addCatch(failure, { assign: caughtFailure });
  return begin;
}

/** What AWS and Kubernetes know, and what the node's own agent can write down. */
export function collectBranch(scope: Construct, functions: FunctionFor): Chain {
  const end = endOfBranch(scope, 'The evidence is incomplete');
  const collect = taskState(scope, 'Collect what AWS and Kubernetes know', functions, {
    contract: collectNodeEvidence,
    arguments: about,
    assign: nothingAsked,
  });
  collect.addCatch(end, { assign: caughtInBranch });
  const volatile = volatilePhase(scope, functions, 'now', end);
  return collect.next(
    Choice.jsonata(scope, 'Is the volatile evidence there?')
      .when(Condition.jsonata('{% $volatileFirst %}'), Pass.jsonata(scope, 'It came first'))
      .otherwise(volatile.next(Pass.jsonata(scope, 'All that can be had is there'))),
  );
}

function volatilePhase(scope: Construct, functions: FunctionFor, when: 'first' | 'now', end?: Pass): Chain {
  const collect = taskState(scope, `Collect volatile evidence ${when}`, functions, {
    contract: collectVolatileEvidence,
    arguments: { ...about, commandId: '{% $commandId %}', last: `{% $volatileLooks >= ${volatileLooks - 1} %}` },
    assign: { commandId: '{% $states.result.Payload.commandId %}', volatileLooks: '{% $volatileLooks + 1 %}' },
  });
  const given = end ?? Pass.jsonata(scope, `There is no volatile evidence ${when}`);
  collect.addCatch(given, { assign: caughtInBranch });
  const poll = pollPhase(scope, collect, {
    question: `Has the volatile evidence arrived ${when}?`,
    wait: `Give the agent time ${when}`,
    seconds: secondsBetweenVolatileLooks,
  });
  return end === undefined ? phase(poll, ...poll.endStates, given) : poll;
}

/** What takes long and needs no haste: complete snapshots, copied and locked. */
export function secureSnapshotsPhase(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const secure = taskState(scope, 'Secure the snapshots', functions, {
    contract: secureSnapshots,
    arguments: { ...about, last: `{% $snapshotLooks >= ${snapshotLooks - 1} %}` },
    assign: { snapshotLooks: '{% $snapshotLooks + 1 %}' },
  });
  secure.addCatch(failure, { assign: caughtFailure });
  return pollPhase(scope, secure, {
    question: 'Are the snapshots complete?',
    wait: 'Give the snapshots time',
    seconds: secondsBetweenSnapshotLooks,
  });
}
