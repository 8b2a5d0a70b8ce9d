import { type Chain, type IChainable, Parallel, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { collectLogEvidence } from '../../tasks/collect-log-evidence/contract';
import { collectNodeEvidence } from '../../tasks/collect-node-evidence/contract';
import { collectVolatileEvidence } from '../../tasks/collect-volatile-evidence/contract';
import { decide } from '../../tasks/decide/contract';
import { requestSnapshots } from '../../tasks/request-snapshots/contract';
import { secureSnapshots } from '../../tasks/secure-snapshots/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { caughtInBranch, endOfBranch, nothingFailed } from './branch';
import { phase } from './phase';
import { pollPhase } from './poll';
import { caughtFailure } from './report-failure';

/** Before the agent has been asked for anything. */
export const nothingAsked = { volatileProgress: null, volatileLooks: 0 } as const;
const about = { incidentId: '{% $incidentId %}' };

/** The plan bounds what is asked of the agent, and these looks what answers nothing: 16 minutes, and 77 with the memory. */
const volatileLooks = { 'before-isolation': 64, 'after-isolation': 308 } as const;
const secondsBetweenVolatileLooks = 15;
/** Two hours: a large volume's first snapshot takes that long, and what is not complete then is named. */
const snapshotLooks = 60;
const secondsBetweenSnapshotLooks = 120;

/**
 * The first thing that is done to a node, and beside it the decision: a snapshot is a point in time as soon as it is
 * accepted, and neither waits for the other.
 */
export function snapshotAndJudge(scope: Construct, functions: FunctionFor, failure: Chain): Parallel {
  const request = taskState(scope, 'Request snapshots of all volumes', functions, {
    contract: requestSnapshots,
    arguments: about,
  });
  request.addCatch(Pass.jsonata(scope, 'There are no snapshots', { outputs: { volatileFirst: false } }));
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
  begin.branch(request, judge);
  begin.addCatch(failure, { assign: caughtFailure });
  return begin;
}

/**
 * What AWS and Kubernetes know, what the node's own agent can write down where that was not to come first, and then what was
 * logged, which runs away from nobody and of which the latest comes late. Where one fails, the next is collected all the same.
 */
export function collectBranch(scope: Construct, functions: FunctionFor): Chain {
  const collect = taskState(scope, 'Collect what AWS and Kubernetes know', functions, {
    contract: collectNodeEvidence,
    arguments: about,
    assign: { ...nothingAsked, ...nothingFailed },
  });
  const logs = taskState(scope, 'Collect what was logged', functions, {
    contract: collectLogEvidence,
    arguments: about,
  });
  const volatile = volatilePhase(scope, functions, 'after-isolation', 'now', logs);
  collect.addCatch(volatile, { assign: { ...nothingAsked, ...caughtInBranch } });
  const end = endOfBranch(scope, 'The evidence is collected');
  logs.addCatch(end, { assign: caughtInBranch });
  return collect.next(volatile.next(logs.next(end)));
}

/**
 * Volatile evidence that the plan has come first: isolation waits for it, but no longer than the plan says. Whoever begins
 * it sets `nothingAsked`.
 */
export function volatileFirst(scope: Construct, functions: FunctionFor): Chain {
  const without = Pass.jsonata(scope, 'There is no volatile evidence first');
  const volatile = volatilePhase(scope, functions, 'before-isolation', 'first', without);
  return phase(volatile, ...volatile.endStates, without);
}

function volatilePhase(
  scope: Construct,
  functions: FunctionFor,
  when: 'before-isolation' | 'after-isolation',
  words: 'first' | 'now',
  otherwise: IChainable,
): Chain {
  const collect = taskState(scope, `Collect volatile evidence ${words}`, functions, {
    contract: collectVolatileEvidence,
    arguments: {
      ...about,
      progress: '{% $volatileProgress %}',
      when,
      last: `{% $volatileLooks >= ${volatileLooks[when] - 1} %}`,
    },
    assign: { volatileProgress: '{% $states.result.Payload.progress %}', volatileLooks: '{% $volatileLooks + 1 %}' },
  });
  collect.addCatch(otherwise, { assign: caughtInBranch });
  return pollPhase(scope, collect, {
    question: `Has the volatile evidence arrived ${words}?`,
    wait: `Give the agent time ${words}`,
    seconds: secondsBetweenVolatileLooks,
  });
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
