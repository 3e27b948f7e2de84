// What checks options at once, while the module is asleep (js/lib/options.js), and the module give
// one answer. The table of hosts is that of TestLoopback in core/oauth1.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createClient, explain, fetchToken, loadCredentials, TokenError } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const config = /** @type {const} */ ({
  tokenEndpoint: 'https://tokens.test/token',
  clientId: 'an-id',
  clientSecret: 'a-secret',
});

/** Answers with a token. */
const fetch = async () => Response.json({ access_token: 'a', token_type: 'Bearer' });

/**
 * Returns the message of a refusal; undefined if there is none, whatever became of the call.
 *
 * @param {() => unknown} call
 */
async function refusalOf(call) {
  try {
    await call();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error));
    return error.code === 'invalid_config' ? error.message : undefined;
  }
}

/** @param {object} options */
const byModule = (options) =>
  refusalOf(() => fetchToken(config, /** @type {any} */ ({ fetch, ...options })));
/** @param {object} options */
const byClient = (options) => refusalOf(() => createClient(config, /** @type {any} */ (options)));

suite('options are the same for whoever checks them', () => {
  test('the limits of a number', async () => {
    for (const name of ['timeout', 'maxBody']) {
      const most = { timeout: 2 ** 31 - 1, maxBody: 2 ** 30 }[name] ?? 0;
      for (const value of [0, 1, 1.5, -1, most, most + 1, NaN, Infinity, '1', null, true, 1n]) {
        const options = { [name]: value };
        const [module, client] = [await byModule(options), await byClient(options)];
        assert.equal(client === undefined, value === 1 || value === most, `${name}: ${value}`);
        assert.equal(client, module);
      }
    }
  });

  test('an unknown name: which one was meant, and nothing that may be a secret', async () => {
    const meant = { time_out: 'timeout', maxbody: 'maxBody', fetchh: 'fetch', clok: 'clock' };
    for (const [name, near] of Object.entries(meant)) {
      const expected = `unknown option ${JSON.stringify(name)}: did you mean ${near}?`;
      const options = /** @type {any} */ ({ [name]: 1 });
      assert.equal(await byModule(options), expected);
      assert.equal(await byClient(options), expected);
    }
    for (const call of [
      (/** @type {any} */ o) => explain(config, o),
      (/** @type {any} */ o) => loadCredentials('', o),
      (/** @type {any} */ o) => createClient(config).getToken(o),
      (/** @type {any} */ o) => memoryStore(o),
      (/** @type {any} */ o) => fetchToken(config, o),
    ]) {
      const shown = await refusalOf(() => call({ 'nothing-like-it': 1 }));
      assert.match(String(shown), /^unknown option "nothing-like-it": known are \w+/);
      const secret = await refusalOf(() => call({ client_secret_XyZ1: 1 }));
      assert.match(String(secret), /^unknown option: known are \w+/);
    }
  });

  test('which hosts are this machine', async () => {
    for (const [origin, isHere] of Object.entries({
      'http://localhost': true, 'http://localhost:8080': true, 'http://127.0.0.1': true,
      'http://127.255.0.9:81': true, 'http://[::1]': true, 'http://[::1]:82': true,
      'http://a.localhost': false, 'http://evil.localhost:81': false,
      'http://localhost.example': false, 'http://127.example.com': false,
      'http://notlocalhost': false, 'http://10.0.0.1': false, 'http://128.0.0.1': false,
    })) {
      const endpoint = { ...config, tokenEndpoint: `${origin}/token` };
      assert.equal((await refusalOf(() => explain(endpoint))) === undefined, isHere, origin);
      assert.equal((await byClient({ origins: [origin] })) === undefined, isHere, origin);
    }
  });
});
