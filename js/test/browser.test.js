// In Chromium, with the files of the package as they are shipped.

import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';

import { compactVerify } from 'jose';

import { startTokenServer } from '../../examples/token-server/server.js';
import { failuresOf } from './failures.js';
import { hostSigners, signers } from './signers.js';
import { launchChromium } from './support/chromium.js';
import { archives, corpus, corpusCount } from './support/corpus.js';
import { startFailing } from './support/failing.js';
import { startSite } from './support/site.js';
import { systemsOf, withFault } from './support/systems.js';

/** A name of this machine that is no secure context, other than localhost and 127.0.0.1. */
const INSECURE = 'insecure.test';

const server = await startTokenServer({ cors: true });
const site = await startSite();
const systems = systemsOf(server);
const [{ config }] = systems;

/** @type {import('playwright-core').Browser} */
let browser;
/** A page that has imported the package. @type {import('playwright-core').Page} */
let page;
/** A page that runs the raw module. @type {import('playwright-core').Page} */
let rawPage;

before(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`]);
  page = await open(site.url);
  rawPage = await open(site.url);
  await startRaw(rawPage);
});
afterEach(() => server.reset());
after(() => Promise.all([browser?.close(), site.close(), server.close()]));

/**
 * Opens a page of its own, with nothing cached. What goes wrong in it unseen is an error.
 *
 * @param {string} url
 */
async function open(url) {
  const opened = await (await browser.newContext()).newPage();
  opened.on('pageerror', (error) => assert.fail(`the page says: ${error}`));
  await opened.goto(url);
  return opened;
}

/** @param {import('playwright-core').Page} page */
async function startRaw(page) {
  await page.addScriptTag({ url: '/dist/wasm_exec.js' });
  await page.evaluate(async () => {
    const go = new /** @type {any} */ (globalThis).Go();
    const { instance } = await WebAssembly.instantiateStreaming(
      fetch('/dist/fetchtoken.wasm'),
      go.importObject,
    );
    go.run(instance); // it ends when the module does, so nobody waits for it
  });
}

/**
 * Has a page do what support/calls.js can do.
 *
 * @param {import('playwright-core').Page} page
 * @param {'token' | 'abort'} name
 * @param {object} body
 * @returns {Promise<any>}
 */
function ask(page, name, body) {
  return page.evaluate(
    async ({ raw, name, body }) => {
      const { callsOf } = await import(/** @type {any} */ ('/js/test/support/calls.js'));
      const { fetchToken } = raw
        ? /** @type {any} */ (globalThis).fetchtoken
        : await import('fetchtoken');
      const never = new Promise((_, reject) =>
        setTimeout(reject, 600_000, new Error('it never ends')),
      );
      return Promise.race([callsOf(fetchToken)[name](body), never]);
    },
    { raw: page === rawPage, name, body },
  );
}

/** @param {{ token?: any, error?: object }} outcome */
function assertToken({ token, error }) {
  assert.equal(error, undefined);
  assert.equal(typeof token.access_token, 'string');
  assert.equal(typeof token.expires_at, 'number');
}

test('the corpus', async () => {
  // as text: an object on its way to the page would lose a member named __proto__
  const result = await page.evaluate(async (text) => {
    const files = JSON.parse(text);
    await import('fetchtoken');
    const { perform } = await import(/** @type {any} */ ('/js/module/module.js'));
    const { signByModule } = await import(/** @type {any} */ ('/js/token/signer.js'));
    const { runVectors } = await import(/** @type {any} */ ('/js/test/vectors.js'));
    return runVectors(files, perform, signByModule);
  }, JSON.stringify(corpus));
  assert.deepEqual(result, { count: corpusCount, failures: [] });
});

test('the archives', async () => {
  const result = await page.evaluate(async (list) => {
    const { loadCredentials } = await import('fetchtoken');
    const { runArchives } = await import(/** @type {any} */ ('/js/test/archives.js'));
    return runArchives(list, loadCredentials);
  }, archives);
  assert.deepEqual(result, { count: archives.length, failures: [] });
});

test('a configuration from a file is printed without its secret, and gets a token, as does a copy', async () => {
  const { clientId, clientSecret, tokenEndpoint } = server.systems.here;
  const opened = await open(site.url);
  /** @type {string[]} */
  const printed = [];
  opened.on('console', (message) => printed.push(message.text(), ...message.args().map(String)));
  const properties = `here.access.key.id = ${clientId}\nhere.access.key.secret = ` +
    `${clientSecret}\nhere.token.endpoint.url = ${tokenEndpoint}`;
  const { tokens, texts, clone } = await opened.evaluate(async (text) => {
    const { fetchToken, loadCredentials } = await import('fetchtoken');
    const config = await loadCredentials(new TextEncoder().encode(text));
    console.log(config);
    console.log('%o %s', config, [config]);
    const copy = { ...config };
    return {
      tokens: [await fetchToken(config), await fetchToken(copy)],
      texts: [JSON.stringify(config), `${config}`, String(copy)],
      clone: structuredClone(config),
    };
  }, properties);
  tokens.forEach(({ access_token }) => assert.equal(typeof access_token, 'string'));
  assert.equal(printed.length > 0, true);
  assert.ok(![...printed, ...texts].join('\n').includes(clientSecret));
  assert.deepEqual(clone, { provider: 'here', tokenEndpoint, clientId, clientSecret });
});

test('signOAuth1 before and after ready()', async () => {
  const opened = await open(site.url);
  const outcomes = await opened.evaluate(async () => {
    const { ready, signOAuth1 } = await import('fetchtoken');
    const url = new URL('https://api.example/?size=original');
    const request = {
      method: 'POST',
      url,
      params: new URLSearchParams('a=b c'),
      consumerKey: 'key',
      consumerSecret: 'secret',
    };
    const sign = () => {
      try {
        return signOAuth1(request).baseString;
      } catch (/** @type {any} */ error) {
        return error.code;
      }
    };
    return [sign(), await ready().then(sign)];
  });
  assert.equal(outcomes[0], 'not_ready');
  assert.match(
    outcomes[1],
    /^POST&https%3A%2F%2Fapi\.example%2F&a%3Db%2520c%26oauth_consumer_key%3Dkey%26.*%26size%3Doriginal$/,
  );
});

/**
 * Has jose judge whoever signs in a page.
 *
 * @param {import('playwright-core').Page} page
 * @param {boolean} host what only js/ can do, too
 */
function judgeSigners(page, host) {
  return page.evaluate(
    async ({ raw, host }) => {
      const { hostSigners, runSigners, signers } = await import(
        /** @type {any} */ ('/js/test/signers.js')
      );
      const { fetchToken } = raw
        ? /** @type {any} */ (globalThis).fetchtoken
        : await import('fetchtoken');
      return runSigners(host ? [...signers, ...hostSigners] : signers, fetchToken);
    },
    { raw: page === rawPage, host },
  );
}

test('whoever signs, jose accepts it', async () => {
  assert.deepEqual(await judgeSigners(page, true), {
    count: signers.length + hostSigners.length,
    failures: [],
  });
});

test('raw module: whoever signs, jose accepts it', async () => {
  assert.deepEqual(await judgeSigners(rawPage, false), { count: signers.length, failures: [] });
});

for (const { raw, of } of [
  { raw: '', of: () => page },
  { raw: 'raw module, ', of: () => rawPage },
]) {
  for (const { name, config } of systems) {
    test(`${raw}a token: ${name}`, async () => assertToken(await ask(of(), 'token', { config })));
  }

  test(`${raw}a redirect is not followed`, async () => {
    const { error } = await ask(of(), 'token', { config: withFault(config, 'redirect/307') });
    assert.equal(error?.code, 'redirect');
    assert.deepEqual(server.requests.map(({ fault }) => fault).filter(Boolean), ['redirect/307']);
    assert.ok(!server.requests.some(({ system }) => system === 'redirected'));
  });

  test(`${raw}a server that does not answer in time`, async () => {
    const { error } = await ask(of(), 'token', {
      config: withFault(config, 'hang'),
      options: { timeout: 300 },
    });
    assert.equal(error?.code, 'timeout');
  });

  test(`${raw}the caller's own abort rejects with its reason`, async () => {
    const { isReason, error } = await ask(of(), 'abort', { config: withFault(config, 'hang') });
    assert.ok(isReason, error);
  });

  test(`${raw}a server that lets no page read its answers`, async () => {
    const closed = await startTokenServer();
    try {
      const { error } = await ask(of(), 'token', { config: systemsOf(closed)[0].config });
      assert.equal(error?.name, 'TokenError');
      assert.equal(error?.code, 'network');
    } finally {
      await closed.close();
    }
  });

  test(`${raw}a request that gets no answer`, async (t) => {
    const failing = await startFailing();
    try {
      for (const { name, call, check } of failuresOf('chromium', failing.endpoints, assert)) {
        await t.test(name, async () => check(await ask(of(), 'token', call)));
      }
    } finally {
      failing.close();
    }
  });

  test(`${raw}no cookie is sent`, async () => {
    const { url, cookies } = site;
    await of()
      .context()
      .addCookies([{ name: 'who', value: 'the-user', url }]);
    cookies.length = 0;
    await of().evaluate(() => fetch('/token', { method: 'POST' }));
    assertToken(
      await ask(of(), 'token', {
        config: { tokenEndpoint: `${url}/token`, clientId: 'a', clientSecret: 'b' },
      }),
    );
    assert.deepEqual(
      cookies,
      ['who=the-user', undefined],
      "the page's own request has one, ours has none",
    );
  });
}

