/** A text as one word of a POSIX shell, whatever is in it: nothing between single quotes means anything. */
export function quoted(text: string): string {
  // A shell's word cannot hold a NUL.
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}

/** Variables set in front of a script, which itself is never put together. */
export function withVariables(script: string, variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  return [...lines, script].join('\n');
}
