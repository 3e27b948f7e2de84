// Runs the package with one member at a time on Object.prototype, and prints as JSON for which of
// them anything was sent, kept, told or thrown that isn't without. The names are all of those of
// types.d.ts, and some that the language and the runtime ask for.

import { readFileSync } from 'node:fs';

import {
  createClient,
  explain,
  fetchToken,
  loadCredentials,
  ready,
  signOAuth1,
} from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const START = Date.parse('2026-11-20T12:00:00Z');
const EVIL = 'https://evil.example';

const types = readFileSync(new URL('../../types.d.ts', import.meta.url), 'utf8');
const names = new Set([
  ...(types.match(/(?<=^\s+|[{;] )\w+(?=\??:|\??\()/gm) ?? []),
  'toJSON',
  'then',
  'get',
  'set',
  'value',
  'writable',
  'enumerable',
  'configurable',
  'cause',
  'name',
  'message',
  'stack',
  '0',
  '1',
  '2',
  'length',
  'dispatcher',
  'mode',
  'cache',
  'duplex',
  'referrer',
  'integrity',
  'keepalive',
  'window',
  'priority',
  'tagLength',
  'label',
  'iv',
  'salt',
  'info',
  'additionalData',
  'hash',
  'namedCurve',
  'modulusLength',
  'saltLength',
  'client_id',
  'client_secret',
  'expires_at',
  'expires_in',
  'refresh_token',
  'issued_at',
  'code',
  'aborted',
  'lease',
  'do',
  'until',
  'margin',
  'record',
  'options',
  'config',
  'isOther',
  'pkcs8',
  'signature',
  'data',
  'failure',
  'alg',
  'capture',
  'once',
  'passive',
  'stream',
  'highWaterMark',
  'size',
]);
for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty']) {
  names.delete(name); // every object has these
}
/** With these the streams and the WebCrypto of Node fail by themselves. */
const BREAK_NODE = ['get', 'set', 'length', 'passphrase'];

const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
  clientAuth: 'client_secret_jwt',
};
// whose signatures are not drawn
const keys = await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign']);
/** Of RFC 8410 section 10.3. */
const privateKey = `-----BEGIN PRIVATE ` +
  `KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE ` +
  `KEY-----\n`;
const text = new TextDecoder();

/**
 * What happens, as text that nothing on Object.prototype can change.
 *
 * @param {string} [name] of what is polluted
 */
