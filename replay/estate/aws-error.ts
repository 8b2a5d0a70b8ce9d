/** An error that AWS gives, by AWS's name for it. */
export class AwsError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
