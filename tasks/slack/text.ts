/**
 * Event data is written by whoever is being investigated. Here it becomes text that says what it is and does nothing: no
 * mention, no link, no formatting, no reversed direction, no line of its own.
 */
export function inert(value: string, most = 120): string {
  const oneLine = value
    // Marks that reverse, hide or join text: bidirectional controls, zero-width characters, tags, variation selectors.
    .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Variation_Selector}/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const cut = shortened(oneLine, most);
  return (
    cut
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Formatting, emoji and mentions are read by their marks: look-alikes are not.
      .replaceAll('`', 'ˋ')
      .replaceAll('*', '∗')
      .replaceAll('_', '＿')
      .replaceAll('~', '∼')
      .replaceAll('@', '＠')
      .replaceAll('#', '＃')
      .replace(/:(?=[\w+-]+:)/g, '꞉')
      // Slack links whatever looks like an address.
      .replace(/:\/\//g, '꞉//')
      .replace(/\.(?=[a-z]{2,})/gi, '․')
  );
}

/** Cut by characters as people count them, never in the middle of one. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** Within Slack's limit for a block, whatever it was made of. */
export function within(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text
        .slice(0, most - 2)
        .replace(/&[a-z]*$/, '')
        .replace(/[\uD800-\uDBFF]$/, '')} …`;
}
