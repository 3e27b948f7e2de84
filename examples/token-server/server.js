import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'

import { json, Refusal } from './answer.js'
import { Fields, parseBody, parseContentType } from './body.js'
import { deliver, FAULTS, parseFaultPath, REDIRECTED } from './faults.js'
import { requireOauthlib } from './oauth1.js'
import { masked, Once } from './secrets.js'
import { createOsDataHub } from './systems/apigee.js'
import { createIotspot, createOtaConnect } from './systems/cognito.js'
import { createHere } from './systems/here.js'
import { createHighMobility } from './systems/high-mobility.js'
import { createOAuth2 } from './systems/oauth2.js'
import { Tokens } from './tokens.js'

const LONGEST_BODY = 64 * 1024
const NAMES = ['here', 'ota-connect', 'iotspot', 'high-mobility', 'os-data-hub', 'oauth2']

/**
 * A record of a request and its outcome. It contains no value from a client.
 * @typedef {object} RequestRecord
 * @property {string} system 'here', 'ota-connect', 'iotspot', 'high-mobility/sandbox',
 *   'high-mobility/live', 'os-data-hub', 'oauth2'; 'redirected' for a request that followed the
 *   redirect fault, 'none' for an unknown path
 * @property {string} method
 * @property {string} path without the query
 * @property {string | undefined} fault such as 'status/429'
 * @property {string | undefined} contentType
 * @property {string} clientAuth 'Basic', 'OAuth', 'Bearer', 'body', 'assertion', 'none', or several
 *   joined with '+'
 * @property {string[]} fields the names of the body's parameters
 * @property {string} outcome 'ok', the refusal in a few words, or the fault
 * @property {number | undefined} status undefined if no response was sent
 */

/**
 * Starts the token endpoints of the five systems, and one that follows the RFCs, on loopback.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0 chooses a free one
 * @param {string} [options.host]
 * @param {(line: string) => void} [options.log] called with one line per request, with secrets
 *   masked
 * @param {() => number} [options.now] returns the time in milliseconds since the epoch, for
 *   checking timestamps
 * @param {boolean} [options.cors] answer preflights, and let every origin read the responses
 * @param {string} [options.oauthlib] a python3 with oauthlib, to check OAuth 1 signatures of URLs
 *   with a query
 * @param {Record<string, string>} [options.behind] the public origin of a system, by the system's
 *   name: a request that a relay sends here with that host in X-Forwarded-Host was signed for it
 * @param {Record<string, object>} [options.credentials] credentials by system, in the shape of
 *   `systems`; missing ones are random
 * @returns {Promise<{ url: string, systems: Record<string, any>, requests: RequestRecord[],
 *   reset(): void, close(): Promise<void> }>} `systems` has the clients' configurations with
 *   secrets and keys; `reset()` forgets the requests, the issued tokens (which the protected
 *   resources then refuse), and the used nonces and `jti`s; `close()` also ends hanging requests
 */