async function scenario(name = '') {
  /** @type {unknown[]} */
  const seen = [];
  let issued = 0;
  const options = () => ({
    __proto__: null,
    clock: { __proto__: null, now: () => START, sleep: async () => {} },
    random: (/** @type {number} */ size) => new Uint8Array(size).fill(7),
    fetch: async (/** @type {any} */ url, /** @type {any} */ init) => {
      const members = [];
      for (const name in init) {
        // as a dictionary of WebIDL is read, which looks at what is inherited, too
        members.push(name);
      }
      members.sort();
      const headers =
        init.headers instanceof Headers ? [...init.headers] : Object.entries(init.headers);
      seen.push([
        'sent',
        typeof url === 'string' ? url : url.url,
        init.method,
        headers,
        String(init.body),
        members,
      ]);
      if (url === config.tokenEndpoint || url === 'https://as.example/refuses') {
        return url === config.tokenEndpoint
          ? answer(
              200,
              '{"access_token":"token-' + ++issued + '","token_type":"' + (kind ?? 'Bearer') + '"}',
            )
          : answer(400, '{"error":"invalid_scope"}');
      }
      const path = new URL(url).pathname;
      return path === '/to'
        ? answer(302, '', [['location', 'https://elsewhere.example/there']])
        : answer(path === '/401' && issued === 1 ? 401 : 200, 'body');
    },
  });
  /** @type {string | undefined} */
  let kind;
  const attempt = async (
    /** @type {string} */ what,
    /** @type {() => any} */ call,
    needsNode = true,
  ) => {
    if (needsNode && BREAK_NODE.includes(name)) {
      return;
    }
    try {
      seen.push([what, told(await call())]);
    } catch (error) {
      seen.push([what, 'threw', told(error)]);
    }
  };
  await attempt('fetchToken', () => fetchToken(config, options()));
  await attempt('a private key', () =>
    fetchToken(
      { tokenEndpoint: config.tokenEndpoint, clientId: config.clientId, privateKey },
      options(),
    ),
  );
  await attempt('a refusal', () =>
    fetchToken({ ...config, tokenEndpoint: 'https://as.example/refuses' }, options()),
  );
  issued = 0;
  const client = createClient(config, {
    ...options(),
    origins: ['https://api.example'],
    onEvent: (event) => seen.push(['event', told(event)]),
  });
  await attempt('getToken', () => client.getToken());
  await attempt(
    '401',
    async () =>
      (
        await client.fetch('https://api.example/401', {
          method: 'POST',
          body: 'x',
          headers: { 'X-A': 'b' },
        })
      ).status,
  );
  await attempt('redirect', async () => (await client.fetch('https://api.example/to')).status);
  await attempt('elsewhere', () => client.fetch('https://evil.example/'));
  await attempt('without origins', () =>
    createClient(config, options()).fetch('https://evil.example/'),
  );
  const store = memoryStore();
  for (const what of ['stored', 'shared']) {
    await attempt(what, async () => {
      const client = createClient(config, {
        ...options(),
        store,
        sealingKey: 'a key of sixteen bytes',
      });
      const token = await client.getToken();
      await client.close(); // when the store has been written to
      return token;
    });
  }
  kind = 'DPoP';
  await attempt('dpop', () => createClient(config, { ...options(), dpop: keys }).getToken());
  await attempt('explain', () =>
    explain(config, { clock: options().clock, random: options().random }),
  );
  await attempt('a pair', () => loadCredentials('id:secret'), false);
  await attempt('no credentials', () => loadCredentials('nothing'), false);
  await attempt(
    'an environment',
    () => loadCredentials({ FETCHTOKEN_CLIENT_ID: 'id', FETCHTOKEN_CLIENT_SECRET: 'secret' }),
    false,
  );
  await attempt(
    'signOAuth1',
    () =>
      signOAuth1({
        method: 'GET',
        url: 'https://api.example/',
        consumerKey: 'k',
        consumerSecret: 's',
        nonce: 'n',
        timestamp: 1,
      }),
    false,
  );
  return seen;
}

/** @param {number} status @param {string} body @param {[string, string][]} headers */
function answer(status, body, headers = []) {
  const bytes = new TextEncoder().encode(body);
  return /** @type {any} */ ({
    __proto__: null,
    status,
    type: 'default',
    redirected: false,
    headers: new Headers(headers),
    body: new Blob([bytes]).stream(),
  });
}

/** The own members of a value, all the way down. @param {any} value @returns {any} */
function told(value) {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' ? 'a function' : value;
  }
  const names = Object.getOwnPropertyNames(value).filter((name) => name !== 'stack');
  return names.map((name) => [name, told(value[name])]);
}

await ready();
const whole = JSON.stringify(await scenario());
if (JSON.stringify(await scenario()) !== whole) {
  throw new Error('it differs by itself');
}
const functions = new Set(['toJSON', 'get', 'set', 'sign']);
const differing = [];
for (const name of names) {
  const clean = BREAK_NODE.includes(name) ? JSON.stringify(await scenario(name)) : whole;
  const values = [EVIL, 1, [EVIL], { a: EVIL }, ...(functions.has(name) ? [() => EVIL] : [])];
  for (const value of values) {
    /** @type {any} */ (Object.prototype)[name] = value;
    let seen;
    let failed;
    try {
      seen = await scenario(name);
    } catch (error) {
      failed = error;
    }
    delete /** @type {any} */ (Object.prototype)[name];
    const got = failed === undefined ? JSON.stringify(seen) : String(failed);
    if (got !== clean) {
      const at = [...got].findIndex((c, i) => c !== clean[i]);
      differing.push([name, typeof value, got.slice(Math.max(0, at - 60), at + 120)]);
    }
  }
}
process.stdout.write(JSON.stringify({ names: names.size, differing }));
