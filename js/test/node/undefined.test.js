// process.env has undefined for a variable that is not set. The error about the missing field names
// the one that was given so.

import assert from 'node:assert/strict';
import test from 'node:test';

import { createClient, explain, fetchToken, signOAuth1 } from '../../node.js';

const endpoint = { tokenEndpoint: 'https://as.example/token' };
const id = { clientId: 'client-1' };
const secret = { clientSecret: 'secret-1' };
const UNSET = process.env.FETCHTOKEN_TEST_OF_A_VARIABLE_THAT_NOBODY_SETS;

/** A configuration, and the fields that the error says are undefined. @type {[any, string[]][]} */
const rows = [
  [{ ...endpoint, ...id, clientSecret: UNSET }, ['clientSecret']],
  [{ ...endpoint, ...id, clientSecret: UNSET, privateKey: UNSET }, ['clientSecret', 'privateKey']],
  [{ ...endpoint, ...id, clientAssertion: UNSET }, ['clientAssertion']],
  [{ ...endpoint, ...id, privateKey: UNSET, clientAuth: 'private_key_jwt' }, ['privateKey']],
  [{ ...endpoint, ...secret, clientId: UNSET }, ['clientId']],
  [{ ...id, ...secret, tokenEndpoint: UNSET }, ['tokenEndpoint']],
  [{ ...id, ...secret, provider: UNSET, scope: UNSET }, ['provider']],
  [{ ...id, ...secret, issuer: UNSET }, ['issuer']],
  [{ ...id, ...secret, provider: 'entra', tenant: UNSET }, ['tenant']],
  [{ ...endpoint, ...id, scope: UNSET }, []], // it need not be there
  [{ ...endpoint, ...id }, []],
  [{ ...endpoint, ...id, ...secret, clientAuth: 'unknown', keyId: UNSET }, []],
];

/** @param {string[]} names */
const sentence = (names) =>
  names.length === 0
    ? ''
    : `; ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} given but undefined: is a ` +
      'variable not set?';

test('an error about a missing field says that it was given but is undefined', async () => {
  for (const [config, names] of rows) {
    for (const call of [
      () => fetchToken(config),
      () => createClient(config).getToken(),
      () => explain(config),
    ]) {
      const error = await call().then(() => assert.fail(), (/** @type {any} */ thrown) => thrown);
      const [, said = ''] = /(; \w+(?: and \w+)? (?:is|are) given.*)/.exec(error.message) ?? [];
      assert.deepEqual([error.code, said], ['invalid_config', sentence(names)], error.message);
    }
  }
});

test('the request of OAuth 1.0 has the same', () => {
  const request = { method: 'GET', url: 'https://api.example/', consumerKey: UNSET };
  assert.throws(() => signOAuth1(/** @type {any} */ ({ ...request, consumerSecret: 's' })), {
    code: 'invalid_config',
    message: `consumerKey is missing${sentence(['consumerKey'])}`,
  });
});