export async function startTokenServer(options = {}) {
  const {
    port = 0,
    host = '127.0.0.1',
    log = () => {},
    now = Date.now,
    cors = false,
    oauthlib,
    behind = {},
    credentials = {},
  } = options;
  const unknown = Object.keys(credentials).find((name) => !NAMES.includes(name));
  if (unknown) throw new TypeError(`credentials for an unknown system: ${unknown}`);
  if (oauthlib) await requireOauthlib(oauthlib);

  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // every slow response adds a listener
  const tokens = new Tokens()
  const onces = []
  const requests = []

  const context = {
    tokens,
    oauthlib,
    now,
    signal: closing.signal,
    once() {
      onces.push(new Once(now))
      return onces.at(-1)
    },
  }
  const of = (name) => ({ ...context, credentials: credentials[name] })
  const environment = (name) => ({ ...context, credentials: credentials['high-mobility']?.[name] })
  const systems = [
    createHere(of('here')),
    createOtaConnect(of('ota-connect')),
    createIotspot(of('iotspot')),
    createHighMobility('sandbox', environment('sandbox')),
    createHighMobility('live', environment('live')),
    createOsDataHub(of('os-data-hub')),
    await createOAuth2(of('oauth2')),
  ]

  const server = createServer((req, res) => {
    // the client has gone, or the server is closing
    answerRequest(req, res).catch(() => res.destroy())
  })
  server.keepAliveTimeout = 60_000 // a client that reuses a connection could meet its end
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  let closed
  const authority = (name) => `${name.includes(':') ? `[${name}]` : name}:${server.address().port}`
  const hosts = [host, '127.0.0.1', 'localhost', '::1'].map(authority)
  const url = `http://${authority(host)}`

  async function answerRequest(req, res) {
    const record = {
      system: 'none',
      method: req.method,
      path: '(unknown)',
      fault: undefined,
      contentType: undefined,
      clientAuth: 'none',
      fields: [],
      outcome: '',
      status: undefined,
    }
    const answer = await judgeRequest(req, record).catch((error) =>
      json(
        500,
        { error: 'server_error' },
        { outcome: req.complete ? `internal error: ${error.name}` : 'the client went away' },
      ),
    );
    record.outcome = answer.outcome ?? `fault ${record.fault}`;
    record.status = answer.status;
    requests.push(record);
    log(logLine(record, answer));

    answer.headers = {
      date: new Date(now()).toUTCString(),
      ...(cors && { 'access-control-allow-origin': '*' }),
      ...answer.headers,
    };
    await deliver(res, answer, closing.signal);
  }

  /**
   * Finds the system of a request, reads the request, and lets the system judge it. It fills in
   * `record` on the way.
   */
  async function judgeRequest(req, record) {
    const bytes = await readBody(req)
    const origin = `http://${req.headers.host?.toLowerCase()}`
    if (!hosts.some((name) => origin === `http://${name}`)) {
      return json(
        421,
        { error: 'this server answers to its own name only' },
        { outcome: 'another Host' },
      );
    }
    const [fullPath, ...queries] = req.url.split('?')
    const query = queries.length > 0 ? `?${queries.join('?')}` : ''

    const contentType =
      req.headers['content-type'] === undefined
        ? undefined
        : parseContentType(req.headers['content-type']);
    const authorization = req.headers.authorization;
    const fields = bytes && contentType ? readFields(contentType.type, bytes) : undefined;
    record.contentType = contentType?.type;
    record.fields = (fields?.names ?? []).map(readableName);
    record.clientAuth = clientAuthOf(authorization, fields);

    if (cors && req.method === 'OPTIONS') return preflight()
    if (fullPath === REDIRECTED) {
      Object.assign(record, { system: 'redirected', path: REDIRECTED });
      return json(
        200,
        { access_token: 'from-the-redirect-target', token_type: 'Bearer', expires_in: 3600 },
        { outcome: 'a redirect was followed' },
      );
    }
    const asked = parseFaultPath(fullPath)
    const route = asked && findRoute(asked.path)
    if (!route) {
      const endpoints = systems.map(({ tokenPath }) => tokenPath);
      return json(
        404,
        { error: 'not_found', endpoints, faults: Object.keys(FAULTS) },
        { outcome: 'no such path' },
      );
    }
    Object.assign(record, { system: route.name, path: fullPath, fault: asked.label })

    const known = behind[route.name];
    const relayed = known !== undefined && new URL(known).host === req.headers['x-forwarded-host'];
    const request = {
      req,
      bytes,
      contentType,
      authorization,
      fields,
      origin,
      url: relayed ? known + fullPath.slice(route.name.length + 1) : origin + fullPath,
      endpoint: origin + asked.path,
      query,
    };
    const judge = async (skew = 0) => {
      const time = now() + skew * 1000
      const answer = await refused(route.answer({ ...request, now: time }))
      return { ...answer, headers: { date: new Date(time).toUTCString(), ...answer.headers } }
    }
    if (!asked.fault) return judge()
    return asked.fault.answer({
      arg: asked.arg,
      judge,
      failure: (status) => route.failure(status),
      received: { authorization, fields: fields ?? new Fields() },
    })
  }

  /** Returns the handler of a path: a name for the record, and the two functions for a fault. */
  function findRoute(path) {
    for (const system of systems) {
      const { name, failure } = system;
      if (path === system.tokenPath)
        return { name, failure, answer: (request) => answerToken(system, request) };
      if (path === system.timestampPath)
        return { name, failure, answer: (request) => answerTimestamp(system, request) };
      if (path === system.devicesPath)
        return {
          name,
          failure,
          answer: (request) => answerResource([system], request, () => system.devices),
        };
    }
    const [, name] = /^\/(.+)\/api\/whoami$/.exec(path) ?? [];
    const owners = systems.filter(
      (system) => system.name === name || system.name.startsWith(`${name}/`),
    );
    if (owners.length === 0) return undefined;
    return {
      name,
      failure: owners[0].failure,
      answer: (request) => answerResource(owners, request, (about) => about),
    };
  }

  async function answerTimestamp(system, { req, now: time }) {
    allow('GET', req, system)
    return system.timestamp(time)
  }

  async function answerToken(system, request) {
    const { req, bytes, contentType, fields } = request;
    allow('POST', req, system);
    if (bytes === undefined) throw system.refuse('size');
    if (req.headersDistinct.authorization?.length > 1) throw system.refuse('repeated header');
    if (req.headers['content-type'] === undefined) throw system.refuse('no content type');
    if (
      !system.accepts.includes(contentType?.type) ||
      ![undefined, 'utf-8'].includes(contentType.charset)
    )
      throw system.refuse('content type');
    if (fields === undefined) throw system.refuse('body', contentType);
    if (fields.repeats(system.mayRepeat)) throw system.refuse('repeated parameter');
    return system.grant({ ...request, type: contentType.type });
  }

  /**
   * A protected resource, made of the client that the token belongs to. RFC 6750, section 3 has the
   * refusals.
   */
  async function answerResource(owners, { req, authorization, now: time }, resource) {
    allow('GET', req, owners[0])
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '') ?? []
    const about = token && tokens.find(token, time)
    if (!about || !owners.some(({ name }) => name === about.system)) {
      const challenge = authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
      return json(
        401,
        { error: 'invalid_token' },
        { headers: { 'www-authenticate': challenge }, outcome: 'invalid token' },
      );
    }
    const { system, clientId } = about
    return json(200, resource({ system, clientId }), { outcome: 'ok', clientId })
  }

  return {
    url,
    systems: describe(systems, url),
    requests,
    reset() {
      requests.length = 0
      tokens.clear()
      for (const once of onces) once.clear()
    },
    close() {
      closing.abort()
      return (closed ??= new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }))
    },
  }
}

