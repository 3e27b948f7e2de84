import { ask, identityOf } from './fetch_token.js';
import { perform } from './module/module.js';
import { BOOLEAN, FUNCTION, readOptions } from './lib/options.js';
import { requestOf } from './token/renew.js';
import { EXPLAIN } from './module/wire.js';

/**
 * What each option must be. What the clock and random bytes are like, ask() sees.
 *
 * @type {import('./lib/options.js').Known}
 */
const OPTIONS = {
  showSecrets: BOOLEAN,
  clock: [() => true, 'an object with a function now'],
  random: FUNCTION(
    'a function that returns as many random bytes as it is asked for, as a Uint8Array',
  ),
};

/**
 * Says what fetchToken would send, and why, and sends nothing. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').ExplainOptions} [options]
 * @returns {Promise<import('./types.js').Explanation>}
 */
export async function explain(config, options) {
  const { showSecrets = false, ...rest } = readOptions(options, OPTIONS);
  const asked = ask(identityOf(config), rest);
  const moment = asked.moment(); // one, so that the base string is the one that was signed
  const answer = await perform(EXPLAIN, asked.configuration.concat(asked.options, moment));
  const explanation = JSON.parse(answer.values.explanation);
  if (showSecrets) {
    const { url, headers, body } = await requestOf({ ...asked, moment: () => moment });
    Object.assign(explanation.request, { url, headers: Object.fromEntries(headers), body });
  }
  return explanation;
}
