/**
 * What Slack says of blocks that break its limits, or null where it takes them:
 * https://docs.slack.dev/reference/block-kit/blocks
 */
export function faultOf(blocks: unknown, most = 50): string | null {
  if (!Array.isArray(blocks)) return 'blocks is not a list';
  if (blocks.length > most) return `no more than ${most} items allowed [json-pointer:/blocks]`;
  const ids = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const at = `/blocks/${index}`;
    if (!isObject(block)) return `must be an object [json-pointer:${at}]`;
    const { block_id: id } = block;
    if (typeof id === 'string') {
      if (id.length > 255) return `must be at most 255 characters [json-pointer:${at}/block_id]`;
      if (ids.has(id)) return `duplicate block_id [json-pointer:${at}/block_id]`;
      ids.add(id);
    }
    const fault = faultOfBlock(block, at);
    if (fault !== null) return fault;
  }
  return null;
}

/** What Slack says of a form that breaks its limits, or null: https://docs.slack.dev/reference/views/modal-views */
export function faultOfForm(view: unknown): string | null {
  if (!isObject(view) || view['type'] !== 'modal') return 'must be a modal [json-pointer:/view/type]';
  const { title, submit, close, private_metadata: metadata, callback_id: callback, blocks } = view;
  if (typeof metadata === 'string' && metadata.length > 3_000)
    return 'must be less than 3001 characters [json-pointer:/view/private_metadata]';
  if (typeof callback === 'string' && callback.length > 255)
    return 'must be less than 256 characters [json-pointer:/view/callback_id]';
  const inputs = Array.isArray(blocks) && blocks.some((block) => isObject(block) && block['type'] === 'input');
  if (inputs && submit === undefined) return 'submit must be provided [json-pointer:/view/submit]';
  return (
    faultOfText(title, '/view/title', 24, ['plain_text']) ??
    (submit === undefined ? null : faultOfText(submit, '/view/submit', 24, ['plain_text'])) ??
    (close === undefined ? null : faultOfText(close, '/view/close', 24, ['plain_text'])) ??
    faultOf(blocks, 100)
  );
}

type Unknown = Readonly<Record<string, unknown>>;

function faultOfBlock(block: Unknown, at: string): string | null {
  switch (block['type']) {
    case 'header':
      return faultOfText(block['text'], `${at}/text`, 150, ['plain_text']);
    case 'section': {
      const { text, fields } = block;
      if (text === undefined && fields === undefined) return `must have text or fields [json-pointer:${at}]`;
      if (text !== undefined) {
        const fault = faultOfText(text, `${at}/text`, 3_000);
        if (fault !== null) return fault;
      }
      return fields === undefined
        ? null
        : faultOfList(fields, `${at}/fields`, 10, (it, where) => faultOfText(it, where, 2_000));
    }
    case 'context':
      return faultOfList(block['elements'], `${at}/elements`, 10, (it, where) => faultOfText(it, where, 3_000));
    case 'actions':
      return faultOfList(block['elements'], `${at}/elements`, 25, faultOfButton);
    case 'divider':
      return null;
    case 'input':
      return faultOfInput(block, at);
    default:
      return `unsupported type: ${String(block['type'])} [json-pointer:${at}/type]`;
  }
}

function faultOfList(
  list: unknown,
  at: string,
  most: number,
  check: (it: unknown, at: string) => string | null,
): string | null {
  if (!Array.isArray(list) || list.length === 0) return `must hold at least one item [json-pointer:${at}]`;
  if (list.length > most) return `no more than ${most} items allowed [json-pointer:${at}]`;
  for (const [index, it] of list.entries()) {
    const fault = check(it, `${at}/${index}`);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOfText(text: unknown, at: string, most: number, types = ['plain_text', 'mrkdwn']): string | null {
  if (!isObject(text) || !types.includes(String(text['type'])))
    return `must be ${types.join(' or ')} [json-pointer:${at}]`;
  const value = text['text'];
  if (typeof value !== 'string' || value.length === 0)
    return `must be more than 0 characters [json-pointer:${at}/text]`;
  return value.length > most ? `must be less than ${most + 1} characters [json-pointer:${at}/text]` : null;
}

function faultOfInput({ label, hint, element }: Unknown, at: string): string | null {
  if (!isObject(element) || element['type'] !== 'plain_text_input')
    return `must be a plain_text_input [json-pointer:${at}/element]`;
  const { max_length: most, action_id: id } = element;
  if (most !== undefined && (typeof most !== 'number' || most < 1 || most > 3_000))
    return `must be between 1 and 3000 [json-pointer:${at}/element/max_length]`;
  if (typeof id === 'string' && id.length > 255)
    return `must be less than 256 characters [json-pointer:${at}/element/action_id]`;
  return (
    faultOfText(label, `${at}/label`, 2_000, ['plain_text']) ??
    (hint === undefined ? null : faultOfText(hint, `${at}/hint`, 2_000, ['plain_text']))
  );
}

function faultOfButton(button: unknown, at: string): string | null {
  if (!isObject(button) || button['type'] !== 'button') return `must be a button [json-pointer:${at}]`;
  const text = faultOfText(button['text'], `${at}/text`, 75, ['plain_text']);
  if (text !== null) return text;
  const { value, action_id: id, confirm, style } = button;
  if (typeof value === 'string' && value.length > 2_000)
    return `must be less than 2001 characters [json-pointer:${at}/value]`;
  if (typeof id === 'string' && id.length > 255)
    return `must be less than 256 characters [json-pointer:${at}/action_id]`;
  if (style !== undefined && style !== 'primary' && style !== 'danger')
    return `unknown style [json-pointer:${at}/style]`;
  if (confirm === undefined) return null;
  if (!isObject(confirm)) return `must be an object [json-pointer:${at}/confirm]`;
  return (
    faultOfText(confirm['title'], `${at}/confirm/title`, 100, ['plain_text']) ??
    faultOfText(confirm['text'], `${at}/confirm/text`, 300) ??
    faultOfText(confirm['confirm'], `${at}/confirm/confirm`, 30, ['plain_text']) ??
    faultOfText(confirm['deny'], `${at}/confirm/deny`, 30, ['plain_text'])
  );
}

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
