// What a store or a broker throws is somebody else's: it may hold a command with its arguments, an
// address with a password, or more.

import { reason } from './send.js';
import { TokenError } from '../lib/token_error.js';

/** How many characters of its message are looked at, and how many are shown. */
const MOST_READ = 4_096;
const MOST_SHOWN = 500;

/**
 * Returns an error that says what was thrown: its name, its code and its message, in which an
 * address is shown without user, path and query, and no word that may be a key. Nothing else of it
 * is handed on. An error of ours says nothing that is secret, and stays.
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
    return { name: 'Error' }; // reading it threw
  }
}

/** @param {unknown} text */
const isWord = (text) =>
  typeof text === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(text) && !isLong(text);

/** Whether a word may be a key, a record or a token. @param {string} text */
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
