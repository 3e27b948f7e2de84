// Decides whether the proxy passes a request on, and with which headers.

import { createHash, timingSafeEqual } from 'node:crypto';

import { isLoopback } from './listen_address.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */

/**
 * Headers for one connection (RFC 9110 section 7.6.1), and the headers that older programs send for
 * it.
 */
const HOP_BY_HOP = [
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade',
];
/** Headers of the program that the API never gets. The connection to the API sets some anew. */
const NOT_SENT = [
  ...HOP_BY_HOP, 'accept-encoding', 'authorization', 'cookie', 'cookie2', 'dpop', 'expect',
  'forwarded', 'host', 'origin', 'referer', 'via',
];
/** Headers of the API that the program never gets. */
const NOT_RETURNED = [...HOP_BY_HOP, 'alt-svc', 'set-cookie', 'set-cookie2'];

/** The methods that fetch never sends. */
const NO_METHODS = ['CONNECT', 'TRACE', 'TRACK'];

/** A rule of --allow: a method or *, and a path, which may end in *. */
const RULE = /^(\*|[A-Z]{1,20}) (\/[^\s*?#%]*)(\*?)$/;

/**
 * Reads the value of an --allow. It returns undefined for a value that is no rule.
 *
 * @param {string} text
 */
export function ruleOf(text) {
  const [, method, path, end] = RULE.exec(text) ?? [];
  return method === undefined
    ? undefined
    : (/** @type {string} */ asked, /** @type {string} */ at) =>
        (method === '*' || method === asked) && (end ? at.startsWith(path) : at === path);
}

/**
 * The proxy's own data, by which it checks a request. `authority` is its own address.
 *
 * @typedef {{ key: string, to: URL, rules: ((method: string, path: string) => boolean)[],
 *   authority: string, listensHere: boolean }} Session
 */

/**
 * Why a request is refused, in the order of the checks: the status, the reason, and the test.
 *
 * @type {[status: number, why: string, test: (request: IncomingMessage, session: Session) =>
 *   boolean][]}
 */
const REFUSALS = [
  [
    421, 'the Host is not this proxy',
    ({ headers }, { authority, listensHere }) => listensHere && !isOwnName(headers.host, authority),
  ],
  [
    401, 'the key of this session is missing or wrong',
    ({ headers }, { key }) => !hasKey(headers, key),
  ],
  [
    501, 'the proxy passes no WebSocket on',
    ({ headers }) => /websocket/i.test(headers.upgrade ?? ''),
  ],
  [501, 'the proxy passes no such method on', ({ method = '' }) => NO_METHODS.includes(method)],
  [400, 'the target is no plain path of the API', ({ url = '' }) => !isPlainPath(url)],
  [
    403, 'no --allow permits this method and path',
    ({ method = '', url = '' }, { rules }) => {
      const [path] = url.split('?');
      // an API may decode these before it looks at the path
      const isPlain = !/%(2f|5c|2e|00)/i.test(path);
      return rules.length > 0 && !(isPlain && rules.some((rule) => rule(method, path)));
    },
  ],
];

/**
 * Returns why a request is refused, or undefined if the proxy passes it on.
 *
 * @param {IncomingMessage} request
 * @param {Session} session
 */
export function refusalOf(request, session) {
  const refusal = REFUSALS.find(([, , test]) => test(request, session));
  return refusal && { status: refusal[0], why: refusal[1] };
}

/** @param {string | undefined} host @param {string} authority */
function isOwnName(host, authority) {
  const name = /^(.*):(\d+)$/.exec(host ?? '');
  const port = authority.slice(authority.lastIndexOf(':') + 1);
  return name !== null && name[2] === port && isLoopback(name[1]);
}

/** @param {import('node:http').IncomingHttpHeaders} headers @param {string} key */
function hasKey({ authorization = '' }, key) {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}

/**
 * A path that every server reads alike: it names no host, it has no empty, "." or ".." segment, and
 * every other character is encoded.
 */
const PLAIN_PATH = new RegExp(
  String.raw`^(?:/(?!/|(?:\.|%2e){1,2}(?:/|$))(?:[\w.~!$&'()*+,;=:@[\]^|-]|%[\da-f]{2})*)+$`, 'i',
);

/** Says whether a target is a path of the API. @param {string} target */
function isPlainPath(target) {
  const [path] = target.split('?');
  return !/[\\#]/.test(target) && PLAIN_PATH.test(path);
}

/**
 * Returns the headers that the API gets. The client adds the token.
 *
 * @param {IncomingMessage} request
 */
export function sentHeaders({ headersDistinct: all, headers: { connection } }) {
  const names = namedBy(connection);
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(all)) {
    if (!NOT_SENT.includes(name) && !names.includes(name)) {
      values.forEach((value) => headers.append(name, value));
    }
  }
  headers.has('user-agent') || headers.set('user-agent', 'fetchtoken');
  return headers;
}

/**
 * Returns the headers that the program gets. The body is already decompressed.
 *
 * @param {Headers} headers
 */
export function returnedHeaders(headers) {
  const names = namedBy(headers.get('connection') ?? undefined);
  const isDecoded = headers.has('content-encoding');
  const ofLength = isDecoded ? ['content-encoding', 'content-length'] : [];
  return Array.from(headers).filter(
    ([name]) => ![...NOT_RETURNED, ...names, ...ofLength, 'location'].includes(name),
  );
}

/** Returns the headers that a Connection names. @param {string} [connection] */
const namedBy = (connection = '') =>
  connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());

/**
 * Returns the path, query and fragment of a Location that leads to the API, else undefined.
 *
 * @param {string} location
 * @param {string} from the URL that answers
 * @param {URL} to
 */
export function pathOf(location, from, to) {
  // not every client reads a backslash or a tab as fetch does
  if (/[\\\t]/.test(location) || !URL.canParse(location, from)) {
    return undefined;
  }
  const { origin, pathname, search, hash } = new URL(location, from);
  // a program would take // for the beginning of a host
  return origin === to.origin && !pathname.startsWith('//') ? pathname + search + hash : undefined;
}
