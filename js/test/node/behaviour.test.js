// The behaviours, in Node, of both senders; and what can only be seen in Node.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { fetchToken, TokenError } from '../../node.js';
import { behaviours } from '../behaviour.js';
import { failuresOf } from '../failures.js';
import { callsOf } from '../support/calls.js';
import { startFailing } from '../support/failing.js';
import { loadRaw } from '../support/raw.js';
import { startRecorder } from '../support/recorder.js';
import { systemsOf, withFault } from '../support/systems.js';

/** @type {Record<string, any>} */
let server;
let tokenServer;
let recorder;

before(async () => {
  tokenServer = await startTokenServer();
  recorder = await startRecorder();
  const { url, systems } = tokenServer;
  server = JSON.parse(
    JSON.stringify({
      url,
      systems,
      configs: systemsOf(tokenServer),
      recorder: recorder.url,
      nowhere: recorder.nowhere,
    }),
  );
});

after(async () => {
  await tokenServer.close();
  await recorder.close();
});

const senders = {
  'js/': { fetchToken, TokenError },
  'the raw module': { fetchToken: await loadRaw() },
};

for (const [sender, context] of Object.entries(senders)) {
  suite(sender, () => {
    for (const { name, run } of behaviours) {
      test(name, { timeout: 20_000 }, () => run({ ...context, server, assert }));
    }

    test('a request that gets no answer', async (t) => {
      const failing = await startFailing();
      try {
        for (const { name, call, check } of failuresOf('node', failing.endpoints, assert)) {
          await t.test(name, async () => check(await callsOf(context.fetchToken).token(call)));
        }
      } finally {
        failing.close();
      }
    });

    test("a network error has the system's own code in its cause", async () => {
      const { config } = server.configs[0];
      const errors = {
        ECONNREFUSED: { ...config, tokenEndpoint: `${server.nowhere}/token` },
        ECONNRESET: withFault(config, 'reset'),
        UND_ERR_SOCKET: withFault(config, 'drop-after-headers'),
      };
      for (const [code, wrong] of Object.entries(errors)) {
        const error = await context.fetchToken(wrong).catch((e) => e);
        assert.equal(error.code, 'network', error.message);
        assert.match(error.cause.message, new RegExp(code));
      }
    });

    test('no redirect reaches its target', () => {
      const followed = tokenServer.requests.filter(({ system }) => system === 'redirected');
      assert.equal(followed.length, 0);
      assert.ok(tokenServer.requests.some(({ fault }) => fault === 'redirect/307'));
    });

    test('an error prints with its message, once', async () => {
      const error = await context.fetchToken({}).catch((e) => e);
      assert.match(error.stack, /^TokenError: tokenEndpoint is missing: set provider, tokenEndpoint or issuer\n/);
      assert.equal(inspect(error).split(error.message).length, 2);
    });

    test('Retry-After of the token server', async () => {
      const error = await context
        .fetchToken(withFault(server.configs[0].config, 'status/429'))
        .catch((e) => e);
      assert.equal(error.retryAfter, 7);
    });
  });
}

test('the raw module registers one object, under another name if it is told one', async () => {
  const known = new Set(Object.keys(globalThis));
  const renamed = await loadRaw('anotherName');
  assert.deepEqual(Object.keys(globalThis).filter((name) => !known.has(name)), ['anotherName']);
  assert.deepEqual(Object.keys(globalThis.anotherName), ['fetchToken']);
  assert.notEqual(renamed, globalThis.fetchtoken.fetchToken);
  for (const call of [renamed, senders['the raw module'].fetchToken]) {
    const { access_token } = await call(server.configs[0].config);
    assert.ok(access_token);
  }
});
