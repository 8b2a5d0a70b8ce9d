import type { Json } from '../json';
import type { Frame } from '../queries';
import { compilePath, InvalidPath } from './path';

/** What expressions are evaluated against: `$` is the root, the frame holds the context object and the variables. */
export interface Environment {
  readonly root: Json;
  readonly frame: Frame;
}

/** `$.a` of the root, `$$.a` of the context object, or `$name.a` of a variable, compiled. */
export interface Reference {
  readonly text: string;
  /** Undefined where nothing is found. */
  read(environment: Environment): Json | undefined;
  /** Why nothing is found. */
  explainMiss(environment: Environment): string;
  /** Whether nothing is found only because a list is too short. */
  missesByIndex(environment: Environment): boolean;
}

const variable = /^\$([\p{ID_Start}_][\p{ID_Continue}]*)(?=$|[.[])/u;

/** Compiles a reference. Throws `InvalidPath`. */
export function compileReference(text: string): Reference {
  if (!text.startsWith('$')) throw new InvalidPath(`${JSON.stringify(text)} is no path: a path begins with $`);
  const named = variable.exec(text);
  const path = compilePath(named === null ? text.replace(/^\$\$/, '$') : `$${text.slice(named[0].length)}`);
  const start = startOf(text, named?.[1]);
  return {
    text,
    read(environment) {
      const root = start(environment);
      return root === undefined ? undefined : path.read(root);
    },
    explainMiss(environment) {
      const root = start(environment);
      return root === undefined ? `there is no variable ${text}` : path.explainMiss(root);
    },
    missesByIndex(environment) {
      const root = start(environment);
      return root !== undefined && path.missesByIndex(root);
    },
  };
}

function startOf(text: string, name: string | undefined): (environment: Environment) => Json | undefined {
  if (name !== undefined) return ({ frame }) => frame.scope.get(name);
  if (text.startsWith('$$')) return ({ frame }) => frame.context();
  return ({ root }) => root;
}
