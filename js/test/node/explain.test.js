// What explain says is what fetchToken sends.

import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { explain, fetchToken, TokenError } from '../../node.js';
import { systemsOf } from '../support/systems.js';

const now = Date.parse('2026-11-20T12:00:00Z');
const fixed = {
  clock: { now: () => now },
  random: (/** @type {number} */ size) => new Uint8Array(size).fill(7),
};

const server = await startTokenServer();
after(() => server.close());

/** Returns what fetchToken hands to fetch. @param {any} config */
async function sent(config) {
  /** @type {any} */
  let request;
  await fetchToken(config, {
    ...fixed,
    fetch: async (url, { method, headers, body }) => {
      request = { method, url, headers, body };
      return Response.json({ access_token: 'a-token' });
    },
  });
  return request;
}

/**
 * The secrets of a configuration, each as long as it is told apart from other text.
 *
 * @param {any} config
 */
const secretsOf = ({ clientSecret, privateKey }) =>
  [clientSecret, typeof privateKey === 'string' ? privateKey.split('\n')[1] : privateKey?.d].filter(
    Boolean,
  );

/** What a signature or an encoded secret is taken out of. @param {any} request */
function withoutSecrets(
  { headers: { Authorization, ...headers }, body, ...request },
  /** @type {string} */ secret,
) {
  return {
    ...request,
    headers: {
      ...headers,
      ...(Authorization && {
        Authorization: Authorization.replace(/^Basic .*/, 'Basic [redacted]').replace(
          /oauth_signature="[^"]*"/,
          'oauth_signature="[redacted]"',
        ),
      }),
    },
    body: body
      .replace(/(client_assertion"?[=:]"?[\w-]+\.[\w-]+\.)[\w-]+/, '$1[redacted]')
      .replace(/client_secret=[^&]*/, 'client_secret=[redacted]')
      .replace(`"client_secret":${JSON.stringify(secret)}`, '"client_secret":"[redacted]"'),
  };
}

suite('explain', () => {
  for (const { name, config } of systemsOf(server)) {
    test(`of ${name}`, async () => {
      const request = await sent(config);
      const explanation = await explain(config, fixed);
      // their signatures differ each time
      const random = /^(ES|PS)/.test(/** @type {any} */ (explanation.assertion?.header)?.alg);
      assert.deepEqual(explanation.request, withoutSecrets(request, config.clientSecret));
      for (const secret of secretsOf(config)) {
        assert.ok(!JSON.stringify(explanation).includes(secret));
      }

      const whole = await explain(config, { ...fixed, showSecrets: true });
      assert.deepEqual(
        random ? withoutSecrets(whole.request, config.clientSecret) : whole.request,
        random ? explanation.request : request,
      );
      assert.deepEqual({ ...whole, request: 0 }, { ...explanation, request: 0 });
    });
  }

  test('nothing is sent', async () => {
    const before = server.requests.length;
    await explain(systemsOf(server)[0].config);
    assert.equal(server.requests.length, before);
  });

  test('an error is that of fetchToken', async () => {
    for (const config of [
      {},
      { provider: 'her' },
      { tokenEndpoint: 'https://as.example/t', clientId: 'a', privateKey: 'x' },
      'config',
    ]) {
      const told = await explain(/** @type {any} */ (config)).catch((e) => e);
      const { message, code } = await fetchToken(/** @type {any} */ (config)).catch((e) => e);
      assert.ok(told instanceof TokenError);
      assert.deepEqual([told.message, told.code], [message, code]);
    }
  });

  test('an option that it has not, or that is none', async () => {
    const config = systemsOf(server)[0].config;
    await assert.rejects(explain(config, /** @type {any} */ ({ showSecret: true })), {
      code: 'invalid_config',
      message: /showSecret/,
    });
    await assert.rejects(explain(config, /** @type {any} */ ({ showSecrets: 'yes' })), {
      code: 'invalid_config',
      message: /showSecrets must be true or false/,
    });
    await assert.rejects(explain(config, /** @type {any} */ (7)), {
      code: 'invalid_config',
      message: /options must be an object, not a number/,
    });
  });
});
