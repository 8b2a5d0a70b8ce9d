import { Chain, type Choice, type IChainable, type INextable } from 'aws-cdk-lib/aws-stepfunctions';

/**
 * A phase is a chain of states that other phases follow. It may be left in several ways: all of them lead to whatever
 * comes next in the story.
 */
export function phase(first: IChainable, ...ways: INextable[]): Chain {
  return Chain.custom(first.startState, ways, first);
}

/** The way out of a choice that no condition took. */
export function otherwise(choice: Choice): INextable {
  return {
    next(following) {
      choice.otherwise(following);
      return Chain.sequence(choice, following);
    },
  };
}
