// Errors that a store or a broker throws. Their messages may hold secrets: a command with its
// arguments, or an address with a password.

import { reason } from './send.js';
import { TokenError } from '../lib/token_error.js';

/** How many characters of such a message are read, and how many are shown. */
const MOST_READ = 4_096;
const MOST_SHOWN = 500;

/**
 * Returns an error with the name, the code and the message of the thrown one, and nothing else of
 * it. In the message an address loses its user, path and query, and a word that may be a key is
 * removed. A TokenError holds no secret and is returned as it is.
 *
 * @param {any} thrown
 * @returns {Error & { code?: string }}
 */
export function foreignError(thrown) {
  if (thrown instanceof TokenError) {
    return thrown;
  }
  const error = new Error(shown(reason(thrown) || (typeof thrown === 'string' ? thrown : '')));
  const { name, code } = namesOf(thrown);
  return Object.assign(
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true }),
    code === undefined ? {} : { code },
  );
}

/** @param {any} thrown @returns {{ name: string, code?: string }} */
function namesOf(thrown) {
  try {
    const { name, code } = Object(thrown);
    return { name: isWord(name) ? name : 'Error', ...(isWord(code) && { code }) };
  } catch {
    return { name: 'Error' }; // a getter threw
  }
}

/** @param {unknown} text */
const isWord = (text) =>
  typeof text === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(text) && !isLong(text);

/** Says whether a word may be a key, a record or a token. @param {string} text */
const isLong = (text) => /[\w+/=-]{32}/.test(text) && /\d/.test(text);

/** @param {string} text */
function shown(text) {
  const plain = text.slice(0, MOST_READ)
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/\S*/gi, addressOf)
    .replace(/[\w+/=-]{32,}/g, (word) => (isLong(word) ? '[redacted]' : word))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();
  return plain.length > MOST_SHOWN ? `${plain.slice(0, MOST_SHOWN).trim()}…` : plain;
}

/** @param {string} url */
function addressOf(url) {
  const [, scheme, rest] = /** @type {RegExpExecArray} */ (/^([^:]+:\/\/)(.*)$/s.exec(url));
  const [authority] = rest.split(/[/?#]/, 1);
  return scheme + authority.slice(authority.lastIndexOf('@') + 1);
}
