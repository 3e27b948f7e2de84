// Which ways of printing a loaded configuration, and a copy of it, show its secrets.
// docs/credentials-files.md lists them.

import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { format, inspect } from 'node:util';

import { loadCredentials } from '../../node.js';

const SECRETS = {
  clientSecret: 'the-secret-1&',
  privateKey: 'the-secret-2',
  passphrase: 'the-secret-3',
};

const config = await loadCredentials({
  FETCHTOKEN_CLIENT_ID: 'the id',
  FETCHTOKEN_CLIENT_SECRET: SECRETS.clientSecret,
  FETCHTOKEN_PRIVATE_KEY: SECRETS.privateKey,
  FETCHTOKEN_PASSPHRASE: SECRETS.passphrase,
  FETCHTOKEN_TOKEN_ENDPOINT: 'https://as.example/token?key=the-secret-1%26',
  FETCHTOKEN_KEY_ID: 'key the-secret-1&',
  FETCHTOKEN_RESPONSE_TOKEN: 'result.accessToken',
});
const copy = {
  ...config,
  parameters: { password: 'the-secret-4' },
  headers: { 'x-api-key': 'the-secret-5' },
};

/** Returns what a method of the console prints. @param {(console: Console) => void} print */
function printed(print) {
  let text = '';
  print(new Console(new Writable({ write: (chunk, _, done) => done(void (text += chunk)) })));
  return text;
}

/**
 * Prints one way, and says of the configuration and of its copy whether it is safe.
 *
 * @type {[string, (object: any) => string, boolean, boolean][]}
 */
const WAYS = [
  ['console.log', (object) => printed((c) => c.log(object)), true, true],
  [
    'console.error, beside text',
    (object) => printed((c) => c.log('it is', object, [object])),
    true,
    true,
  ],
  ['console.log with %s', (object) => format('%s', object), true, true],
  ['console.log with %o', (object) => format('%o', object), true, true],
  ['console.log with %O', (object) => format('%O', object), true, true],
  ['console.log with %d', (object) => format('%d', object), true, true],
  ['console.log with %j', (object) => format('%j', object), true, false],
  ['console.dir', (object) => printed((c) => c.dir(object)), true, false],
  [
    'console.dir, showHidden',
    (object) => printed((c) => c.dir(object, { showHidden: true })),
    true,
    false,
  ],
  [
    'console.dir, getters',
    (object) => printed((c) => c.dir(object, /** @type {any} */ ({ getters: true }))),
    false,
    false,
  ],
  ['console.table', (object) => printed((c) => c.table(object)), false, false],
  ['console.group', (object) => printed((c) => c.group(object)), true, true],
  ['util.inspect', (object) => inspect(object), true, true],
  [
    'util.inspect, showHidden',
    (object) => inspect(object, { showHidden: true, depth: Infinity }),
    true,
    true,
  ],
  ['util.inspect, getters', (object) => inspect(object, { getters: true }), true, true],
  [
    'util.inspect, getters and showHidden',
    (object) => inspect([object], { getters: true, showHidden: true, showProxy: true }),
    true,
    true,
  ],
  [
    'util.inspect, without customInspect',
    (object) => inspect(object, { customInspect: false }),
    true,
    false,
  ],
  [
    'util.inspect, getters without customInspect',
    (object) => inspect(object, { customInspect: false, getters: true }),
    false,
    false,
  ],
  ['the cause of an error', (object) => inspect(new Error('x', { cause: object })), true, true],
  ['JSON.stringify', (object) => JSON.stringify(object), true, false],
  ['JSON.stringify, within', (object) => JSON.stringify({ a: [object] }, null, 2), true, false],
  ['String', (object) => String(object), true, true],
  ['a template', (object) => `${object}`, true, true],
  ['with a text', (object) => 'it is ' + object, true, true],
  ['structuredClone', (object) => inspect(structuredClone(object)), false, false],
  ['Object.entries', (object) => inspect(Object.entries(object)), false, false],
  [
    'the difference of an assertion',
    (object) => message(() => assert.deepEqual(object, {})),
    false,
    false,
  ],
];

/** @param {() => void} f */
function message(f) {
  try {
    f();
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  return '';
}

suite('what is printed', () => {
  for (const [way, print, isSafe, isSafeOfCopy] of WAYS) {
    test(way, () => {
      for (const [object, safe] of /** @type {const} */ ([
        [config, isSafe],
        [copy, isSafeOfCopy],
        [{ ...copy }, isSafeOfCopy],
        [Object.assign({}, config), isSafeOfCopy],
      ])) {
        const text = print(object);
        assert.notEqual(text, '');
        assert.equal(/the-secret/.test(text), !safe, text);
      }
    });
  }

  test('the secret where else it stands', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      tokenEndpoint: 'https://as.example/token?key=[redacted]',
      clientId: 'the id',
      clientSecret: '[redacted]',
      privateKey: '[redacted]',
      passphrase: '[redacted]',
      keyId: 'key [redacted]',
      response: { token: 'result.accessToken' },
    });
  });
});
