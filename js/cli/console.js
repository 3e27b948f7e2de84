// The console serves the page of dist/console on loopback, and relays its requests, because token
// endpoints need not answer a page (CORS). It writes no file and no log.
//
// Only the page that was opened with the link may use the relay. The link contains a key that works
// once and becomes a session. A page of another origin is rejected by its Origin, and one whose
// host name was pointed here (DNS rebinding) by its Host.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const root = new URL('../../', import.meta.url);

/** The path of the page. Its script finds the module one folder above. */
const PAGE = '/dist/console/';

/** The served files: the page, its scripts and its style, and the module that it starts. */
const SERVED = /^\/dist\/(?:console\/[a-z]+\.(?:css|html|js|svg)|fetchtoken-compact\.(?:js|wasm))$/;

const TYPES = /** @type {Record<string, string>} */ ({
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
});

/** With the relay the page connects to nothing else. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** The headers of every response. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The most bytes of a request of the page, and of a response after decompression. */
const MOST_SENT = 1 << 20;
const MOST_RECEIVED = 8 << 20;

/** The most milliseconds of a relayed request, and of the page's own request. */
const TIME = 60_000;

/** The most open pages. The page that was opened first is dropped first. */
const MOST_SESSIONS = 16;

/**
 * Headers that belong to the connection (RFC 9110 section 7.6.1), and headers that HTTP computes.
 */
const CONNECTION_HEADERS = new Set([
  'connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-authorization',
  'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]);

/** The methods that fetch sends (the Fetch standard forbids CONNECT, TRACE and TRACK). */
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** A request that is not served: its status, and the reason. */
class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Runs the command `fetchtoken console`, until it is interrupted. */
export async function run() {
  const { link } = await startConsole({
    onUsed: (next) => process.stdout.write(`for one more page: ${next}\n`),
  });
  process.stdout.write(
    `the console is open at ${link}\n` +
    'The link works once. What you give to the page stays in its memory. Ctrl+C ends it.\n',
  );
}

/**
 * Starts the console.
 *
 * @param {{ fetch?: typeof globalThis.fetch, onUsed?: (link: string) => void }} [options] `onUsed`
 *   gets the next link when the last one was used
 * @returns {Promise<{ url: string, link: string, close(): Promise<void> }>}
 */
export async function startConsole({ fetch = globalThis.fetch, onUsed = () => {} } = {}) {
  let key = randomBytes(32);
  /** @type {Buffer[]} */
  const sessions = [];
  let url = '';
  const linkOf = () => `${url}/#key=${key.toString('base64url')}`;

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const { status, message } =
        error instanceof Refusal ? error : new Refusal(500, 'the console failed');
      sendJSON(response, status, { error: message });
    });
  });
  server.requestTimeout = TIME;
  server.maxHeadersCount = 100;

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async function answer(request, response) {
    checkSource(request, url);
    const { pathname } = new URL(request.url ?? '/', url);
    if (request.method === 'GET' || request.method === 'HEAD') {
      return serve(pathname, response);
    }
    if (request.method !== 'POST') {
      throw new Refusal(405, 'the console takes GET and POST');
    }
    if (request.headers.origin !== url) {
      throw new Refusal(403, 'this is for the page of the console alone');
    }
    if (pathname === '/session') {
      return sendJSON(response, 200, { session: openSession((await readJSON(request)).key) });
    }
    if (pathname === '/relay') {
      const given = bytesOf(request.headers['x-fetchtoken-session']);
      if (!sessions.some((session) => equal(session, given))) {
        throw new Refusal(401, 'this page has no session: open the link of the console');
      }
      return relay(await readJSON(request), response, fetch);
    }
    throw new Refusal(404, 'there is no such place');
  }

  /** Makes a session from the key, which works only once. @param {unknown} given */
  function openSession(given) {
    if (!equal(key, bytesOf(given))) {
      throw new Refusal(403, 'the link was used before: the terminal shows another one');
    }
    key = randomBytes(32);
    const session = randomBytes(32);
    sessions.push(session);
    sessions.splice(0, sessions.length - MOST_SESSIONS);
    onUsed(linkOf());
    return session.toString('base64url');
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  url = `http://127.0.0.1:${port}`;
  return {
    url,
    link: linkOf(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Rejects a request under another host name, and a request of a page of another origin.
 *
 * @param {IncomingMessage} request
 * @param {string} url
 */
function checkSource({ headers }, url) {
  if (headers.host !== new URL(url).host) {
    throw new Refusal(421, 'the console answers to its own address only');
  }
  if (headers.origin !== undefined && headers.origin !== url) {
    throw new Refusal(403, 'this is for the page of the console alone');
  }
}

/** @param {string} pathname @param {ServerResponse} response */
async function serve(pathname, response) {
  if (pathname === '/') {
    response.writeHead(302, { ...HEADERS, location: PAGE }).end();
    return;
  }
  const path = pathname === PAGE ? `${PAGE}index.html` : pathname;
  if (!SERVED.test(path)) {
    throw new Refusal(404, 'there is no such file');
  }
  const content = await readFile(new URL(path.slice(1), root)).catch(() => {
    throw new Refusal(404, 'there is no such file');
  });
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)];
  response
    .writeHead(200, { ...HEADERS, 'content-type': type })
    .end(path.endsWith('.html') ? withRelay(content.toString()) : content);
}

/** Tells the page that a relay has served it. @param {string} page */
const withRelay = (page) => page.replace('<html ', '<html data-relay ');

/**
 * Sends a request for the page, and returns the whole response. It follows no redirect.
 *
 * @param {Record<string, unknown>} asked
 * @param {ServerResponse} response
 * @param {typeof globalThis.fetch} fetch
 */
async function relay(asked, response, fetch) {
  const { url, init } = requestOf(asked);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(TIME)]);
  try {
    const received = await fetch(url, { ...init, redirect: 'manual', signal });
    const body = await readBody(received.body);
    sendJSON(response, 200, {
      status: received.status,
      headers: [...received.headers],
      body: body.toString('base64'),
    });
  } catch (error) {
    sendJSON(response, 200, { failure: failureOf(error) });
  }
}

