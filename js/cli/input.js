// Reads the files of the command line, and standard input for -.

import { readNamed, whyUnreadable } from '../credentials/credentials_file.js';
import { meantBy } from './arguments.js';
import { UsageError } from './usage_error.js';

/**
 * Refuses a command line that reads standard input twice.
 *
 * @param {Record<string, string | undefined>} paths the paths, by the options that give them
 * @param {boolean} [isWatched] whether they are read again and again
 */
export function checkStandardInput(paths, isWatched) {
  const names = Object.keys(paths).filter((name) => paths[name] === '-');
  if (names.length > 1) {
    throw new UsageError(`${names.join(' and ')} are both standard input`);
  }
  if (isWatched && names.length > 0) {
    throw new UsageError(
      `--watch reads the files again, and ${names[0]} is standard input`,
      'give it by a file',
    );
  }
}

/**
 * Reads a file, or standard input for -.
 *
 * @param {string} path
 * @param {string} what the name of the file in an error
 */
export async function read(path, what) {
  try {
    return await readNamed(path);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const why = whyUnreadable(error);
    if (code === 'EFBIG' || code === 'ETIMEDOUT') {
      throw new UsageError(what + why.replace(/^it/, ''));
    }
    const hint =
      what === 'FILE'
        ? 'FILE is the path of a credentials file, not its content'
        : 'PATH is that of a file with the secret, not the secret';
    const hints = new Map([
      ['EISDIR', 'give the path of a file in that folder'],
      ['EACCES', undefined],
      ['ENOENT', (what === 'FILE' && meantBy(path)) || hint],
    ]);
    throw new UsageError(
      `${what} can't be read: ${why}`,
      code !== undefined && hints.has(code) ? hints.get(code) : hint,
    );
  }
}

/**
 * Returns the secret in a file: its text without the final line break.
 *
 * @param {Uint8Array} bytes
 * @param {string} what the name of the file in an error
 * @param {{ mayBeEmpty?: boolean }} [options]
 */
export function secretText(bytes, what, { mayBeEmpty = false } = {}) {
  const text = textOf(bytes);
  if (text === undefined) {
    throw new UsageError(`${what} is not text in UTF-8`);
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '' && !mayBeEmpty) {
    throw new UsageError(`${what} holds no secret: it is empty`);
  }
  return secret;
}

/** Returns UTF-8 bytes as text; undefined if they are not UTF-8. @param {Uint8Array} bytes */
export function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