/**
 * Gets tokens in a page with every key there is, has jose judge the assertions, and returns which
 * modules were loaded meanwhile.
 *
 * @param {string} url
 */
async function loadedFor(url, prepare = () => {}) {
  const opened = await open(url);
  await opened.evaluate(prepare);
  await opened.evaluate(() => import('fetchtoken/without-webcrypto').then(() => {}));
  const { length } = site.served;
  assertToken(await ask(opened, 'token', { config }));
  const loaded = () => site.served.slice(length).filter((path) => path.endsWith('.wasm'));
  assert.deepEqual(
    loaded(),
    ['/dist/fetchtoken-compact.wasm'],
    'a client with a secret needs no more',
  );
  for (const { name, config } of systems.filter(({ config }) => config.privateKey !== undefined)) {
    const assertion = await opened.evaluate(async (config) => {
      const { fetchToken } = await import('fetchtoken');
      let body = '';
      await fetchToken(config, {
        fetch: (url, init) => fetch(url, { ...init, body: (body = String(init?.body)) }),
      });
      return body.startsWith('{')
        ? JSON.parse(body).client_assertion
        : new URLSearchParams(body).get('client_assertion');
    }, config);
    const { privateKey: key } = config;
    const publicKey = createPublicKey(
      /** @type {any} */ (typeof key === 'string' ? key : { key, format: 'jwk' }),
    );
    assert.ok((await compactVerify(assertion, publicKey)).protectedHeader.alg, name);
  }
  return loaded();
}

