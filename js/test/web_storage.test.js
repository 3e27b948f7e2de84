// The web storage store, and the seal, in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sealerOf, storeKeyOf } from './support/sealing.js';
import { launchChromium } from './support/chromium.js';
import { startSite } from './support/site.js';
import { freshKey, testStore } from './support/store_contract.js';
import { until } from './support/until.js';

const site = await startSite();
/** @type {import('playwright-core').Browser} */
let browser;
/** Pages of one origin, in one browser. @type {import('playwright-core').Page[]} */
let pages;

before(async () => {
  browser = await launchChromium();
  const context = await browser.newContext();
  pages = await Promise.all([1, 2].map(() => open(context)));
});
after(() => Promise.all([browser?.close(), site.close()]));

/**
 * Opens a page with a store in each storage.
 *
 * @param {import('playwright-core').BrowserContext} context
 */
async function open(context) {
  const page = await context.newPage();
  await page.goto(site.url);
  await page.evaluate(async () => {
    const { webStorageStore } = await import(/** @type {any} */ ('fetchtoken/stores/web-storage'));
    Object.assign(globalThis, {
      leases: new Map(),
      stores: { sessionStorage: webStorageStore(), localStorage: webStorageStore(localStorage) },
    });
  });
  return page;
}

/**
 * The store of a page.
 *
 * @param {() => import('playwright-core').Page} page
 * @param {'localStorage' | 'sessionStorage'} name
 * @returns {Required<import('../types.js').TokenStore>}
 */
function storeOf(page, name) {
  const call = (/** @type {string} */ method, /** @type {unknown[]} */ ...args) =>
    page().evaluate(
      ({ name, method, args }) => /** @type {any} */ (globalThis).stores[name][method](...args),
      { name, method, args },
    );
  return {
    get: (key) => call('get', key),
    set: (key, record, ttl) => call('set', key, record, ttl),
    delete: (key) => call('delete', key),
    async lease(key, ttl) {
      const id = await page().evaluate(
        async ({ name, key, ttl }) => {
          const { stores, leases } = /** @type {any} */ (globalThis);
          const lease = await stores[name].lease(key, ttl);
          return lease && leases.set(leases.size, lease).size - 1;
        },
        { name, key, ttl },
      );
      return id === undefined
        ? undefined
        : {
            release: () =>
              page().evaluate((id) => /** @type {any} */ (globalThis).leases.get(id).release(), id),
          };
    },
  };
}

const local = [0, 1].map((i) => storeOf(() => pages[i], 'localStorage'));
const session = [0, 1].map((i) => storeOf(() => pages[i], 'sessionStorage'));

testStore('localStorage', () => local[0], { leases: true });
testStore('sessionStorage', () => ({ ...session[0], lease: undefined }), { leases: false });

test('pages share localStorage and its leases', async () => {
  const key = freshKey();
  await local[0].set(key, 'record', 60_000);
  assert.equal(await local[1].get(key), 'record');

  for (let round = 0; round < 5; round++) {
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) => local[i % 2].lease(key, 60_000)),
    );
    const held = taken.filter((lease) => lease !== undefined);
    assert.equal(held.length, 1);
    await held[0].release();
  }
});

test('a page that is closed frees its lease', async () => {
  const key = freshKey();
  const third = await open(pages[0].context());
  const store = storeOf(() => third, 'localStorage');
  assert.ok(await store.lease(key, 60_000));
  assert.equal(await local[0].lease(key, 60_000), undefined);
  await third.close();
  await until('it is free', () => local[0].lease(key, 60_000));
});

test('pages share no sessionStorage, and nobody waits for another tab', async () => {
  const key = freshKey();
  await session[0].set(key, 'record', 60_000);
  assert.equal(await session[1].get(key), undefined);
  const methods = await pages[0].evaluate(() =>
    Object.values(/** @type {any} */ (globalThis).stores).map((store) => Object.keys(store)),
  );
  assert.deepEqual(methods, [
    ['get', 'set', 'delete'],
    ['get', 'set', 'delete', 'lease'],
  ]);
});

test('where there are no Web Locks there is no lease', async () => {
  const methods = await (await open(await browser.newContext())).evaluate(async () => {
    Object.defineProperty(navigator, 'locks', { value: undefined });
    const { webStorageStore } = await import(/** @type {any} */ ('fetchtoken/stores/web-storage'));
    return Object.keys(webStorageStore(localStorage));
  });
  assert.deepEqual(methods, ['get', 'set', 'delete']);
});

