// A Cloudflare Worker for programs that may not have the secrets of your APIs. It has the token of
// each API, and passes requests on with it.
//
//   GET /token/maps       the token of the API maps, as JSON
//   *   /proxy/maps/…     a request to the API maps, by the rules of `fetchtoken proxy`
//   GET /healthz          whether the Worker runs
//
// A caller sends a key, `Authorization: Bearer KEY`, or comes through Cloudflare Access.
// wrangler.jsonc names the APIs, the callers and their rights; secrets are bindings:
//
//   npx wrangler secret put CREDENTIALS_devices < treehub.json     # a file of loadCredentials
//   openssl rand -base64 32 | npx wrangler secret put KEY_app
//
// README.md has the steps.

import { env, waitUntil } from 'cloudflare:workers';
import { createClient, loadCredentials, TokenError } from 'fetchtoken';
import { createProxy } from 'fetchtoken/proxy';
import { TokenBroker } from 'fetchtoken/token-broker';

import { callerOf } from './caller.js';
import { preflight, withCors } from './cors.js';

/** Holds the token of one API, by the name of the API. */
export class Tokens extends TokenBroker {
  static async configOf(env, name) {
    const { config } = env.APIS[name];
    return { ...(await loadCredentials(env[`CREDENTIALS_${name}`])), ...config };
  }
}

const apis = new Map(
  Object.entries(env.APIS).map(([name, { to, allow }]) => {
    const broker = () => env.TOKENS.getByName(name);
    const client = createClient(null, { broker, waitUntil, origins: [to] });
    return [name, { client, forward: createProxy(client, { to, allow, base: `/proxy/${name}` }) }];
  }),
);

/** Seconds of the period of LIMIT in wrangler.jsonc. */
const PERIOD = 60;

/** Headers that Cloudflare adds to a request, among them the caller's address and Access JWT. */
const EDGE = /^(cf-|cdn-loop$|x-forwarded-|x-real-ip$|true-client-ip$)/;

export default {
  async fetch(request) {
    const began = Date.now();
    const line = { method: request.method };
    const response = withCors(request, await answer(request, line));
    // neither the path nor the query: both may hold secrets
    console.log(JSON.stringify({ ...line, status: response.status, ms: Date.now() - began }));
    return response;
  },
};

/** Answers a request, and notes in a line of the log what it was. */
async function answer(request, line) {
  const { pathname } = new URL(request.url);
  if (pathname === '/healthz') {
    return Response.json({ status: 'ok' });
  }
  const [, route, name] = /^\/(token(?=\/[^/]+$)|proxy)\/([\w-]+)(?:\/|$)/.exec(pathname) ?? [];
  if (route === undefined) {
    return refuse(404, 'there are /token/NAME, /proxy/NAME/… and /healthz');
  }
  if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
    return preflight(request);
  }
  const caller = await callerOf(request, line);
  if (caller === undefined) {
    return refuse(401, 'the key is missing or wrong', { 'www-authenticate': 'Bearer' });
  }
  Object.assign(line, { caller: caller.name, route });
  if (!(await env.LIMIT.limit({ key: caller.id })).success) {
    return refuse(429, 'too many requests', { 'retry-after': String(PERIOD) });
  }
  if (!apis.has(name) || !caller[route]?.includes(name)) {
    return refuse(403, 'the caller has no right to that');
  }
  line.api = name;
  const { client, forward } = apis.get(name);
  try {
    return await (route === 'token' ? tokenOf(client, request) : forward(fromEdge(request)));
  } catch (error) {
    const isToken = error instanceof TokenError;
    Object.assign(line, { error: error.code ?? error.name, why: isToken ? error.message : '' });
    return refuse(502, isToken ? `no token: ${error.code}` : 'the request to the API failed');
  }
}

/** The token of an API, as a token endpoint would return it (RFC 6749 section 5.1). */
async function tokenOf(client, { method }) {
  if (method !== 'GET') {
    return refuse(405, 'GET the token', { allow: 'GET' });
  }
  const { access_token, token_type, scope, expires_at } = await client.getToken();
  const expires_in = expires_at && Math.floor(expires_at - Date.now() / 1000);
  return Response.json(
    { access_token, token_type, expires_in, scope },
    { headers: { 'cache-control': 'no-store' } },
  );
}

/** A request without the headers that are meant for this Worker. */
function fromEdge(request) {
  const headers = Array.from(request.headers).filter(([name]) => !EDGE.test(name));
  return new Request(request, { headers });
}

const refuse = (status, why, headers) =>
  new Response(`fetchtoken broker: ${why}\n`, {
    status,
    headers: { 'content-type': 'text/plain', ...headers },
  });
