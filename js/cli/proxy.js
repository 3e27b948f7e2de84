// fetchtoken proxy: a program that may not have the secret sends its requests to the proxy, which
// adds the token and passes them on to the API.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { LEADS_AWAY, returnedHeaders, ruleOf, sentHeaders, textOf } from '../lib/proxy_rules.js';
import { randomBytes } from '../lib/random.js';
import { TokenError } from '../node.js';
import { namedOrigin } from './api_origins.js';
import { readConfiguration, watched } from './configuration.js';
import { isLoopback, listenAddress } from './listen_address.js';
import { messageOf } from './names.js';
import { complain } from './output.js';
import { headersOf, refusalOf } from './proxy_request.js';
import { runProgram, withoutSecrets } from './program.js';
import { clientOf } from './token.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./proxy_request.js').Session} Session */
/** @typedef {import('../client/client.js').TokenClient} TokenClient */

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals: [file], values, program }) {
  const to = apiOf(values.to);
  const rules = rulesOf(values.allow);
  const { host, port } = listenAddress(values.listen ?? '127.0.0.1:0');
  const line = { file, values, asks: false };
  const config = await readConfiguration(line);
  const watch = values.watch ? watched(config, line) : undefined;
  const options = { origins: [to.origin] };
  const { client, tellOfCache } = await clientOf(config, values, true, options, watch);
  await client.getToken(); // without a token the proxy does not start
  tellOfCache();
  const key = Buffer.from(randomBytes(32)).toString('base64url');
  const server = createServer({ requestTimeout: 0 }); // an upload may take long
  const { url, authority } = await listening(server, host, port);
  const listensHere = isLoopback(host);
  const session = { key, to, rules, authority, listensHere };
  server.on('request', (request, response) => void answer(client, session, request, response));
  server.on('connect', (_, socket) => socket.end(NO_TUNNEL));
  if (!listensHere) {
    complain(`the proxy listens at ${authority}, where other machines may reach it`);
  }
  if (program.length === 0) {
    process.stdout.write(`${JSON.stringify({ url, key })}\n`);
    return;
  }
  await runProgram(program, { ...withoutSecrets(process.env), PROXY_URL: url, PROXY_KEY: key });
  server.close();
  server.closeAllConnections();
}

const NO_TUNNEL = 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** @param {string} [text] the value of --to */
function apiOf(text) {
  if (!text) {
    throw new UsageError(
      '--to is missing: the origin of the API, such as https://api.example.com',
    );
  }
  return new URL(namedOrigin('--to', text));
}

/** @param {string[]} [texts] the values of --allow */
const rulesOf = (texts = []) =>
  texts.map((text) => {
    const rule = ruleOf(text);
    if (rule === undefined) {
      throw new UsageError("--allow wants 'METHOD /path', such as 'GET /v1/*' or '* /v1/items'");
    }
    return rule;
  });

/**
 * @param {import('node:http').Server} server
 * @param {string} host
 * @param {number} port
 */
async function listening(server, host, port) {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(`the proxy can't listen there: ${code}`, '--listen names another address');
  }
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const authority = `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return { url: `http://${authority}`, authority };
}

/**
 * Passes a request on, or refuses it.
 *
 * @param {TokenClient} client
 * @param {Session} session
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
async function answer(client, session, request, response) {
  const refusal = refusalOf(request, session);
  if (refusal !== undefined) {
    return refuse(response, refusal);
  }
  const url = new URL(String(request.url), session.to);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const answered = await client.fetch(url, {
      .../** @type {RequestInit} */ (bodyOf(request)),
      method: request.method,
      headers: sentHeaders(headersOf(request)),
      redirect: 'manual',
      signal: gone.signal,
    });
    await passBack(answered, url, response);
  } catch (error) {
    fail(error, session.to, response);
  }
}

/** @param {IncomingMessage} request */
function bodyOf(request) {
  const { method, headers } = request;
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && method !== 'GET' && method !== 'HEAD'
    ? { body: Readable.toWeb(request), duplex: 'half' }
    : {};
}

/**
 * Passes the response of the API on to the program while it arrives.
 *
 * @param {Response} answered
 * @param {URL} url of the request
 * @param {ServerResponse} response
 */
async function passBack(answered, url, response) {
  const { status, body } = answered;
  const headers = returnedHeaders(answered, url);
  if (headers === undefined) {
    void body?.cancel();
    return refuse(response, LEADS_AWAY);
  }
  response.writeHead(status, headers.flat());
  response.flushHeaders();
  await (body === null
    ? response.end()
    : pipeline(Readable.fromWeb(/** @type {any} */ (body)), response));
}

/** @param {ServerResponse} response @param {import('./proxy_request.js').Refusal} refusal */
function refuse(response, { status, why }) {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  response.writeHead(status, { ...challenge, 'content-type': 'text/plain', connection: 'close' });
  response.end(textOf(why));
}

/** @param {unknown} error @param {URL} to @param {ServerResponse} response */
function fail(error, { origin }, response) {
  if (response.headersSent || response.destroyed) {
    return response.destroy(); // the program sees that the answer is cut off
  }
  const { code, name } = /** @type {any} */ (error)?.cause ?? error ?? {};
  const why =
    error instanceof TokenError
      ? messageOf(/** @type {any} */ (error))
      : `the request to ${origin} failed: ${code ?? name}`;
  complain(why);
  refuse(response, { status: 502, why });
}
