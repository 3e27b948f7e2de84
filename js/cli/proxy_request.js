// Decides whether the command's proxy takes a request: it is for this proxy and has its key, and
// the rules of every proxy permit it.

import { createHash, timingSafeEqual } from 'node:crypto';

import { refusalOf as refusalByRules } from '../lib/proxy_rules.js';
import { isLoopback } from './listen_address.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('../lib/proxy_rules.js').Refusal} Refusal */

/**
 * The proxy's own data, by which it checks a request. `authority` is its own address.
 *
 * @typedef {{ key: string, to: URL, rules: import('../lib/proxy_rules.js').Rule[], authority:
 *   string, listensHere: boolean }} Session
 */

/**
 * Returns why a request is refused, or undefined if the proxy passes it on.
 *
 * @param {IncomingMessage} request
 * @param {Session} session
 * @returns {Refusal | undefined}
 */
export function refusalOf({ headers, method = '', url = '' }, session) {
  const { authority, listensHere, key, rules } = session;
  if (listensHere && !isOwnName(headers.host, authority)) {
    return { status: 421, why: 'the Host is not this proxy' };
  }
  if (!hasKey(headers, key)) {
    return { status: 401, why: 'the key of this session is missing or wrong' };
  }
  const names = Object.keys(headers);
  return refusalByRules({ method, target: url, upgrade: headers.upgrade ?? '', names }, rules);
}

/** @param {string | undefined} host @param {string} authority */
function isOwnName(host, authority) {
  const [, name = '', port = '80'] = /^(.*?)(?::(\d+))?$/.exec(host ?? '') ?? [];
  return port === authority.slice(authority.lastIndexOf(':') + 1) && isLoopback(name);
}

/** @param {import('node:http').IncomingHttpHeaders} headers @param {string} key */
function hasKey({ authorization = '' }, key) {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}

/**
 * Returns the headers of a request as a list.
 *
 * @param {IncomingMessage} request
 * @returns {[string, string][]}
 */
export const headersOf = ({ headersDistinct }) =>
  Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value) => /** @type {[string, string]} */ ([name, value])),
  );
