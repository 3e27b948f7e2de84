// One token, with whatever requests that takes: the core decides, this does. fetchToken and the
// client share it.

import { perform } from '../module/module.js';
import { ownOf } from '../lib/own.js';
import { headerOf, send } from './send.js';
import { NEXT } from '../module/wire.js';

/** @typedef {import('../fetch_token.js').Asked} Asked */
/** @typedef {import('../module/wire.js').Answer} Answer */
/** @typedef {import('../module/wire.js').Fields} Fields */

/**
 * What a host adds that asks more than once: how it waits, and who hears what the core says, before
 * it is done.
 *
 * @typedef {{ sleep?: (ms: number) => Promise<void>, hear?: (answer: Answer) => void, dpop?:
 *   import('./dpop.js').Prover | undefined }} Host
 */

/**
 * Gets a token. It returns when the token ends and how long before its end it is renewed, too, in
 * milliseconds.
 *
 * @param {Asked} asked
 * @param {Fields} limits what the core allows one renewal: the arguments of the operation next
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
    hear?.(answer);
    const { values, error } = answer;
    switch (values.do) {
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
      default:
        throw error;
    }
  }
}

/**
 * Returns the request that would be sent, with the signature that it may need.
 *
 * @param {Asked} asked
 */
export async function requestOf(asked) {
  const always = asked.configuration.concat(asked.options, ONCE);
  const answer = await next(always, undefined, [], asked);
  const { values, headers, error } =
    answer.values.do === 'sign'
      ? await next(
          always,
          answer,
          await asked.sign(/** @type {any} */ (answer.values), asked.signal),
          asked,
        )
      : answer;
  if (error !== undefined) {
    throw error;
  }
  return { url: values.url, headers, body: values.body };
}

/** The limits of who asks once. @type {Fields} */
export const ONCE = ['a', 'attempts', '1'];

/**
 * Takes a renewal a step further.
 *
 * @param {Fields} always what each step is told
 * @param {Answer | undefined} before the answer to the step before, if there was one
 * @param {Fields} told what became of that: the outcome of a request, a signature, or nothing
 * @param {Asked} asked
 */
function next(always, before, told, { moment }) {
  const state = before === undefined ? [] : ['a', 'state', before.values.state];
  return perform(NEXT, always.concat(state, told, moment()));
}

/**
 * Sends a request, and with a token request its proof.
 *
 * @param {Answer} answer
 * @param {Asked} asked
 * @param {import('./dpop.js').Prover} [dpop]
 */
async function sendWithProof({ values, headers }, { fetch, signal, now }, dpop) {
  const { method, url } = values;
  // fetch takes none, not even an empty one
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
    // the server's time is no secret
    return send(request, fetch, signal);
  }
  headers.push(['DPoP', await dpop.prove({ method, url, at: now() + Number(values.ahead) })]);
  const outcome = await send(request, fetch, signal);
  dpop.learn(url, headerOf(outcome, 'dpop-nonce'));
  return outcome;
}
