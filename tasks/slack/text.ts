/**
 * Event data is written by whoever is being investigated. Here it becomes a code span that says what it is and does
 * nothing: no mention, no link, no emoji, no formatting, no reversed direction, no line of its own.
 */
export function inert(value: string, most = 120): string {
  const text = escaped(value, most).replaceAll('`', 'ˋ');
  return text === '' ? '' : `\`${text}\``;
}

/** Words of our own, such as the plan's: as they are, on one line, with Slack's three special characters escaped. */
export function escaped(value: string, most: number): string {
  const oneLine = value
    // Marks that reverse, hide or join text: bidirectional controls, zero-width characters, tags, variation selectors.
    .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Variation_Selector}/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return shortened(oneLine, most).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
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

/** A moment in the reader's own time zone; where Slack cannot tell it, in UTC. */
export function date(at: string): string {
  return `<!date^${Math.floor(Date.parse(at) / 1_000)}^{date_short_pretty} {time_secs}|${at}>`;
}

/** So many people are named in one line; more are counted. */
const mentioned = 15;

/** People by Slack's own mention of them, which notifies them. Their ids are Slack's or the plan's, never event data. */
export function mentions(userIds: readonly string[]): string {
  const named = userIds.slice(0, mentioned).map((user) => `<@${user}>`);
  const more = userIds.length - named.length;
  return `${named.join(' ')}${more > 0 ? ` and ${more} more` : ''}` || 'nobody';
}