test('without WebCrypto, as in an insecure context, the whole module signs', async () => {
  const insecure = site.url.replace('127.0.0.1', INSECURE);
  const opened = await open(insecure);
  assert.deepEqual(await opened.evaluate(() => [isSecureContext, typeof crypto.subtle]), [
    false,
    'undefined',
  ]);
  assert.deepEqual(await loadedFor(insecure), [
    '/dist/fetchtoken-compact.wasm',
    '/dist/fetchtoken.wasm',
  ]);
});

test('where WebCrypto does not know an algorithm, the whole module signs', async () => {
  const loaded = await loadedFor(site.url, () => {
    const { importKey } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.importKey = /** @type {any} */ (
      async function (/** @type {any[]} */ ...args) {
        if (args[2].name === 'Ed25519') {
          throw new DOMException('Unrecognized name.', 'NotSupportedError');
        }
        return Reflect.apply(importKey, this, args);
      }
    );
  });
  assert.deepEqual(loaded, ['/dist/fetchtoken-compact.wasm', '/dist/fetchtoken.wasm']);
});

test('where WebCrypto knows every algorithm, the whole module is never loaded', async () => {
  assert.deepEqual(await loadedFor(site.url), ['/dist/fetchtoken-compact.wasm']);
});

test('a page without WebCrypto that has not imported the whole module is told of it', async () => {
  const opened = await open(site.url.replace('127.0.0.1', INSECURE));
  const { length } = site.served;
  const { error } = await ask(opened, 'token', {
    config: systems.find(({ config }) => config.privateKey !== undefined)?.config ?? {},
  });
  assert.equal(error?.code, 'invalid_key');
  assert.match(error.message, /crypto\.subtle is missing.*https.*'fetchtoken\/without-webcrypto'/);
  assert.deepEqual(
    site.served.slice(length).filter((path) => path.endsWith('.wasm')),
    ['/dist/fetchtoken-compact.wasm'],
  );
});

