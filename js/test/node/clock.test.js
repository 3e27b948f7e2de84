// A clock that is off, and what the client does where no Date tells by how much.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { Clock } from '../../lib/clock.js';
import { createClient } from '../../node.js';
import { systemsOf, withFault } from '../support/systems.js';
import { START, failing, json, types, world } from '../support/world.js';

suite('the clock', () => {
  test('waits no shorter for longer than a timer can run', async (t) => {
    const timer = t.mock.method(globalThis, 'setTimeout');
    const gone = new AbortController();
    const waiting = new Clock().sleep(3e9, gone.signal); // an interval that a server may name
    gone.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.deepEqual(timer.mock.calls.map(({ arguments: [, ms] }) => ms), [2 ** 31 - 1]);
  });

  const behind = 400;
  const here = {
    provider: /** @type {const} */ ('here'),
    clientId: 'id',
    clientSecret: 'a secret',
  };
  // as a page sees it: without a Date
  const silent = failing(401, {}, { errorCode: 401204, error: 'invalid_request' });

  test('is asked for where no Date can be seen, once and without credentials', async () => {
    const w = world([silent, () => json({ timestamp: START / 1000 + behind }), {}]);
    const token = await createClient(
      { ...here, tokenEndpoint: 'https://asked.example/oauth2/token' },
      w.options,
    ).getToken();
    const { method, url, headers, body, redirect } = w.sent[1];
    assert.deepEqual(
      [method, url, headers, body, redirect],
      [
        'GET',
        'https://asked.example/timestamp',
        { Accept: 'application/json' },
        undefined,
        'manual',
      ],
    );
    assert.match(
      w.sent[2].headers.Authorization,
      new RegExp(`oauth_timestamp="${START / 1000 + behind}"`),
    );
    assert.deepEqual(types(w.events), ['requested', 'clock_corrected', 'requested', 'renewed']);
    assert.equal(token.expires_at, START / 1000 + 3600);
  });

  for (const [name, answer] of /** @type {[string, () => Response | Promise<Response>][]} */ ([
    ['a page', () => new Response('<html>')], ['too much', () => new Response(' '.repeat(5000))],
  ])) {
    test(`is not known if the server tells none: ${name}`, async () => {
      const w = world([silent, answer]);
      const client = createClient(
        { ...here, tokenEndpoint: 'https://mute.example/oauth2/token' },
        w.options,
      );
      await assert.rejects(client.getToken(), { code: 'error_response', providerCode: '401204' });
      await assert.rejects(client.getToken(), { providerCode: '401204' }, 'it is remembered');
      assert.equal(w.requests, 2);
    });
  }

  test('a signal that ends the call ends the question too', async () => {
    const controller = new AbortController();
    const w = world([silent, () => (controller.abort('enough'), new Promise(() => {}))]);
    const client = createClient(
      { ...here, tokenEndpoint: 'https://aborted.example/oauth2/token' },
      w.options,
    );
    await assert.rejects(
      client.getToken({ signal: controller.signal }),
      (reason) => reason === 'enough',
    );
  });

  test('is known from issued_at: what is signed next is right, and expires_at by our clock', async () => {
    const issued = () =>
      json({
        access_token: 'x',
        expires_in: '299',
        issued_at: String(w.now + behind * 1000),
        token_type: 'BearerToken',
      });
    const w = world([issued]);
    const client = createClient(
      {
        provider: 'apigee',
        clientAuth: 'oauth1',
        clientId: 'id',
        clientSecret: 's',
        tokenEndpoint: 'https://apigee.example/token',
      },
      w.options,
    );
    const tokens = [await client.getToken(), await client.getToken({ force: true })];
    assert.deepEqual(
      tokens.map(({ expires_at }) => expires_at),
      [START / 1000 + 299, START / 1000 + 299],
    );
    assert.deepEqual(
      w.events.filter(({ type }) => type === 'clock_corrected'),
      [{ type: 'clock_corrected', offset: behind }],
    );
    assert.match(
      w.sent[1].headers.Authorization,
      new RegExp(`oauth_timestamp="${START / 1000 + behind}"`),
    );
    w.now += 230_000;
    assert.equal(await client.getToken(), tokens[1], 'it is good');
    assert.equal(w.requests, 2);
    w.now += 69_000;
    await client.getToken();
    assert.equal(w.requests, 3, 'it was over');
  });
});

suite('the clock of the token server', () => {
  /** Hides the Date, as a browser does. @type {typeof fetch} */
  const asAPage = async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(response.headers);
    headers.delete('date');
    return new Response(response.body, { status: response.status, headers });
  };
  const signing = [
    'here',
    'here, a JSON body',
    'high-mobility sandbox, a key',
    'high-mobility live, a key',
  ];
  // which is all that RFC 7523 wants a server to look at
  const expiring = ['oauth2 client_secret_jwt', 'oauth2 private_key_jwt p256 ES256'];

  for (const skew of [400, -400]) {
    for (const name of skew > 0 ? [...signing, ...expiring] : signing) {
      test(`${skew} s: ${name}`, async () => {
        const server = await startTokenServer(); // an offset stays with its host
        try {
          const { config } = /** @type {any} */ (
            systemsOf(server).find((system) => system.name === name)
          );
          const events = /** @type {any[]} */ ([]);
          await createClient(withFault(config, `skew/${skew}`), {
            onEvent: (event) => events.push(event),
          }).getToken();
          assert.deepEqual(types(events), ['requested', 'clock_corrected', 'requested', 'renewed']);
          assert.ok(Math.abs(events[1].offset - skew) <= 5, events[1].offset);
        } finally {
          await server.close();
        }
      });
    }

    test(`${skew} s: HERE, by its timestamp`, async () => {
      const server = await startTokenServer();
      try {
        const config = withFault(systemsOf(server)[0].config, `skew/${skew}`);
        const events = /** @type {any[]} */ ([]);
        await createClient(config, {
          fetch: asAPage,
          onEvent: (event) => events.push(event),
        }).getToken();
        assert.deepEqual(
          server.requests.map(({ method, path, clientAuth }) => [method, path, clientAuth]),
          [
            ['POST', `/fault/skew/${skew}/here/oauth2/token`, 'OAuth'],
            ['GET', `/fault/skew/${skew}/here/timestamp`, 'none'],
            ['POST', `/fault/skew/${skew}/here/oauth2/token`, 'OAuth'],
          ],
        );
        assert.ok(Math.abs(events[1].offset - skew) <= 5);
      } finally {
        await server.close();
      }
    });

    test(`${skew} s: OS Data Hub, by issued_at`, async () => {
      const server = await startTokenServer();
      try {
        const { config } = /** @type {any} */ (
          systemsOf(server).find(({ name }) => name === 'os-data-hub')
        );
        const events = /** @type {any[]} */ ([]);
        const { expires_at } = await createClient(withFault(config, `skew/${skew}`), {
          fetch: asAPage,
          onEvent: (event) => events.push(event),
        }).getToken();
        assert.deepEqual(types(events), ['requested', 'clock_corrected', 'renewed']);
        assert.ok(Math.abs(Number(expires_at) - Date.now() / 1000 - 299) <= 5, 'by our clock');
      } finally {
        await server.close();
      }
    });
  }
});
