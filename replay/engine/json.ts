/** A JSON value. Values are never changed once they are made: they are shared by states, variables and history. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values are the same JSON. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item as Json, b[index] as Json));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], (b as JsonObject)[key]))
  );
}

/** What may or may not have to be waited for: most steps of a machine need no turn of the event loop. */
export type Maybe<T> = T | Promise<T>;

export function then<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

const sizes = new WeakMap<object, number>();
const longTexts = new Map<string, number>();

/** Work below which a value is measured again sooner than it is looked up, and long texts that are remembered. */
const worthKnowing = 24;
const longText = 1_024;
const longTextsKnown = 16;

/** What has been looked at so far, in values and in eights of characters. */
let looked = 0;

/** Bytes of a value's JSON in UTF-8. What is large is measured once: what is only passed on costs nothing again. */
export function sizeOf(value: Json): number {
  looked++;
  if (typeof value === 'string') return textSize(value);
  if (typeof value !== 'object' || value === null) return String(value).length;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const before = looked;
  let size = 1;
  if (Array.isArray(value)) {
    for (const item of value) size += sizeOf(item) + 1;
    if (value.length === 0) size++;
  } else {
    let members = 0;
    for (const key in value) {
      size += textSize(key) + sizeOf((value as JsonObject)[key] as Json) + 2;
      members++;
    }
    if (members === 0) size++;
  }
  if (looked - before >= worthKnowing) sizes.set(value, size);
  return size;
}

function textSize(text: string): number {
  if (text.length < longText) return measured(text);
  const known = longTexts.get(text);
  if (known !== undefined) return known;
  const size = measured(text);
  if (longTexts.size >= longTextsKnown) longTexts.delete(longTexts.keys().next().value ?? '');
  longTexts.set(text, size);
  return size;
}

function measured(text: string): number {
  looked += text.length >> 3;
  // Plain ASCII, which is nearly all of it, is as long as it looks.
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 32 || code > 126 || code === 34 || code === 92) return Buffer.byteLength(JSON.stringify(text));
  }
  return text.length + 2;
}
