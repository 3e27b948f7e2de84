/**
 * An error that the user of the command can mend. Its message contains no argument except the name
 * of an option: any other argument may be a misplaced secret.
 */
export class UsageError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}