/**
 * Returns the page's request if it may be sent: over https, or to this machine.
 *
 * @param {Record<string, unknown>} asked
 */
function requestOf({ url, method, headers, body }) {
  if (typeof url !== 'string' || !URL.canParse(url) || !mayAsk(new URL(url))) {
    throw new Refusal(400, 'the relay asks https URLs, and http ones of this machine');
  }
  if (typeof method !== 'string' || !METHODS.has(method)) {
    throw new Refusal(400, `the relay sends ${[...METHODS].join(', ')}`);
  }
  if (body !== undefined && typeof body !== 'string') {
    throw new Refusal(400, 'the body must be text');
  }
  const pairs = headers ?? [];
  if (!Array.isArray(pairs) || !pairs.every(isPair)) {
    throw new Refusal(400, 'the headers must be pairs of texts');
  }
  if (pairs.some(([name]) => CONNECTION_HEADERS.has(name.toLowerCase()))) {
    throw new Refusal(400, `the relay sets these itself: ${[...CONNECTION_HEADERS].join(', ')}`);
  }
  try {
    return { url, init: { method, headers: new Headers(pairs), body } };
  } catch {
    throw new Refusal(400, 'a header holds what none may hold');
  }
}

/** @param {unknown} value @returns {value is [string, string]} */
const isPair = (value) =>
  Array.isArray(value) && value.length === 2 && value.every((text) => typeof text === 'string');

/** @param {URL} url */
function mayAsk({ protocol, hostname, username, password }) {
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return (
    username === '' && password === '' &&
    (protocol === 'https:' || (protocol === 'http:' && isLoopback))
  );
}

/** Reads a body, and counts its bytes as they arrive. @param {ReadableStream | null} stream */
async function readBody(stream) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of /** @type {any} */ (stream ?? [])) {
    size += chunk.length;
    if (size > MOST_RECEIVED) {
      const limit = `${MOST_RECEIVED >> 20} MiB`;
      throw Object.assign(new Error(`the answer is longer than ${limit}`), { code: 'TOO_LARGE' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Describes in a code and a few words why a request got no response. @param {any} error */
function failureOf(error) {
  const { code, message } = error?.cause ?? error ?? {};
  if (error?.name === 'TimeoutError') {
    return { code: 'ETIMEDOUT', message: `no answer within ${TIME / 1000} s` };
  }
  return { code: typeof code === 'string' ? code : undefined, message: String(message) };
}

/** @param {IncomingMessage} request @returns {Promise<Record<string, unknown>>} */
async function readJSON(request) {
  if (request.headers['content-type'] !== 'application/json') {
    throw new Refusal(415, 'the console takes JSON');
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_SENT) {
      throw new Refusal(413, `the request is longer than ${MOST_SENT >> 20} MiB`);
    }
    chunks.push(chunk);
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString());
    return Object.assign(Object.create(null), value);
  } catch {
    throw new Refusal(400, 'that is no JSON');
  }
}

/** @param {ServerResponse} response @param {number} status @param {unknown} value */
function sendJSON(response, status, value) {
  response
    .writeHead(status, { ...HEADERS, 'content-type': 'application/json' })
    .end(JSON.stringify(value));
}

/** @param {unknown} text */
const bytesOf = (text) => Buffer.from(typeof text === 'string' ? text : '', 'base64url');

/** @param {Buffer} a @param {Buffer} b */
const equal = (a, b) => a.length === b.length && timingSafeEqual(a, b);
