import { StateFault } from '../errors';
import type { Json } from '../json';
import { formatted, IntrinsicFailure, intrinsicFunctions } from './intrinsic-functions';
import { InvalidPath } from './path';
import { compileReference, type Environment } from './reference';

type Argument = (environment: Environment) => Json;

/** A path given to a function finds nothing. The whole expression is named where it is known. */
class MissingArgument extends Error {
  override readonly name = 'MissingArgument';
}

export function isIntrinsic(text: string): boolean {
  return /^\s*States\.[A-Za-z0-9]+\s*\(/.test(text);
}

/** Compiles a call of an intrinsic function, calls within it included. Throws `InvalidPath`. */
export function compileIntrinsic(text: string): Argument {
  const call = new CallReader(text).read();
  const fault = (error: string, message: string) =>
    new StateFault(error, `The function '${text}' had the following error: ${message}`);
  return (environment) => {
    try {
      return call(environment);
    } catch (error) {
      if (error instanceof MissingArgument) throw fault('States.Runtime', error.message);
      if (error instanceof IntrinsicFailure) throw fault('States.IntrinsicFailure', error.message);
      throw error;
    }
  };
}

class CallReader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Argument {
    const call = this.call();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.fault();
    return call;
  }

  private call(): Argument {
    this.skipBlanks();
    const head = /^States\.([A-Za-z0-9]+)\s*\(/.exec(this.text.slice(this.at));
    const name = head?.[1] ?? '';
    if (head === null) throw this.fault();
    this.at += head[0].length;
    const given: (Argument | string)[] = [];
    while (!this.take(')')) {
      if (given.length > 0 && !this.take(',')) throw this.fault();
      given.push(this.argument());
    }
    if (name === 'Format') return this.format(given);
    const known = Object.hasOwn(intrinsicFunctions, name) ? intrinsicFunctions[name] : undefined;
    if (known === undefined) throw new InvalidPath(`there is no intrinsic function States.${name}`);
    if (given.length < known.arity[0] || given.length > known.arity[1]) {
      throw new InvalidPath(`States.${name} does not take ${given.length} argument(s): ${this.text}`);
    }
    const values = given.map(evaluated);
    return (environment) =>
      known.apply(
        values.map((value) => value(environment)),
        environment.frame,
      );
  }

  /** Every `{}` of the first argument takes the next of the others. */
  private format([template, ...rest]: readonly (Argument | string)[]): Argument {
    if (template === undefined) throw new InvalidPath(`States.Format takes a text: ${this.text}`);
    const values = rest.map(evaluated);
    const fill = (parts: readonly string[], environment: Environment) => {
      if (parts.length - 1 !== values.length) {
        throw new IntrinsicFailure(`There are ${parts.length - 1} {} for ${values.length} argument(s)`);
      }
      return parts
        .map((part, index) => part + (index < values.length ? formatted(values[index]?.(environment) ?? null) : ''))
        .join('');
    };
    if (typeof template === 'string') {
      const parts = placeholders(template);
      if (parts.length - 1 !== values.length) {
        throw new InvalidPath(`there are ${parts.length - 1} {} for ${values.length} argument(s): ${this.text}`);
      }
      return (environment) => fill(parts, environment);
    }
    return (environment) => fill(placeholders(formatted(template(environment))), environment);
  }

  /** Text in quotation marks is answered as it is written: what its escapes mean is the function's business. */
  private argument(): Argument | string {
    this.skipBlanks();
    const rest = this.text.slice(this.at);
    const text = /^'((?:\\[\s\S]|[^'\\])*)'/.exec(rest);
    if (text !== null) {
      this.at += text[0].length;
      return text[1] ?? '';
    }
    const literal = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=\s*[,)])/.exec(rest)?.[0];
    if (literal !== undefined) {
      this.at += literal.length;
      const value = JSON.parse(literal) as Json;
      return () => value;
    }
    if (isIntrinsic(rest)) return this.call();
    if (rest.startsWith('$')) return this.path();
    throw this.fault();
  }

  private path(): Argument {
    const start = this.at;
    let depth = 0;
    let quote = '';
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at] ?? '';
      if (quote !== '') {
        if (character === '\\') this.at++;
        else if (character === quote) quote = '';
      } else if (depth > 0 && (character === "'" || character === '"')) quote = character;
      else if ('[('.includes(character)) depth++;
      else if ('])'.includes(character)) {
        if (depth === 0) break;
        depth--;
      } else if (depth === 0 && character === ',') break;
    }
    const reference = compileReference(this.text.slice(start, this.at).trim());
    return (environment) => {
      const value = reference.read(environment);
      if (value !== undefined) return value;
      throw new MissingArgument(
        `The JsonPath argument for the field '${reference.text}' could not be found in the input '${JSON.stringify(environment.root)}'`,
      );
    };
  }

  private take(character: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipBlanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private fault(): InvalidPath {
    return new InvalidPath(`the call ${this.text} is not understood at character ${this.at + 1}`);
  }
}

function evaluated(argument: Argument | string): Argument {
  if (typeof argument !== 'string') return argument;
  const text = unescaped(argument);
  return () => text;
}

/** What stands between the placeholders of a format, with `\{`, `\}`, `\'` and `\\` read as the characters they mean. */
function placeholders(template: string): string[] {
  const parts = [''];
  for (const [token] of template.matchAll(/\\[\s\S]|\{\}|[\s\S]/g)) {
    if (token === '{}') parts.push('');
    else parts[parts.length - 1] += unescaped(token);
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\'{}])/g, '$1');
}
