import { type Form, limits, mrkdwn, plainText } from './blocks';
import { type FormMetadata, rejection } from './interaction';

/** Asks why, before a rejection is recorded. */
export function rejectionForm(about: FormMetadata): Form {
  return {
    type: 'modal',
    callback_id: rejection.form,
    title: plainText('Reject'),
    submit: plainText('Reject'),
    close: plainText('Go back'),
    private_metadata: JSON.stringify(about),
    blocks: [
      {
        type: 'section',
        text: mrkdwn(`Nothing will be changed. You reject what has the hash \`${about.shown.slice(0, 12)}\`.`),
      },
      {
        type: 'input',
        block_id: rejection.block,
        label: plainText('Why?'),
        hint: plainText('It is kept with the decision, in the thread and in the report.'),
        element: { type: 'plain_text_input', action_id: rejection.field, multiline: true, max_length: limits.input },
      },
    ],
  };
}
