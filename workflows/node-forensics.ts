import { sevenDays, type Workflow } from './category';
import { closePhase } from './phases/close';
import { protectAndContain, verifyAndEradicate } from './phases/isolate-node';
import { secureSnapshotsPhase, snapshotAndJudge } from './phases/preserve-node';
import { failurePhase } from './phases/report-failure';
import { triagePhase } from './phases/triage';

/**
 * One node is preserved, isolated and looked into. Its input is a request as `runbooks/node-forensics.ts` has it, in the
 * shape of an event: another incident's machine starts it for each of its nodes, or a responder does.
 */
export const nodeForensics: Workflow = {
  id: 'node-forensics',
  description: 'Snapshots, isolates and collects evidence of one node, and can take it back',
  timeoutSeconds: sevenDays,

  define(scope, functions) {
    const failure = failurePhase(scope, functions);
    const begin = snapshotAndJudge(scope, functions, failure);
    return triagePhase(scope, functions, 'node-forensics', begin, failure)
      .next(protectAndContain(scope, functions, failure))
      .next(secureSnapshotsPhase(scope, functions, failure))
      .next(verifyAndEradicate(scope, functions, failure))
      .next(closePhase(scope, functions, begin, failure));
  },
};
