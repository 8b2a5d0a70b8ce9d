/** How a language writes a text as one word that means nothing, whatever is in it, and gives it a name. */
interface Language {
  readonly quoted: (text: string) => string;
  readonly assigned: (name: string, word: string) => string;
}

/** POSIX: nothing between single quotes means anything. */
export const shell: Language = {
  // A shell's word cannot hold a NUL.
  quoted: (text) => `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`,
  assigned: (name, word) => `${name}=${word}`,
};

/**
 * Between single quotes only these mean anything, each its own end: PowerShell takes typographic ones for the plain one.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export const powerShell: Language = {
  quoted: (text) => `'${text.replaceAll('\0', '').replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`,
  assigned: (name, word) => `$${name} = ${word}`,
};

/** Variables set in front of a script, which itself is never put together. */
export function withVariables(
  { quoted, assigned }: Language,
  script: string,
  variables: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(variables).map(([name, value]) => assigned(name, quoted(value)));
  return [...lines, script].join('\n');
}
