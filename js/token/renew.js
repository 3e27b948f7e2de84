// Gets one token. The core decides each step, and this file carries it out: it signs, sends or
// waits. fetchToken and the client share it.

import { perform } from '../module/module.js';
import { ownOf } from '../lib/own.js';
import { TokenError } from '../lib/token_error.js';
import { headerOf, send } from './send.js';
import { NEXT } from '../module/wire.js';

/** @typedef {import('../fetch_token.js').Asked} Asked */
/** @typedef {import('../module/wire.js').Answer} Answer */
/** @typedef {import('../module/wire.js').Fields} Fields */

/**
 * The additions of a client, which retries: `sleep` waits, and `hear` receives each answer of the
 * core before it is carried out. If `hear` returns a promise, the renewal waits for it.
 *
 * @typedef {{ sleep?: (ms: number) => Promise<void>, hear?: (answer: Answer) => Promise<void>
 *   | void, dpop?: import('./dpop.js').Prover | undefined }} Host
 */

/**
 * Gets a token. It also returns the token's end and its margin (how long before its end it is
 * renewed), both in milliseconds.
 *
 * @param {Asked} asked
 * @param {Fields} limits the limits of the renewal, as arguments of the operation next
 * @param {Host} [host] inherits nothing
 * @returns {Promise<{ token: import('../types.js').TokenResponse, until: number, margin: number }>}
 * @throws {import('../lib/token_error.js').TokenError}
 */
export async function renew(asked, limits, host = ownOf({})) {
  const { sleep, hear, dpop } = host;
  const always = asked.configuration.concat(asked.options, limits);
  /** @type {Fields} */
  let told = [];
  /** @type {Answer | undefined} */
  let answer;
  for (;;) {
    answer = await next(always, answer, told, asked);
    const heard = hear?.(answer);
    if (heard !== undefined) {
      await heard;
    }
    const { values, error } = answer;
    switch (values.do) {
      case 'get':
        told = await asked.give(/** @type {any} */ (values), asked.signal);
        break;
      case 'sign':
        told = await asked.sign(/** @type {any} */ (values), asked.signal);
        break;
      case 'send':
        told = await sendWithProof(answer, asked, dpop);
        break;
      case 'wait':
        await sleep?.(Number(values.wait));
        told = [];
        break;
      case 'keep':
        return {
          token: JSON.parse(values.token),
          until: Number(values.until),
          margin: Number(values.margin),
        };
      case 'done':
        return /** @type {any} */ ({
          result: JSON.parse(values.result),
          metadata: values.metadata ?? '',
        });
      default:
        throw error;
    }
  }
}

/**
 * Returns the metadata of the server as an argument for the module. It sends no other request.
 *
 * @param {Asked} asked
 * @returns {Promise<Fields>}
 */
export async function metadataOf(asked) {
  const always = asked.configuration.concat(asked.options, ONCE);
  let answer = await next(always, undefined, [], asked);
  while (
    answer.values.do === 'send' && answer.values.attempt === '0' && !answer.values.metadata
  ) {
    answer = await next(always, answer, await sendWithProof(answer, asked), asked);
  }
  if (answer.error !== undefined) {
    throw answer.error;
  }
  return ['a', 'metadata', answer.values.metadata ?? ''];
}

/**
 * Returns the request that would be sent, with the assertions and the signature that it needs.
 *
 * @param {Asked} asked
 * @param {Fields} metadata of the server, if there are any
 */
export async function requestOf(asked, metadata) {
  const always = asked.configuration.concat(asked.options, ONCE, metadata);
  let answer = await next(always, undefined, [], asked);
  for (;;) {
    const { values, headers, error } = answer;
    if (error !== undefined) {
      throw error;
    }
    if (values.do === 'send' && values.attempt !== '0') {
      return { url: values.url, headers, body: values.body };
    }
    if (values.do === 'send') {
      throw new TokenError(
        'invalid_config',
        "explain sends nothing, so showSecrets can't show what the url of a source would bring",
      );
    }
    const told =
      values.do === 'sign'
        ? asked.sign(/** @type {any} */ (values), asked.signal)
        : asked.give(/** @type {any} */ (values), asked.signal);
    answer = await next(always, answer, await told, asked);
  }
}

/** The limits of a caller that sends a request once. @type {Fields} */
export const ONCE = ['a', 'attempts', '1'];

/**
 * Performs the next step of a renewal.
 *
 * @param {Fields} always the fields that every step gets
 * @param {Answer | undefined} before the answer to the last step, if there was one
 * @param {Fields} told the outcome of that step: of a request, a signature, or nothing
 * @param {Asked} asked
 */
function next(always, before, told, { moment }) {
  const state = before === undefined ? [] : ['a', 'state', before.values.state];
  return perform(NEXT, always.concat(state, told, moment()));
}

/**
 * Sends a request. A token request gets a proof if there is a prover.
 *
 * @param {Answer} answer
 * @param {Asked} asked
 * @param {import('./dpop.js').Prover} [dpop]
 */
async function sendWithProof({ values, headers }, { fetch, signal, now }, dpop) {
  const { method, url } = values;
  // fetch takes no body for GET, not even an empty one
  const body = method === 'GET' ? undefined : values.body;
  const request = {
    method,
    url,
    headers,
    body,
    timeout: Number(values.timeout),
    maxBody: Number(values.maxBody),
  };
  if (dpop === undefined || values.attempt === '0') {
    // A request for the server's time or metadata needs no proof.
    return send(request, fetch, signal);
  }
  headers.push(['DPoP', await dpop.prove({ method, url, at: now() + Number(values.ahead) })]);
  const outcome = await send(request, fetch, signal);
  dpop.learn(url, headerOf(outcome, 'dpop-nonce'));
  return outcome;
}
