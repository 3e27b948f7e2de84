/**
 * What a user of the command can put right. Its message holds no argument but the name of an
 * option: any other may be a secret in the wrong place.
 */
export class UsageError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}
