// The behaviour table of the client, core/testdata/client/*.json: table_test.go in the top folder
// runs it against the Go client. core/testdata/README.md describes it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

import { createClient, TokenError } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const folder = new URL('../../../core/testdata/client/', import.meta.url);
const START = Date.parse('2026-11-20T12:00:00Z');
const CONFIG = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
};

for (const file of readdirSync(folder)) {
  const content = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  strict(content, 'schema', 'tests');
  assert.ok(content.schema === 'fetchtoken/client/1' && content.tests.length > 0, file);
  suite(file, () => {
    for (const scenario of content.tests) {
      test(scenario.name, () => run(scenario));
    }
  });
}

/**
 * Throws if an object has a member that is not known, so that no row can rot unseen.
 *
 * @param {object} object
 * @param {string[]} known
 */
function strict(object, ...known) {
  assert.deepEqual(
    Object.keys(object).filter((name) => !known.includes(name)),
    [],
    'unknown members',
  );
}

/** Lets what is under way go on as far as it can. */
async function settle() {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** @param {any} scenario */
async function run(scenario) {
  strict(scenario, 'name', 'config', 'options', 'answers', 'steps', 'want');
  const { config = CONFIG, steps, want } = scenario;
  const w = world(scenario);
  let client = createClient(config, w.settings);
  /** @type {Map<string, { controller: AbortController, calls: Promise<any>[] }>} */
  const callers = new Map();

  /** What each step does. @type {Record<string, (step: any) => unknown>} */
  const does = {
    async getToken({ caller, times = 1, force, cancelled, minLifetime, request, ...expected }) {
      const controller = new AbortController();
      if (cancelled) {
        controller.abort(REASON);
      }
      const options =
        caller === undefined && !force && !cancelled && !minLifetime
          ? request
          : { signal: controller.signal, force, minLifetime, ...request };
      const calls = Array.from({ length: times }, () => client.getToken(options));
      calls.forEach((call) => call.catch(() => {}));
      if (caller === undefined) {
        return expect(calls, expected);
      }
      strict(expected);
      callers.set(caller, { controller, calls });
      await settle();
    },
    join({ caller, ...expected }) {
      return expect(callers.get(caller)?.calls ?? assert.fail(caller), expected);
    },
    cancel({ caller, ...rest }) {
      strict(rest);
      callers.get(caller)?.controller.abort(REASON);
    },
    async at(ms) {
      await settle();
      w.now = START + ms;
    },
    answer(rest) {
      strict(rest);
      w.release();
    },
    async until({ event, count = 0, requests = 0, ended = 0, ...rest }) {
      strict(rest);
      while (
        w.events.filter(({ type }) => type === event).length < count ||
        w.requests < requests ||
        w.ended < ended
      ) {
        await settle();
      }
    },
    // only Go's client needs to be told of which request the token is
    invalidate({ token, request: _, ...rest }) {
      strict(rest);
      return client.invalidate(token && { access_token: token, token_type: 'Bearer' });
    },
    close(rest) {
      strict(rest);
      return client.close();
    },
    client({ config: another = config, ...rest }) {
      strict(rest);
      client = createClient(another, w.settings);
    },
    async fetch({
      url,
      method,
      body,
      headers,
      stream = false,
      redirect,
      times = 1,
      cancelled = false,
      request: token,
      want: status,
      wantError,
      ...rest
    }) {
      strict(rest);
      const init = /** @type {any} */ ({
        method,
        redirect,
        headers,
        body: stream ? new Response(body).body : body,
      });
      if (stream) {
        init.duplex = 'half';
      }
      if (cancelled) {
        init.signal = AbortSignal.abort(REASON);
      }
      await Promise.all(
        Array.from({ length: times }, async () => {
          const response = await client
            .fetch(url, init, ...(token === undefined ? [] : [{ token }]))
            .catch((/** @type {unknown} */ error) => expectError(error, wantError));
          assert.equal(response?.status, status);
        }),
      );
    },
    revoke({ future = false, ...rest }) {
      strict(rest);
      w.revoked = future ? Infinity : w.requests;
    },
  };

  for (const [i, step] of steps.entries()) {
    const [[name, argument], ...others] = Object.entries(step);
    assert.ok(
      does[name] !== undefined && others.length === 0,
      `step ${i} is ${JSON.stringify(step)}`,
    );
    await does[name](argument);
  }
  await settle();
  check(w, want);
  client.close();
}

/** What the callers of a scenario cancel with. */
const REASON = new Error('the caller has gone');

/** @param {Promise<any>[]} calls @param {any} expected */
async function expect(calls, { want, expiresAt, wantError, ...rest }) {
  strict(rest);
  for (const call of calls) {
    const token = await call.catch((error) => expectError(error, wantError));
    assert.equal(token?.access_token, want);
    if (expiresAt !== undefined) {
      assert.equal(token.expires_at, expiresAt);
    }
  }
}

/** @param {any} error @param {any} want */
function expectError(error, want) {
  if (want === undefined) {
    throw error;
  }
  const { cancelled, mentions = [], ...members } = want;
  if (cancelled) {
    assert.equal(error, REASON);
    return;
  }
  strict(members, 'code', 'status', 'error', 'providerCode', 'retryAfter');
  assert.ok(error instanceof TokenError, String(error));
  for (const [name, value] of Object.entries(members)) {
    assert.equal(/** @type {any} */ (error)[name], value, name);
  }
  mentions.forEach((/** @type {string} */ text) =>
    assert.ok(error.message.includes(text), error.message),
  );
}

/** @param {ReturnType<typeof world>} w @param {any} want */
function check(
  w,
  { requests, slept, ended, timestamps, grants, distinctAuthorizations, events, calls, ...rest },
) {
  strict(rest);
  assert.equal(w.requests, requests, 'requests');
  const stamps = w.authorizations.map(
    (header) => Number(/oauth_timestamp="(\d+)"/.exec(header)?.[1]) || null,
  );
  for (const [name, got, value] of /** @type {[string, unknown, unknown][]} */ ([
    ['slept', w.slept, slept],
    ['ended', w.ended, ended],
    ['timestamps', stamps, timestamps],
    ['grants', w.grants, grants],
    ['calls', w.calls, calls],
    ['events', w.events, events],
    ['distinctAuthorizations', new Set(w.authorizations).size, distinctAuthorizations],
  ])) {
    if (value !== undefined) {
      assert.deepEqual(got, value, name);
    }
  }
}

/** What a scenario happens in: a token server, an API, a clock and chance. @param {any} scenario */
function world({ options = {}, answers = [] }) {
  const known = [
    'random', 'timeout', 'deadline', 'lifetime', 'origins', 'maxReplay', 'maxTokens', 'store',
  ];
  strict(options, ...known);
  answers.forEach((/** @type {any} */ answer) =>
    strict(answer, 'expiresIn', 'status', 'headers', 'body', 'failure', 'held'),
  );
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  const w = {
    now: START,
    requests: 0,
    ended: 0,
    /** The tokens up to this number are refused. */
    revoked: 0,
    slept: /** @type {number[]} */ ([]),
    events: /** @type {any[]} */ ([]),
    authorizations: /** @type {string[]} */ ([]),
    grants: /** @type {(string | undefined)[]} */ ([]),
    calls: /** @type {any[]} */ ([]),
    release,
    settings: {
      ...options,
      store: options.store ? memoryStore() : undefined,
      random:
        options.random === 'new'
          ? undefined
          : (/** @type {number} */ size) => new Uint8Array(size).fill(options.random ?? 128),
      clock: {
        now: () => w.now,
        sleep: async (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => {
          signal.throwIfAborted();
          w.slept.push(ms);
          w.now += ms;
        },
      },
      onEvent: (/** @type {any} */ { error, duration, served, ...event }) =>
        w.events.push(JSON.parse(JSON.stringify({ ...event, error: error?.code }))),
      fetch: async (/** @type {any} */ input, /** @type {any} */ init) => {
        const request = new Request(input, { ...init, duplex: 'half' });
        const { hostname, pathname } = new URL(request.url);
        return hostname === 'as.example' || ['/oauth2/token', '/timestamp'].includes(pathname)
          ? serve(request)
          : api(request);
      },
    },
  };

  /** The token server. @param {Request} request */
  async function serve(request) {
    const { signal, headers } = request;
    const form = new URLSearchParams(await request.text());
    w.grants.push(
      ['code', 'refresh_token', 'assertion']
        .map((name) => form.get(name))
        .find((value) => value !== null) ?? '',
    );
    const number = ++w.requests;
    w.authorizations.push(String(headers.get('authorization')));
    const answer = answers[Math.min(number, answers.length) - 1] ?? {};
    if (answer.held || answer.failure === 'silence') {
      await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => (w.ended++, reject(signal.reason)));
        if (answer.held) {
          released.then(resolve);
        }
      });
    }
    return respond(answer, number);
  }

  /**
   * The API: it redirects /to/STATUS/TARGET. A token that is revoked it answers by 401, or at
   * /refuse/STATUS/CHALLENGE by that status and that challenge; all else by 200.
   *
   * @param {Request} request
   */
  async function api(request) {
    const { url, method, headers } = request;
    const token = (headers.get('authorization') ?? '').replace(/^Bearer /, '');
    const looked = ['cookie', 'proxy-authorization', 'x-a']
      .filter((name) => headers.has(name))
      .map((name) => [name, headers.get(name)]);
    w.calls.push({
      url,
      method,
      token,
      body: await request.text(),
      ...(looked.length > 0 && { headers: Object.fromEntries(looked) }),
    });
    const { hostname, pathname } = new URL(url);
    const [, what, status, rest] = /^\/(to|refuse)\/(\d+)\/(.*)/.exec(pathname) ?? [];
    if (what === 'to') {
      return new Response(null, {
        status: Number(status),
        headers: { location: decodeURIComponent(rest) },
      });
    }
    if (
      hostname === 'elsewhere.example' ||
      Number(token.replace('token-', '') || NaN) > w.revoked
    ) {
      return new Response('answer');
    }
    return new Response('answer', {
      status: Number(status ?? 401),
      headers: rest ? { 'www-authenticate': decodeURIComponent(rest) } : {},
    });
  }

  return w;
}

/** The answer to the request of that number. @param {any} answer @param {number} number */
function respond({ expiresIn = 3600, status, headers, body, failure }, number) {
  if (failure !== undefined) {
    if (failure === 'unreachable') {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:443'), {
          code: 'ECONNREFUSED',
        }),
      });
    }
    assert.equal(failure, 'network');
    throw new TypeError('the connection was lost');
  }
  if (status === undefined && body === undefined) {
    return Response.json({
      access_token: `token-${number}`,
      token_type: 'Bearer',
      expires_in: expiresIn,
    });
  }
  return new Response(typeof body === 'object' ? JSON.stringify(body) : body, { status, headers });
}
