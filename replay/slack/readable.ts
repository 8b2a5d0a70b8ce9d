import type { PostedMessage } from './local-slack';

interface Text {
  readonly text: string;
}

interface Block {
  readonly type: string;
  readonly text?: Text;
  readonly fields?: readonly Text[];
  readonly elements?: readonly (Text | { readonly text: Text })[];
}

/** A message as text, for a terminal: what a person would read in Slack. */
export function readable(message: Pick<PostedMessage, 'text' | 'blocks'>): string {
  if (message.blocks.length === 0) return plain(message.text);
  return (message.blocks as readonly Block[]).map(readableBlock).join('\n');
}

function readableBlock(block: Block): string {
  switch (block.type) {
    case 'section':
      return [block.text, ...(block.fields ?? [])].flatMap((it) => (it === undefined ? [] : plain(it.text))).join('\n');
    case 'context':
      return (block.elements ?? []).map((it) => plain(typeof it.text === 'string' ? it.text : it.text.text)).join(' ');
    case 'actions':
      return (block.elements ?? [])
        .map((it) => `[ ${typeof it.text === 'string' ? it.text : it.text.text} ]`)
        .join('  ');
    default:
      return plain(block.text?.text ?? '');
  }
}

/** Slack's marks resolved: dates, mentions, links, bold, and what was escaped. */
function plain(text: string): string {
  return text
    .replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replace(/<@([A-Z0-9]+)>/g, '@$1')
    .replace(/<(https?:[^|>]+)\|([^>]*)>/g, '$2')
    .replace(/\*([^*\n]+)\*/g, '$1')
    .replace(/`([^`\n]*)`/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
