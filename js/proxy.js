// A proxy for a server of one's own: it passes a Request on to an API with the token of a client,
// by the rules of `fetchtoken proxy`. It doesn't ask who sent the request.

import { readOptions } from './lib/options.js';
import { adviceOf, readOrigin } from './lib/origin.js';
import {
  LEADS_AWAY, refusalOf, returnedHeaders, ruleOf, sentHeaders, textOf,
} from './lib/proxy_rules.js';
import { TokenError } from './lib/token_error.js';

/** The type of each option. @type {import('./lib/options.js').Known} */
const OPTIONS = {
  to: [
    (to) => readOrigin(to).fault === undefined,
    (to) => {
      const { fault } = readOrigin(to);
      return fault === undefined ? '' : ` ${fault.what}: ${adviceOf(fault, '"')}`;
    },
  ],
  base: [
    (base) => typeof base === 'string' && /^(\/[\w.~-]+)*$/.test(base),
    "a path such as '/api', without / at its end",
  ],
  allow: [
    (rules) => Array.isArray(rules) && rules.every((rule) => ruleOf(String(rule)) !== undefined),
    "a list of rules such as 'GET /v1/*' or '* /v1/items'",
    Array.from,
  ],
};

/**
 * Makes a proxy. proxy.d.ts describes the arguments.
 *
 * @param {Pick<import('./types.js').TokenClient, 'fetch'>} client
 * @param {import('./proxy.d.ts').ProxyOptions} options
 * @returns {(request: Request) => Promise<Response>}
 */
export function createProxy(client, options) {
  const { to, base = '', allow = [] } = readOptions(options, OPTIONS);
  if (to === undefined) {
    throw new TokenError('invalid_config', 'options.to is missing: the origin of the API');
  }
  const rules = allow.flatMap((text) => ruleOf(text) ?? []);
  return async (request) => {
    const { method, headers, body, signal } = request;
    const target = targetOf(request.url, base);
    const [upgrade, names] = [headers.get('upgrade') ?? '', [...headers.keys()]];
    const refusal = refusalOf({ method, target, upgrade, names }, rules);
    if (refusal !== undefined) {
      return refuse(refusal);
    }
    const url = new URL(target, to);
    const init = { method, body, signal, headers: sentHeaders([...headers]), duplex: 'half' };
    const answered = await client.fetch(url, { ...init, redirect: 'manual' });
    const returned = returnedHeaders(answered, url, base);
    if (returned === undefined) {
      void answered.body?.cancel();
      return refuse(LEADS_AWAY);
    }
    const { status, statusText } = answered;
    return new Response(answered.body, { status, statusText, headers: returned });
  };
}

/**
 * Returns the path and query of a URL below the base; '' if the URL is not below it.
 *
 * @param {string} url
 * @param {string} base
 */
function targetOf(url, base) {
  const { pathname, search } = new URL(url);
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) + search : '';
}

/** @param {import('./lib/proxy_rules.js').Refusal} refusal */
const refuse = ({ status, why }) =>
  new Response(textOf(why), { status, headers: { 'content-type': 'text/plain' } });
