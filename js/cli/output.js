// Writes to standard error, and chooses the exit status.

import { TokenError } from '../node.js';
import { messageOf, nameForCommand } from './names.js';
import { HOW_TO_GIVE_A_SECRET, FIELDS, SOURCES } from './options.js';
import { printable } from './printable.js';
import { UsageError } from './usage_error.js';

/** The exit status of a TokenError. @type {Record<string, number>} */
const STATUS = {
  error_response: 1, http_error: 1, invalid_response: 1, response_too_large: 1,
  invalid_config: 2, invalid_key: 2, invalid_credentials: 2, source_failed: 2,
  network: 3, timeout: 3, redirect: 3, grant_used: 1, session_lost: 1,
};

/**
 * The advice for a user of the command, by the field that the TokenError is about.
 *
 * @type {Record<string, string>}
 */
const FIELD_HINTS = {
  clientSecret: HOW_TO_GIVE_A_SECRET,
  privateKey: '--private-key-file sets it',
  certificate: '--certificate-file sets it',
  ...Object.fromEntries(
    SOURCES.map(({ field, option, file }) => [field, `--${option} or ${file} sets it`]),
  ),
  ...Object.fromEntries(
    [...FIELDS].map(([field, { option, variable }]) => [
      field,
      `${option}${variable === undefined ? '' : ` or ${variable}`} sets it`,
    ]),
  ),
};

/**
 * Writes a message to standard error. No other function does.
 *
 * @param {string} message
 * @param {string} [hint]
 */
export function complain(message, hint) {
  const lines = [`fetchtoken: ${printable(message)}`];
  if (hint) {
    lines.push(`hint: ${printable(hint)}`);
  }
  const columns = process.stderr.columns || undefined; // 0 for a terminal without a size
  process.stderr.write(lines.map((line) => `${wrapped(line, columns)}\n`).join(''));
}

/**
 * Breaks a line at blanks, so that no part is wider than a terminal unless it is one word. The
 * further parts are indented.
 *
 * @param {string} line
 * @param {number} [width] of the terminal
 */
export function wrapped(line, width = Infinity) {
  let column = 0;
  return line
    .split(' ')
    .map((word, i) => {
      const length = Array.from(word).length;
      const breaks = i > 0 && column + 1 + length > width;
      column = breaks ? 2 + length : column + length + (i > 0 ? 1 : 0);
      return `${i === 0 ? '' : breaks ? '\n  ' : ' '}${word}`;
    })
    .join('');
}

/**
 * Writes the reason of a failure to standard error, and returns the exit status.
 *
 * @param {unknown} error
 */
export function giveUp(error) {
  if (error instanceof UsageError) {
    complain(reasonOf(error), error.hint);
    return 2;
  }
  if (error instanceof TokenError) {
    complain(reasonOf(error), hintOf(/** @type {any} */ (error)));
    return STATUS[error.code] ?? 4;
  }
  complain(`${reasonOf(error)}: please report it`);
  return 4;
}

/** Returns the reason of a failure. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof UsageError) {
    return error.message;
  }
  return error instanceof TokenError
    ? messageOf(error)
    : `unexpected ${error instanceof Error ? error.name : typeof error}`; // it could say anything
}

/** @param {import('../types.js').TokenError} error */
function hintOf({ code, message, hint, retryAfter, error }) {
  if (hint === undefined && code === 'invalid_config' && !message.includes(': leave it out')) {
    return FIELD_HINTS[message.split(' ')[0]];
  }
  if (hint === undefined && message.startsWith('no credentials were found')) {
    return 'give FILE, or --provider and --client-id; fetchtoken --help tells more';
  }
  if (hint === undefined && error === 'invalid_grant') {
    return 'if fetchtoken login began this session, run it again with the same FILE and options';
  }
  if (hint === undefined) {
    return retryAfter === undefined ? undefined : `the server asks to wait ${retryAfter} s`;
  }
  return nameForCommand(hint);
}
