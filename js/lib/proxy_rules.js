// The rules of every proxy, in any runtime: which requests of a program it passes on to an API, and
// which headers pass in each direction. The package in Go has the same rules;
// core/testdata/command/proxy.json tests both.

/**
 * The parts of a request that the rules read. `target` is the path at the API with its query, and
 * `names` are the names of the headers in lower case.
 *
 * @typedef {{ method: string, target: string, upgrade: string, names: string[] }} Asked
 */
/** @typedef {(method: string, path: string) => boolean} Rule */
/** @typedef {{ status: number, why: string }} Refusal */

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
  'forwarded', 'host', 'origin', 'referer', 'via', 'x-forwarded-for', 'x-forwarded-host',
  'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-proto', 'x-real-ip',
];
/** Headers that some servers take for the method or the path, so that no rule would hold. */
const REPLACING = [
  'x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url',
];
/** Headers of the API that the program never gets. */
const NOT_RETURNED = [...HOP_BY_HOP, 'alt-svc', 'set-cookie', 'set-cookie2'];

/** The methods that fetch never sends. */
const NO_METHODS = ['CONNECT', 'TRACE', 'TRACK'];

/** A method or *, and a path, which may end in *. */
const RULE = /^(\*|[A-Z]{1,20}) (\/[^\s*?#%]*)(\*?)$/;

/**
 * Reads a rule. It returns undefined for a text that is no rule.
 *
 * @param {string} text
 * @returns {Rule | undefined}
 */
export function ruleOf(text) {
  const [, method, path, end] = RULE.exec(text) ?? [];
  return method === undefined
    ? undefined
    : (/** @type {string} */ asked, /** @type {string} */ at) =>
        (method === '*' || method === asked) && (end ? at.startsWith(path) : at === path);
}

/**
 * Why a request is refused, in the order of the checks: the status, the reason, and the test.
 *
 * @type {[status: number, why: string, test: (asked: Asked, rules: Rule[]) => boolean][]}
 */
const REFUSALS = [
  [501, 'the proxy passes no WebSocket on', ({ upgrade }) => /websocket/i.test(upgrade)],
  [501, 'the proxy passes no such method on', ({ method }) => NO_METHODS.includes(method)],
  [400, 'the target is no plain path of the API', ({ target }) => !isPlainPath(target)],
  [
    403, 'no rule permits this method and path',
    ({ method, target }, rules) => {
      const [path] = target.split('?');
      // an API may decode these before it looks at the path, and perhaps twice
      const isPlain = !/%(25)*(2f|5c|2e|00)/i.test(path);
      return rules.length > 0 && !(isPlain && rules.some((rule) => rule(method, path)));
    },
  ],
  [
    403, 'a header asks for another method or path, which no rule permits',
    ({ names }, rules) => rules.length > 0 && REPLACING.some((name) => names.includes(name)),
  ],
];

/**
 * Returns why a request is refused, or undefined if the proxy passes it on.
 *
 * @param {Asked} asked
 * @param {Rule[]} rules none permits every request
 * @returns {Refusal | undefined}
 */
export function refusalOf(asked, rules) {
  const refusal = REFUSALS.find(([, , test]) => test(asked, rules));
  return refusal && { status: refusal[0], why: refusal[1] };
}

/** The refusal of an answer of the API that leads away from it. @type {Refusal} */
export const LEADS_AWAY = { status: 502, why: 'the API redirects to another origin' };

/** The text that a program gets. @param {string} why */
export const textOf = (why) => `fetchtoken proxy: ${why}\n`;

/**
 * A path that every server reads alike: it names no host, it has no empty, "." or ".." segment, and
 * every other character is encoded. Some servers cut off a ";" and what follows it in a segment.
 */
const PLAIN_PATH = new RegExp(
  String.raw`^(?:/(?!/|(?:\.|%2e){1,2}(?:[/;]|%3b|$))` +
  String.raw`(?:[\w.~!$&'()*+,;=:@[\]^|-]|%[\da-f]{2})*)+$`,
  'i',
);

/** Says whether a target is a path of the API. @param {string} target */
function isPlainPath(target) {
  const [path] = target.split('?');
  return !/[\\#]/.test(target) && PLAIN_PATH.test(path);
}

/**
 * Returns the headers that the API gets. The client adds the token.
 *
 * @param {[name: string, value: string][]} given with names in lower case
 */
export function sentHeaders(given) {
  const names = given.flatMap(([name, value]) => (name === 'connection' ? namedBy(value) : []));
  const headers = new Headers();
  for (const [name, value] of given) {
    if (!NOT_SENT.includes(name) && !names.includes(name)) {
      headers.append(name, value);
    }
  }
  headers.has('user-agent') || headers.set('user-agent', 'fetchtoken');
  return headers;
}

/**
 * Returns the headers that the program gets, or undefined if the API leads away from itself. The
 * body is already decompressed.
 *
 * @param {Response} response
 * @param {URL} asked the URL of the request
 * @param {string} [base] the path of the proxy under which it has the API
 * @returns {[name: string, value: string][] | undefined}
 */
export function returnedHeaders({ headers, url }, asked, base = '') {
  const location = headers.get('location');
  const path = location === null ? '' : pathOf(location, url || asked.href, asked);
  if (path === undefined) {
    return undefined;
  }
  const names = namedBy(headers.get('connection') ?? '');
  const isDecoded = headers.has('content-encoding');
  const ofLength = isDecoded ? ['content-encoding', 'content-length'] : [];
  const returned = Array.from(headers).filter(
    ([name]) => ![...NOT_RETURNED, ...names, ...ofLength, 'location'].includes(name),
  );
  return location === null ? returned : [...returned, ['location', base + path]];
}

/** Returns the headers that a Connection names. @param {string} connection */
const namedBy = (connection) =>
  connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());

/**
 * Returns the path, query and fragment of a Location that leads to the API, else undefined.
 *
 * @param {string} location
 * @param {string} from the URL that answers
 * @param {URL} to a URL of the API
 */
function pathOf(location, from, to) {
  // not every client reads a backslash or a tab as fetch does
  if (/[\\\t]/.test(location) || !URL.canParse(location, from)) {
    return undefined;
  }
  const { origin, pathname, search, hash } = new URL(location, from);
  // a program would take // for the beginning of a host
  return origin === to.origin && !pathname.startsWith('//') ? pathname + search + hash : undefined;
}
