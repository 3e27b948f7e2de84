// Reads the origins to which a token may be sent. internal/origin has the same rules in Go, and
// core/testdata/command/origins.json is the table of both.

import { tagOf } from './tag.js';

/**
 * Requests over http may go only to these hosts, which are this machine. URL.Loopback of
 * core/oauth1 has the same rule.
 */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const EXAMPLE = 'https://api.example.com';

const WHOLE = /^https?:\/\/[^/?#\\@%\s]+\/?$/i;
/** A host without a scheme. A text of another form may be anything, such as a secret. */
const BARE =
  /^(?:localhost|127(?:\.\d{1,3}){3}|(?:[a-z\d-]{1,63}\.)+[a-z]{2,24})(?::\d{1,5})?\/?$/i;
const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
const OVER_HTTP = /^https?:\/\/[^/]/i;
/** A colon without a port, or with one that begins with 0. */
const NO_PORT = /^[^/]*\/\/[^/?#]*:(0\d*)?(?:[/?#]|$)/;

/**
 * Why a value is no origin, after the name of what holds it, and what to write. It repeats neither
 * a path nor a query, which may be secret. `write` is undefined if nobody knows which origin the
 * value means; `each` says that it stands for several.
 *
 * @typedef {{ what: string, write?: string, each?: boolean }} Fault
 */

/**
 * Returns the origin that a value means: https://api.example.com for itself, in upper case, with
 * the scheme's own port, and with a slash behind it. Any other value is a fault.
 *
 * @param {unknown} given
 * @returns {{ origin: string, fault?: undefined } | { origin?: undefined, fault: Fault }}
 */
export function readOrigin(given) {
  if (typeof given !== 'string') {
    const type = given === null || given === undefined ? String(given) : tagOf(given);
    return { fault: { what: `is not a string but ${type}` } };
  }
  const text = given.trim();
  const isBare = BARE.test(text);
  const full = isBare ? `http://${text}` : text;
  const isURL = OVER_HTTP.test(full) && URL.canParse(full) && !NO_PORT.test(full);
  if (text === '') {
    return { fault: { what: 'is empty' } };
  } else if (text.includes('*')) {
    return { fault: { what: 'has a wildcard', each: true } };
  } else if (SCHEME.test(full) && !/^https?:/i.test(full)) {
    return { fault: { what: 'is neither https nor http' } };
  } else if (!isURL || /^[^/]*\/\/[^/?#]*%/.test(full)) {
    return { fault: { what: 'is no URL' } };
  }
  const url = new URL(full);
  const isLoopback = LOOPBACK.test(url.hostname);
  const host = full.replace(/^[^/]*\/\//, '').replace(/(:\d+)?\/?$/, '');
  /** @type {[boolean, string][]} */
  const faults = [
    [isBare, 'has no scheme'],
    [text !== given, 'begins or ends with a blank'],
    [url.username !== '' || url.password !== '', 'has a user or a password'],
    [text.includes('?'), 'has a query'],
    [text.includes('#'), 'has a fragment'],
    [!WHOLE.test(full), 'has a path'],
    [host.toLowerCase() !== url.hostname, 'has its host in another spelling'],
    // others on the way could read the token
    [url.protocol === 'http:' && !isLoopback, 'has http, which is only for this machine'],
  ];
  const found = faults.find(([is]) => is);
  const write = isLoopback ? url.origin : url.origin.replace(/^http:/, 'https:');
  return found === undefined ? { origin: url.origin } : { fault: { what: found[1], write } };
}

/**
 * Says what to write.
 *
 * @param {Fault} fault
 * @param {string} quote is put around the origin
 */
export function adviceOf({ write, each }, quote) {
  const origin = `${quote}${write ?? EXAMPLE}${quote}`;
  return each === true
    ? `write each origin, such as ${origin}`
    : write === undefined
      ? `write an origin such as ${origin}`
      : `write ${origin}`;
}
