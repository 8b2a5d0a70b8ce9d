import { attemptsThatMatter, clusterLifecycleCalls, lifecycleSettings } from '../runbooks/cluster-lifecycle';
import { type CategoryWorkflow, type EventPatternDocument, sevenDays } from './category';
import { callsOf } from './patterns';
import { storyOf } from './story';

/** A cluster, or what belongs to it, is made, deleted or changed, or somebody is given access to it. */
export const clusterLifecycle: CategoryWorkflow = {
  id: 'cluster-lifecycle',
  description: 'A cluster or a part of it was made, deleted or changed, or access to it was given',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      callsOf('eks', {
        $or: [
          { eventName: Object.keys(clusterLifecycleCalls) },
          ...Object.values(lifecycleSettings).map((path) => ({
            eventName: ['UpdateClusterConfig'],
            requestParameters: within(path, [{ exists: true }]),
          })),
        ],
      }),
      callsOf('eks', { eventName: attemptsThatMatter }, 'succeeded-or-denied'),
    ],
  },

  define(scope, functions) {
    const story = storyOf('cluster-lifecycle', scope, functions);
    return story
      .triage()
      .next(story.gather())
      .next(story.decide())
      .next(story.contain())
      .next(story.remediate())
      .next(story.close());
  },
};

function within([name = '', ...inner]: readonly string[], leaf: readonly unknown[]): EventPatternDocument {
  return { [name]: inner.length === 0 ? leaf : within(inner, leaf) };
}
