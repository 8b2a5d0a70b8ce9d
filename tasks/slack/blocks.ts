/** The kinds of Block Kit block that messages are made of, with Slack's limits: https://docs.slack.dev/reference/block-kit/blocks */

export const limits = {
  id: 255,
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  context: 10,
  actions: 25,
  buttonText: 75,
  buttonValue: 2_000,
  confirmTitle: 100,
  confirmText: 300,
  /** Of what a person may write into a form. */
  input: 3_000,
} as const;

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji?: boolean;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Channel names and links in it stay text. */
  readonly verbatim: true;
}

export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: {
    readonly title: PlainText;
    readonly text: PlainText;
    readonly confirm: PlainText;
    readonly deny: PlainText;
  };
}

export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'section'; readonly fields: readonly Mrkdwn[] }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'actions'; readonly block_id: string; readonly elements: readonly Button[] }
  | { readonly type: 'divider' };

/** A form in a window of its own. What was typed stays in it as long as it is not taken. */
export interface Form {
  readonly type: 'modal';
  readonly callback_id: string;
  readonly title: PlainText;
  readonly submit: PlainText;
  readonly close: PlainText;
  readonly private_metadata: string;
  readonly blocks: readonly (
    | Block
    | {
        readonly type: 'input';
        readonly block_id: string;
        readonly label: PlainText;
        readonly hint: PlainText;
        readonly element: {
          readonly type: 'plain_text_input';
          readonly action_id: string;
          readonly multiline: true;
          readonly max_length: number;
        };
      }
  )[];
}

export function plainText(text: string): PlainText {
  return { type: 'plain_text', text, emoji: false };
}

export function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}
