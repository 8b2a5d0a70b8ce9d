/** Input from outside that cannot be used: the message is one line that says what is wrong, where, and what to do. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}
