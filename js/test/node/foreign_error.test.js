// What a store or a broker throws goes to no listener and to no caller as it is.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';

import { createClient, TokenError } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const KEY = '3f9a'.repeat(16);
const RECORD = `1.${'Ab3-'.repeat(4)}.${'q7Jt5Zb1cVw8dK2m'.repeat(20)}`;
const PASSWORD = 'hunter2-hunter2';

/** An error as clients of databases throw it, with all that they add. */
const thrown = () =>
  Object.assign(
    new TypeError(
      `SET ${KEY} ${RECORD} failed at ` +
      `rediss://default:${PASSWORD}@cache.example:6380/0?password=${PASSWORD} \u001b[31m\u202e`,
    ),
    {
      code: 'ECONNREFUSED',
      command: { name: 'set', args: [KEY, RECORD] },
      url: `redis://:${PASSWORD}@cache.example`,
      cause: undefined,
    },
  );

const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'q7Jt5Zb1cVw8dK2mXr4H',
};
const fetch = async () => Response.json({ access_token: 'a-token', expires_in: 3600 });

/** @param {any} error */
function check(error) {
  const text =
    inspect(error, { showHidden: true, depth: Infinity, getters: true }) +
    String(error) +
    error.stack;
  for (const secret of [
    KEY,
    RECORD.slice(-40),
    RECORD.slice(20, 60),
    PASSWORD,
    '\u001b[31m\u202e',
    'command',
  ]) {
    assert.ok(!text.includes(secret), text);
  }
  assert.ok(error instanceof Error);
  assert.match(
    error.message,
    /SET \[redacted\] \S*\[redacted\] failed at rediss:\/\/cache\.example:6380/,
  );
  assert.deepEqual([error.name, /** @type {any} */ (error).code], ['TypeError', 'ECONNREFUSED']);
  assert.deepEqual(Object.keys(error), ['code']);
}

suite('what others throw', () => {
  for (const method of ['get', 'set', 'lease', 'release']) {
    test(`a store, by ${method}`, async () => {
      const fails = async () => {
        throw thrown();
      };
      const store = {
        ...memoryStore(),
        [method]: fails,
        ...(method === 'release' && { lease: async () => ({ release: fails }) }),
      };
      /** @type {any[]} */
      const errors = [];
      const client = createClient(config, {
        store,
        fetch,
        onEvent: (event) => event.type === 'store_failed' && errors.push(event.error),
      });
      assert.equal((await client.getToken()).access_token, 'a-token');
      await client.close(); // when the store has been written to, which nobody waited for
      assert.ok(errors.length > 0);
      errors.forEach(check);
    });
  }

  test('a broker', async () => {
    /** @type {any[]} */
    const errors = [];
    const broker = () => /** @type {any} */ ({ getToken: async () => { throw thrown(); } });
    const clock = { now: () => Date.now(), sleep: async () => {} };
    const client = createClient(null, {
      broker,
      clock,
      onEvent: (event) => event.type === 'broker_failed' && errors.push(event.error),
    });
    const error = await client.getToken().catch((e) => e);
    assert.ok(error instanceof TokenError);
    assert.equal(error.code, 'network');
    [...errors, error.cause].forEach(check);
    assert.equal(errors.length, 3);
  });

  for (const [name, value] of Object.entries({
    nothing: undefined,
    null: null,
    'a number': 7,
    'a text': `it is ${KEY}`,
    'an object': { secret: KEY, [KEY]: KEY },
    'an object that throws': {
      get message() {
        throw new Error(KEY);
      },
      get code() {
        throw new Error(KEY);
      },
    },
    'a name that is none': Object.assign(new Error('x'), { name: KEY, code: RECORD }),
    'a long message': new Error(`no ${'word '.repeat(1e6)}`),
  })) {
    test(name, async () => {
      /** @type {any[]} */
      const errors = [];
      const store = {
        ...memoryStore(),
        get: async () => {
          throw value;
        },
      };
      const client = createClient(config, {
        store,
        fetch,
        onEvent: (event) => event.type === 'store_failed' && errors.push(event.error),
      });
      await client.getToken();
      for (const error of errors) {
        const text = inspect(error, { showHidden: true });
        assert.ok(
          error instanceof Error && !text.includes(KEY.slice(0, 16)) && error.message.length <= 501,
          text,
        );
      }
      assert.ok(errors.length > 0);
    });
  }
});