test('no new globals', async () => {
  const added = await (
    await open(site.url)
  ).evaluate(async (config) => {
    const before = Object.getOwnPropertyNames(globalThis);
    const { fetchToken } = await import('fetchtoken');
    const imported = Object.getOwnPropertyNames(globalThis);
    await fetchToken(config);
    const used = Object.getOwnPropertyNames(globalThis);
    return [imported, used].map((names) => names.filter((name) => !before.includes(name)));
  }, config);
  assert.deepEqual(added, [[], []]);
});

test('the raw module adds one global to those of wasm_exec.js', async () => {
  const opened = await open(site.url);
  const globals = () => opened.evaluate(() => Object.getOwnPropertyNames(globalThis));
  const before = await globals();
  await startRaw(opened);
  const added = (await globals()).filter((name) => !before.includes(name));
  assert.deepEqual(added.sort(), ['Go', 'fetchtoken', 'fs', 'path', 'process']);
  assert.deepEqual(
    await opened.evaluate(() => Object.keys(/** @type {any} */ (globalThis).fetchtoken)),
    ['fetchToken'],
  );
});

test('50 requests that wait survive the death of the module', async () => {
  const opened = await open(site.url);
  const { error, started } = await opened.evaluate(async (config) => {
    const { instances, kill } = await import(/** @type {any} */ ('/js/test/support/instances.js'));
    const { fetchToken } = await import('fetchtoken');
    let sent = 0;
    /** @type {(value?: unknown) => void} */
    let answer = () => {};
    const killed = new Promise((resolve) => (answer = resolve));
    const wait = (/** @type {any} */ url, /** @type {any} */ init) => {
      if (++sent === 50) {
        kill();
        answer();
      }
      return killed.then(() => fetch(url, init));
    };
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => fetchToken(config, { fetch: wait })),
    );
    return {
      error: tokens.find(({ access_token }) => typeof access_token !== 'string'),
      started: instances.length,
    };
  }, config);
  assert.equal(error, undefined);
  assert.equal(started, 2);
});

test('importing loads nothing; the first call does, once', async () => {
  const opened = await open(site.url);
  const wasm = () => site.served.filter((path) => path.endsWith('.wasm')).length;
  const before = wasm();
  await opened.evaluate(() => import('fetchtoken').then(() => {}));
  assert.equal(wasm(), before);
  (
    await Promise.all(systems.slice(0, 10).map(({ config }) => ask(opened, 'token', { config })))
  ).forEach(assertToken);
  assert.equal(wasm(), before + 1);
});