/** The configuration of each client, nested for a system with several environments. */
function describe(systems, url) {
  const described = {}
  for (const system of systems) {
    const [name, environment] = system.name.split('/');
    const description = Object.freeze({
      ...system.describe(url),
      api: `${url}/${system.name}/api/whoami`,
    });
    if (environment) described[name] = { ...described[name], [environment]: description };
    else described[name] = description;
  }
  return described
}

/**
 * Returns the body, or undefined if it is too large. A large body is still read to its end, so that
 * the client gets the response.
 */
async function readBody(req) {
  const chunks = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size <= LONGEST_BODY) chunks.push(chunk)
  }
  return size <= LONGEST_BODY ? Buffer.concat(chunks) : undefined
}

/** A refusal is a response; any other error is a fault of the server. */
const refused = (answer) =>
  answer.catch((error) => {
    if (error instanceof Refusal) return error.answer
    throw error
  })

function allow(method, req, system) {
  if (req.method === method) return
  const refusal = system.refuse('method')
  refusal.answer.headers.allow = method
  throw refusal
}

function readFields(type, bytes) {
  try {
    return parseBody(type, bytes)
  } catch {
    return undefined
  }
}

/**
 * A body of the wrong type can have any text as a name, also a secret. Text that is no usual name
 * is not recorded.
 */
const readableName = (name) => (/^[A-Za-z_]{1,24}$/.test(name) ? name : '(unreadable)')

function clientAuthOf(authorization, fields) {
  const [scheme] =
    /^(Basic|OAuth|Bearer)(?= )/i.exec(authorization ?? '') ??
    (authorization === undefined ? [] : ['other']);
  const ways = [
    scheme,
    fields?.has('client_secret') && 'body',
    fields?.has('client_assertion') && 'assertion',
  ];
  return ways.filter(Boolean).join('+') || 'none';
}

function preflight() {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, accept',
      'access-control-max-age': '600',
    },
    outcome: 'preflight',
  }
}

function logLine(
  { method, path, status, system, clientAuth, contentType, fields, outcome },
  { clientId },
) {
  const who = clientId === undefined ? clientAuth : `${clientAuth} ${masked(clientId)}`;
  const body = contentType === undefined ? '' : ` ${contentType} {${fields.join(' ')}}`;
  return `${method} ${path} ${status ?? '-'} [${system}] ${who}${body}: ${outcome}`;
}
