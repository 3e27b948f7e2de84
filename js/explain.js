import { ask, build, identityOf } from './fetch_token.js';
import { perform } from './module.js';
import { TokenError } from './token_error.js';
import { EXPLAIN } from './wire.js';

/**
 * Says what fetchToken would send, and why, and sends nothing. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').ExplainOptions} [options]
 * @returns {Promise<import('./types.js').Explanation>}
 */
export async function explain(config, options = {}) {
  const { showSecrets = false, ...rest } = Object(options);
  if (typeof showSecrets !== 'boolean') {
    throw new TokenError('invalid_config', 'options.showSecrets must be true or false');
  }
  const asked = ask(identityOf(config), typeof options === 'object' && options !== null ? rest : options);
  const answer = await perform(EXPLAIN, asked.configuration.concat(asked.options, asked.moment));
  const explanation = JSON.parse(answer.values.explanation);
  if (showSecrets) {
    const { headers, body } = await build(asked);
    explanation.request.headers = Object.fromEntries(headers);
    explanation.request.body = body;
  }
  return explanation;
}