test('a full storage rejects, and keeps what it has', async () => {
  const key = freshKey();
  await local[0].set(key, 'record', 60_000);
  await assert.rejects(local[0].set(key, 'x'.repeat(12_000_000), 60_000), /QuotaExceededError/);
  assert.equal(await local[0].get(key), 'record');
});

test('what is over is removed, and nothing else', async () => {
  const [over, running, fresh] = Array.from({ length: 3 }, freshKey);
  const page = await open(await browser.newContext());
  const store = storeOf(() => page, 'localStorage');
  await store.set(running, 'record', 60_000);
  await store.set(over, 'record', 1);
  await page.evaluate(() => {
    localStorage.setItem('of-somebody-else', '{"until":1,"record":"r"}');
    localStorage.setItem('fetchtoken:broken', '{"until":');
  });
  await page.waitForTimeout(5);
  await store.set(fresh, 'record', 60_000);
  const names = await page.evaluate(() => Object.keys(localStorage));
  assert.deepEqual(
    names.sort(),
    [
      `fetchtoken:${fresh}`,
      `fetchtoken:${running}`,
      'fetchtoken:broken',
      'of-somebody-else',
    ].sort(),
  );
  assert.equal(await store.get('broken'), undefined);
});

test('another prefix is another store', async () => {
  const key = freshKey();
  const [found, lease] = await pages[0].evaluate(async (key) => {
    const { webStorageStore } = await import(/** @type {any} */ ('fetchtoken/stores/web-storage'));
    const [a, b] = [
      webStorageStore(localStorage, { prefix: 'a:' }),
      webStorageStore(localStorage, { prefix: 'b:' }),
    ];
    await a.set(key, 'record', 60_000);
    await a.lease(key, 60_000);
    return [await b.get(key), (await b.lease(key, 60_000)) !== undefined];
  }, key);
  assert.deepEqual([found, lease], [undefined, true]);
});

test('importing the package loads no store', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.url);
  const before = site.served.length;
  await page.evaluate(() => import('fetchtoken').then(() => {}));
  const loaded = site.served.slice(before);
  assert.ok(loaded.includes('/js/browser.js'));
  assert.deepEqual(loaded.filter((path) => path.includes('/stores/')), []);
});

const config = /** @type {any} */ ({
  provider: 'here',
  clientId: 'an-id',
  clientSecret: 'é secret',
  parameters: { b: '1', password: 'p', a: ['2'] },
});

test('what Chromium seals, Node opens, and the other way round', async () => {
  const value = { access_token: 'é✓'.repeat(1000), expires_at: 1_800_000_000 };
  const storeKey = await storeKeyOf(config);
  const sealer = await sealerOf(config, storeKey);
  const record = await sealer.seal(value);
  const result = await pages[0].evaluate(
    async ({ config, value, record, other }) => {
      const { sealerOf, storeKeyOf } = await import(/** @type {any} */ ('/js/test/support/sealing.js'));
      const storeKey = await storeKeyOf(config);
      const { seal, open } = await sealerOf(config, storeKey);
      return {
        storeKey,
        sealed: await seal(value),
        opened: await open(record),
        unopened: await (await sealerOf(config, other)).open(record),
      };
    },
    { config, value, record, other: freshKey() },
  );
  assert.equal(result.storeKey, storeKey);
  assert.deepEqual(await sealer.open(result.sealed), value);
  assert.deepEqual(result.opened, value);
  assert.equal(result.unopened, undefined);
});

test('a page of plain http has no WebCrypto, and is told so', async () => {
  const context = await browser.newContext();
  await context.route('http://insecure.test/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: site.url + pathname }) });
  });
  const page = await context.newPage();
  await page.goto('http://insecure.test/');
  const { secure, code, message } = await page.evaluate(async (config) => {
    const { storeKeyOf } = await import(/** @type {any} */ ('/js/test/support/sealing.js'));
    const error = await storeKeyOf(config).catch((/** @type {unknown} */ e) => e);
    return { secure: isSecureContext, code: error.code, message: error.message };
  }, config);
  assert.equal(secure, false);
  assert.equal(code, 'invalid_config');
  assert.match(message, /crypto\.subtle.*https/);
});
