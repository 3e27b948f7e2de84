// An engine compiles each function of the module before its first run, which takes longer than the
// run.

import { ownOf } from '../lib/own.js';
import { fieldsOf, NEXT, SIGN } from '../module/wire.js';

/** The P-256 key whose private number is 1. It is no secret. */
const KEY = `MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA${'A'.repeat(42)}Q==`;

/**
 * Clients whose requests use most of the module's code: OAuth 1.0, Basic, and an assertion.
 *
 * @type {import('../types.js').Config[]}
 */
const CLIENTS = [
  { provider: 'here', clientId: 'id', clientSecret: 'secret' },
  { provider: 'os-data-hub', clientId: 'id', clientSecret: 'secret' },
  { tokenEndpoint: 'https://as.example/token', clientId: 'id', privateKey: KEY },
];
const ANSWER = '{"access_token":"token","token_type":"Bearer","expires_in":"3600"}';

/**
 * Runs the module's part of some token requests, synchronously. Nothing is sent.
 *
 * @param {import('../module/module.js').Module} module
 */
export function warmUp(module) {
  for (const client of CLIENTS) {
    const config = fieldsOf('config', ownOf(client));
    const moment = ['a', 'now', '0', 'a', 'random', new Uint8Array(21)];
    const next = (/** @type {import('../module/wire.js').Fields} */ ...told) => (
      module.performNow(NEXT, () => config.concat('a', 'attempts', '1', moment, told)).values
    );
    let answer = next();
    if (answer.do === 'sign') {
      const { alg, data, state } = answer;
      module.performNow(SIGN, () => config.concat('a', 'alg', alg, 'a', 'data', data));
      answer = next('a', 'state', state, 'a', 'signature', new Uint8Array(64));
    }
    next('a', 'state', answer.state, 'a', 'status', '200', 'a', 'body', ANSWER);
  }
}
