import { ask, identityOf } from './fetch_token.js';
import { perform } from './module/module.js';
import { BOOLEAN, FUNCTION, readOptions } from './lib/options.js';
import { metadataOf, requestOf } from './token/renew.js';
import { EXPLAIN } from './module/wire.js';

/**
 * The type of each option. ask() checks the clock and the random bytes.
 *
 * @type {import('./lib/options.js').Known}
 */
const OPTIONS = {
  showSecrets: BOOLEAN,
  fetch: FUNCTION('a function like the global fetch'),
  clock: [() => true, 'an object with a function now'],
  random: FUNCTION(
    'a function that returns as many random bytes as it is asked for, as a Uint8Array',
  ),
};

/**
 * Says whether a configuration needs no metadata.
 *
 * @param {import('./types.js').Config} config
 */
function isLocated(config) {
  const { issuer, tokenEndpoint } = Object(config);
  return issuer === undefined || tokenEndpoint !== undefined;
}

/**
 * Returns the request that fetchToken would send, with the reasons, and sends nothing but a request
 * for the metadata of an issuer. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').ExplainOptions} [options]
 * @returns {Promise<import('./types.js').Explanation>}
 */
export async function explain(config, options) {
  const { showSecrets = false, ...rest } = readOptions(options, OPTIONS);
  const asked = ask(identityOf(config), rest);
  const metadata = isLocated(config) ? [] : await metadataOf(asked);
  // both calls use one moment, so that the shown base string is the signed one
  const moment = asked.moment();
  const answer = await perform(
    EXPLAIN,
    asked.configuration.concat(asked.options, metadata, moment),
  );
  const explanation = JSON.parse(answer.values.explanation);
  if (showSecrets) {
    const { url, headers, body } = await requestOf(
      { ...asked, moment: () => moment },
      metadata,
    );
    Object.assign(explanation.request, { url, headers: Object.fromEntries(headers), body });
  }
  return explanation;
}