test('a server that does not know the type of .wasm files', async () => {
  const ignorant = await startSite({ wasmType: 'application/octet-stream' });
  try {
    const opened = await open(ignorant.url);
    assertToken(await ask(opened, 'token', { config }));
    await assert.rejects(
      opened.evaluate(() => WebAssembly.compileStreaming(fetch('/dist/fetchtoken.wasm'))),
      /MIME type/,
    );
  } finally {
    await ignorant.close();
  }
});

/**
 * The names of the module's file and of its text among what was asked for.
 *
 * @param {string[]} paths
 */
const modulesOf = (paths) =>
  paths.filter((path) => path.startsWith('/dist/')).map((path) => path.split('/').at(-1));

test('where the .wasm is missing its text is taken', async () => {
  const opened = await open(site.url);
  site.failures.push({ status: 404 });
  const { length } = site.served;
  assertToken(await ask(opened, 'token', { config }));
  assert.deepEqual(modulesOf(site.served.slice(length)), [
    'fetchtoken-compact.wasm',
    'fetchtoken-compact.js',
  ]);
});

test('a module of which neither could be loaded is loaded by the next call', async () => {
  const opened = await open(site.url);
  await opened.route('**/dist/fetchtoken-compact.js', (route) => route.abort());
  site.failures.push({ status: 503 });
  const { error } = await ask(opened, 'token', { config });
  assert.equal(error?.code, 'module_failed');
  assert.match(
    error.message,
    /: http:\/\/127\.0\.0\.1:\d+\/dist\/fetchtoken-compact\.wasm answers with status 503$/,
  );
  assertToken(await ask(opened, 'token', { config }));
});

test('a site that answers everything with its page', async () => {
  const opened = await open(site.url);
  await opened.route('**/dist/fetchtoken-compact.*', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  const { error } = await ask(opened, 'token', { config });
  assert.equal(error?.code, 'module_failed');
  assert.match(
    error.message,
    /\/dist\/fetchtoken-compact\.wasm answers with text\/html, not WebAssembly$/,
  );
});

test('ready() takes the module from the page: by its path, its bytes, or compiled', async () => {
  for (const what of ['path', 'bytes', 'module']) {
    const opened = await open(site.url);
    await opened.route('**/dist/fetchtoken-compact.js', (route) => route.abort());
    site.failures.push({ status: 404 });
    const [before, after] = await opened.evaluate(async (what) => {
      const { ready, signOAuth1 } = await import('fetchtoken');
      const path = '/dist/fetchtoken-compact.wasm';
      const before = await ready().catch(({ code }) => code);
      const bytes = await (await fetch(path)).arrayBuffer();
      await ready(
        what === 'path' ? path : what === 'bytes' ? bytes : new WebAssembly.Module(bytes),
      );
      return [
        before,
        signOAuth1({
          method: 'GET',
          url: 'https://api.example/',
          consumerKey: 'a',
          consumerSecret: 'b',
        }).authorization,
      ];
    }, what);
    assert.equal(before, 'module_failed');
    assert.match(after, /^OAuth /);
  }
});

test('where CORS hides the Date, a client whose clock is off asks HERE for the time', async () => {
  const skewed = withFault(config, 'skew/400');
  const opened = await open(site.url);
  const { events, date } = await opened.evaluate(async (config) => {
    const { createClient } = await import('fetchtoken');
    const events = /** @type {any[]} */ ([]);
    await createClient(config, { onEvent: (event) => events.push(event) }).getToken();
    return {
      events,
      date: (
        await fetch(/** @type {string} */ (config.tokenEndpoint), { method: 'POST' })
      ).headers.get('date'),
    };
  }, skewed);
  assert.equal(date, null);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['requested', 'clock_corrected', 'requested', 'renewed'],
  );
  assert.ok(Math.abs(events[1].offset - 400) <= 5, events[1].offset);
  const sent = server.requests
    .filter(({ method }) => method !== 'OPTIONS')
    .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
  assert.deepEqual(sent, ['POST token', 'GET timestamp', 'POST token', 'POST token']);
});
