// The store key and the seal, beside node:crypto, which computes them from the description in
// seal.js.

import assert from 'node:assert/strict';
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

import { loadCredentials } from '../../node.js';
import { sealerOf, storeKeyOf } from '../support/sealing.js';
import { placesOf, Secrets } from '../support/leaks.js';

/** @param {string | Uint8Array} material @param {string} salt @param {string} info */
const hkdf = (material, salt, info) => Buffer.from(hkdfSync('sha256', material, salt, info, 32));

/**
 * A field of the wire, as module/wire.js describes it.
 *
 * @param {[name: string, kind: string, value: string | Uint8Array]} field
 */
function wired([name, kind, value]) {
  const parts = [name, value].map((part) => Buffer.from(part));
  const lengths = parts.flatMap(({ length }) =>
    [0, 7, 14, 21, 28].map((shift) => (length / 2 ** shift) & 0x7f),
  );
  return Buffer.concat([Buffer.from(kind), Buffer.from(lengths), ...parts]);
}

/** @param {Parameters<typeof wired>[0][]} fields */
const messageOf = (...fields) => Buffer.concat(fields.map(wired));

/** @param {Parameters<typeof wired>[0][]} fields */
const keyOf = (...fields) =>
  hkdf(messageOf(...fields), '', 'fetchtoken store key 2').toString('hex');

const { privateKey: cryptoKey } = await crypto.subtle.generateKey(
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign'],
);
const { privateKey: otherCurve } = await crypto.subtle.generateKey(
  { name: 'ECDSA', namedCurve: 'P-384' },
  false,
  ['sign'],
);
const sign = () => new Uint8Array();

/** @param {string} message */
const refusal = (message) => ({
  name: 'TokenError',
  code: 'invalid_config',
  message: new RegExp(message),
});

/** Configurations, some of which no module would take. @type {Record<string, any>} */
const base = { provider: 'here', clientId: 'an-id', clientSecret: 'a-secret' };

suite('the store key', () => {
  test('is the hash of the description', async () => {
    const config = {
      scope: ['a', 'b'],
      resource: undefined,
      provider: 'here',
      privateKey: Uint8Array.of(0, 1, 254, 255),
      passphrase: 'pass é "',
      parameters: {
        z: '1',
        password: ['p', 'q'],
        1: '',
        a: { b: 1 },
        absent: undefined,
        refresh_token: 't',
      },
      clientId: 'an-id',
      clientSecret: '',
      assertion: { claims: { b: null, a: 1.5 } },
      extra: null,
      flag: true,
      headers: { 'x-b': 'k1', 'x-a': '{uuid}' },
    };
    const expected = keyOf(
      ['assertion', 'j', '{"claims":{"a":1.5,"b":null}}'],
      ['clientId', 's', 'an-id'],
      ['clientSecret', 's', ''],
      ['extra', 'j', 'null'],
      ['flag', 'j', 'true'],
      ['headers', 'j', '{"x-a":"{uuid}","x-b":"k1"}'],
      [
        'parameters',
        'j',
        '{"1":"","a":{"b":1},"password":["p","q"],"refresh_token":"t","z":"1"}',
      ],
      ['passphrase', 's', 'pass é "'],
      ['privateKey', 's', Uint8Array.of(0, 1, 254, 255)],
      ['provider', 's', 'here'],
      ['scope', 's', 'a b'],
    );
    assert.equal(await storeKeyOf(/** @type {any} */ (config)), expected);
  });

  test('stays as it is from version to version', async () => {
    // Made by Python's hmac, with RFC 5869 and the wire written out, and checked by the RFC's first
    // test case.
    const config = {
      clientSecret: 'é secret',
      provider: 'here',
      clientId: 'an-id',
      parameters: { z: '1', password: 'pass', a: ['x', 'y'] },
    };
    assert.equal(
      await storeKeyOf(/** @type {any} */ (config)),
      '13c803446d773d66aa30d2f6e168c0db620e855923225150feb484c20cf76893',
    );
  });

  test('of configurations that get different tokens differ', async () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' };
    const configs = [
      {},
      base,
      { ...base, scope: '' },
      { ...base, scope: 'a b' },
      { ...base, scope: '["a","b"]' },
      { ...base, scope: ['b', 'a'] },
      { ...base, scope: 1 },
      { ...base, scope: '1' },
      { ...base, scope: true },
      { ...base, scope: null },
      { ...base, scope: 'null' },
      { ...base, scope: {} },
      { ...base, scope: Uint8Array.of() },
      { ...base, scope: Uint8Array.of(0xab) },
      { ...base, scope: 'ab' },
      { ...base, scope: '\ufffd' },
      { ...base, scope: '\\ud800' },
      { ...base, headers: { a: 'b' } },
      { ...base, headers: { a: 'c' } },
      { ...base, headers: { a: 'b', c: 'd' } },
      { ...base, parameters: { a: 'b' } },
      { ...base, response: { token: 'a.b' } },
      { ...base, response: { token: 'a.c' } },
      { ...base, response: { scope: 'a.b' } },
      { ...base, clientId: 'an-idclientSecret' },
      { ...base, clientId: 'an-id","s' },
      { ...base, clientSecret: 'a-secret ' },
      { ...base, clientSecret: undefined },
      { ...base, clientSecret: '' },
      { ...base, clientSecret: ['a-secret'] },
      { ...base, clientSecret: '\ufffd' },
      { ...base, passphrase: 'a-secret', clientSecret: undefined },
      { ...base, passphrase: 'a-secret' },
      { ...base, environment: 'live' },
      { ...base, environment: 'sandbox' },
      { ...base, unknown: 'x' },
      { ...base, assertion: { claims: { a: 1, b: 2 } } },
      { ...base, assertion: { header: { a: 1, b: 2 } } },
      { ...base, parameters: [] },
      { ...base, parameters: '{}' },
      { ...base, parameters: { a: '1', b: '2' } },
      { ...base, parameters: { a: ['1', '1'], b: '2' } },
      { ...base, parameters: { a: '["1"]', b: '2' } },
      { ...base, parameters: { password: 'x' } },
      { ...base, parameters: { password: 'y' } },
      { ...base, parameters: { refresh_token: 'x' } },
      { ...base, parameters: { passwords: 'x' } },
      { ...base, password: 'x' },
      { ...base, privateKey: jwk },
      { ...base, privateKey: { ...jwk, d: 'e' } },
      { ...base, privateKey: { ...jwk, kid: 'k' } },
      { ...base, privateKey: { keys: [jwk] } },
      { ...base, privateKey: JSON.stringify(jwk) },
      { ...base, privateKey: Buffer.from(JSON.stringify(jwk)).toString('hex') },
      { ...base, privateKey: cryptoKey, keyId: '1' },
      { ...base, privateKey: cryptoKey, keyId: '2' },
      { ...base, privateKey: otherCurve, keyId: '1' },
      { ...base, sign, keyId: '1' },
      { ...base, sign, keyId: '2' },
      { ...base, keyId: '1' },
    ];
    const keys = new Map();
    for (const config of configs) {
      const key = await storeKeyOf(/** @type {any} */ (config));
      assert.match(key, /^[0-9a-f]{64}$/);
      assert.deepEqual(keys.get(key), undefined);
      keys.set(key, config);
    }
  });

  test('doesn\'t depend on how the same configuration is written', async () => {
    const key = await storeKeyOf(/** @type {any} */ (base));
    const withGetters = Object.defineProperties(
      { [Symbol('x')]: 'unseen' },
      {
        clientSecret: { get: () => 'a-secret', enumerable: true },
        hidden: { value: 'unseen', enumerable: false },
        clientId: { get: () => 'an-id', enumerable: true },
        provider: { get: () => 'here', enumerable: true },
      },
    );
    for (const same of [
      { clientSecret: 'a-secret', clientId: 'an-id', provider: 'here' },
      { ...base, scope: undefined },
      { ...base, parameters: {} },
      { ...base, headers: {}, assertion: {} },
      withGetters,
      { ...withGetters },
    ]) {
      assert.equal(await storeKeyOf(/** @type {any} */ (same)), key);
    }
    const privateKey = '{"kty":"oct"}';
    assert.equal(
      await storeKeyOf({ ...base, privateKey }),
      await storeKeyOf({ ...base, privateKey: Buffer.from(privateKey) }),
    );
  });

  test('of a loaded file is that of what it holds', async () => {
    const file =
      'here.token.endpoint.url=https://account.api.here.com/oauth2/token\nhere.client.id=c\nhere.access.key.id=an-id\nhere.access.key.secret=a-secret\n';
    const loaded = await loadCredentials(file);
    const { provider, clientId, clientSecret, tokenEndpoint } = loaded;
    assert.equal(clientSecret, 'a-secret');
    const plain = JSON.parse(JSON.stringify({ provider, clientId, clientSecret, tokenEndpoint }));
    assert.deepEqual(Object.keys(loaded).sort(), Object.keys(plain).sort());
    assert.equal(await storeKeyOf(loaded), await storeKeyOf(plain));
  });

  test('is made of what the configuration was when it was asked for', async () => {
    const config = { ...base, parameters: { a: '1' } };
    const asked = storeKeyOf(/** @type {any} */ (config));
    config.clientSecret = 'another';
    config.parameters.a = '2';
    assert.equal(
      await asked,
      await storeKeyOf(/** @type {any} */ ({ ...base, parameters: { a: '1' } })),
    );
  });

  test('needs a name for a key that it can not see', async () => {
    for (const [config, field] of [
      [{ ...base, privateKey: cryptoKey }, 'privateKey'],
      [{ ...base, sign }, 'sign'],
      [{ ...base, sign, keyId: '' }, 'sign'],
      [{ ...base, sign, keyId: 7 }, 'sign'],
    ]) {
      await assert.rejects(
        storeKeyOf(/** @type {any} */ (config)),
        refusal(
          `^config\\.${field} doesn't show which key it is, .*: name the key in config\\.keyId$`,
        ),
      );
    }
  });

  test('refuses what it could not tell from something else', async () => {
    for (const value of [
      new Map(),
      new Date(),
      1n,
      Symbol('s'),
      NaN,
      () => {},
      /x/,
      '\ud800',
      new Uint16Array(1),
      { a: 1n },
      Object.assign([], { toJSON: () => undefined }),
    ]) {
      await assert.rejects(
        storeKeyOf(/** @type {any} */ ({ ...base, scope: value })),
        refusal("^config\\.scope holds what JSON can't hold"),
      );
    }
    const circular = {};
    Object.assign(circular, { circular });
    await assert.rejects(
      storeKeyOf(/** @type {any} */ ({ ...base, parameters: { password: circular } })),
      refusal('^config\\.parameters holds'),
    );
    for (const none of [undefined, null, 'config', 7, [base]]) {
      await assert.rejects(
        storeKeyOf(/** @type {any} */ (none)),
        refusal('^config must be an object$'),
      );
      await assert.rejects(
        sealerOf(/** @type {any} */ (none), 'key'),
        refusal('^config must be an object$'),
      );
    }
  });
});

suite('records that node:crypto has sealed, which Go opens, too', async () => {
  const file = new URL('../../../core/testdata/store/records.json', import.meta.url);
  const { schema, tests } = JSON.parse(await readFile(file, 'utf8'));
  assert.equal(schema, 'fetchtoken/store/1');
  for (const { id, configs, sealingKey, storeKey, value, record } of tests) {
    test(id, async () => {
      for (const config of configs) {
        assert.equal(await storeKeyOf(config), storeKey);
        assert.deepEqual(await (await sealerOf(config, storeKey, sealingKey)).open(record), value);
      }
    });
  }
});

suite('the seal', () => {
  const storeKey = createHash('sha256').update('a store key').digest('hex');
  const token = {
    access_token: randomBytes(300).toString('hex'),
    token_type: 'Bearer',
    expires_at: 1_800_000_000,
    text: 'é✓😀',
  };
  const credential = messageOf(
    ['clientId', 's', 'an-id'],
    ['clientSecret', 's', 'a-secret'],
    ['parameters', 'j', '{"code":"","password":"p","x":"1"}'],
    ['provider', 's', 'here'],
  );
  const config = /** @type {any} */ ({ parameters: { x: '1', password: 'p', code: '' }, ...base });
  const given = new Uint8Array(32).fill(7);

  for (const [name, key, material, info] of /** @type {const} */ ([
    ['the secrets of the configuration', undefined, credential, 'fetchtoken seal 2 credential'],
    ['a key of bytes', given, given, 'fetchtoken seal 2 key'],
    ['a key of text', 'é, and more text', 'é, and more text', 'fetchtoken seal 2 key'],
  ])) {
    test(`with ${name} is AES-256-GCM under a key of HKDF-SHA256`, async () => {
      const aes = hkdf(material, storeKey, info);
      const { seal, open } = await sealerOf(config, storeKey, key);

      const [version, iv, sealed] = (await seal(token)).split('.');
      assert.equal(version, '2');
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', aes, Buffer.from(iv, 'base64url'))
        .setAAD(Buffer.from(`2.${storeKey}`))
        .setAuthTag(bytes.subarray(-16));
      assert.deepEqual(
        JSON.parse(
          decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8'),
        ),
        token,
      );

      const theirIV = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', aes, theirIV).setAAD(
        Buffer.from(`2.${storeKey}`),
      );
      const theirs = Buffer.concat([
        cipher.update(JSON.stringify(token)),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      assert.deepEqual(
        await open(`2.${theirIV.toString('base64url')}.${theirs.toString('base64url')}`),
        token,
      );
    });
  }

  test('is another one each time', async () => {
    const { seal, open } = await sealerOf(config, storeKey);
    const records = await Promise.all(Array.from({ length: 50 }, () => seal(token)));
    assert.equal(new Set(records.map((record) => record.split('.')[1])).size, 50);
    for (const record of records) {
      assert.deepEqual(await open(record), token);
    }
  });

  test('holds a large token', async () => {
    const { seal, open } = await sealerOf(config, storeKey);
    const large = { access_token: 'x'.repeat(1_000_000) };
    assert.deepEqual(await open(await seal(large)), large);
  });

  test('opens nothing in which a bit has changed', async () => {
    const { seal, open } = await sealerOf(config, storeKey);
    const record = await seal({ access_token: 'tokens' }); // its base64url has bits to spare
    assert.notEqual(record.split('.')[2].length % 4, 0);
    for (let i = 0; i < record.length; i++) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const changed =
          record.slice(0, i) +
          String.fromCharCode(record.charCodeAt(i) ^ bit) +
          record.slice(i + 1);
        assert.equal(await open(changed), undefined, `bit ${bit} of character ${i}`);
      }
    }
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const digit of digits.replace(record.slice(-1), '')) {
      assert.equal(
        await open(record.slice(0, -1) + digit),
        undefined,
        `${digit} as the last character`,
      );
    }
    assert.deepEqual(await open(record), { access_token: 'tokens' });
  });

  test('opens nothing of anybody else', async () => {
    const record = await (await sealerOf(config, storeKey)).seal(token);
    for (const [other, otherKey, key] of [
      [config, storeKey.replace(/^./, (c) => (c === '0' ? '1' : '0')), undefined],
      [{ ...config, clientSecret: 'another' }, storeKey, undefined],
      [{ ...config, clientSecret: 'a-secre', passphrase: 't' }, storeKey, undefined],
      [{ ...config, parameters: { password: 'q' } }, storeKey, undefined],
      [config, storeKey, given],
      [config, storeKey, credential],
    ]) {
      assert.equal(await (await sealerOf(other, otherKey, key)).open(record), undefined);
    }
    const sealed = await (await sealerOf(config, storeKey, given)).seal(token);
    assert.equal(await (await sealerOf(config, `${storeKey}0`, given)).open(sealed), undefined);
    assert.deepEqual(
      await (await sealerOf({ ...config, clientSecret: 'rotated' }, storeKey, given)).open(sealed),
      token,
      'the key is what counts',
    );
  });

  test('opens no other format, and never throws', async () => {
    const { seal, open } = await sealerOf(config, storeKey);
    const record = await seal(token);
    const [, iv, sealed] = record.split('.');
    for (const other of [
      '',
      '2',
      '2.',
      '2..',
      '2.A.A',
      JSON.stringify(token),
      `0.${iv}.${sealed}`,
      `1.${iv}.${sealed}`,
      `2.${iv}`,
      `2.${iv}.`,
      `2.${iv}.${sealed}.`,
      ` ${record}`,
      `${record}\n`,
      `${record}=`,
      `2.${sealed}.${iv}`,
      `2.${iv}.${sealed.slice(0, -4)}`,
      `2.${iv}.AAAA`,
      `2.${iv}.A`,
      `2.${iv}+${sealed}`,
      `2.${iv}.${sealed.replaceAll('-', '+')}+`,
      undefined,
      null,
      7,
      {},
      [],
      {
        toString() {
          throw new Error('no');
        },
      },
    ]) {
      assert.equal(
        await open(/** @type {any} */ (other)),
        undefined,
        String(JSON.stringify(other)),
      );
    }
  });

  test('needs something to seal with', async () => {
    for (const [hidden, field] of [
      [{ ...base, privateKey: cryptoKey, keyId: '1' }, 'privateKey'],
      [{ ...base, sign, keyId: '1' }, 'sign'],
    ]) {
      await assert.rejects(
        sealerOf(/** @type {any} */ (hidden), storeKey),
        refusal(
          `^config\\.${field} doesn't show its key, .*: give options\\.sealingKey to seal them ` +
          `with$`,
        ),
      );
      const { seal, open } = await sealerOf(/** @type {any} */ (hidden), storeKey, given);
      assert.deepEqual(await open(await seal(token)), token);
    }
    for (const open of [
      {},
      { clientId: 'public', clientAuth: 'none' },
      { clientSecret: '' },
      { headers: { 'x-request-id': '{uuid}', 'x-api-key': 'a key of 16 bytes' } },
      { clientSecret: undefined, parameters: { scope: 'x' } },
      { parameters: { password: '', code: [''] }, assertion: { claims: { a: 'b' } } },
    ]) {
      await assert.rejects(
        sealerOf(/** @type {any} */ (open), storeKey),
        refusal(
          '^config has no secret with which .*: give options\\.sealingKey to seal them with$',
        ),
      );
      await sealerOf(/** @type {any} */ (open), storeKey, given);
    }
    for (const key of [
      null,
      7,
      '',
      'fifteen letters',
      new Uint8Array(15),
      new ArrayBuffer(32),
      Array(32).fill(1),
      cryptoKey,
    ]) {
      await assert.rejects(
        sealerOf(config, storeKey, /** @type {any} */ (key)),
        refusal('^the key to seal with must be a Uint8Array or a string of at least 16 bytes$'),
      );
    }
  });

  test('needs WebCrypto, and says so', async () => {
    const whole = /** @type {PropertyDescriptor} */ (
      Object.getOwnPropertyDescriptor(globalThis, 'crypto')
    );
    for (const value of [undefined, { getRandomValues() {} }]) {
      Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
      try {
        await assert.rejects(storeKeyOf(config), refusal('crypto\\.subtle.*https'));
        await assert.rejects(sealerOf(config, storeKey), refusal('crypto\\.subtle.*https'));
      } finally {
        Object.defineProperty(globalThis, 'crypto', whole);
      }
    }
  });
});

test('no secret and no token is in what a store sees, or in an error', async () => {
  const mark = () =>
    `${randomBytes(12).toString('hex')}&=+%/ "\\é${randomBytes(12).toString('hex')}`;
  const marks = Array.from({ length: 8 }, mark);
  const [clientSecret, passphrase, password, d, pem, refresh, access, key] = marks;
  const secrets = new Secrets();
  marks.forEach((secret) => secrets.add(secret, 2));
  const parameters = { password, refresh_token: [refresh], other: 'x' };
  const token = { access_token: access, refresh_token: refresh, expires_at: 1_800_000_000 };
  assert.notDeepEqual(secrets.find({ plain: JSON.stringify(token) }), [], 'a leak would be found');

  for (const config of [
    { ...base, clientSecret, parameters },
    { ...base, privateKey: { kty: 'EC', d }, passphrase },
    { ...base, privateKey: { keys: [{ kty: 'EC', d }] } },
    { ...base, privateKey: pem, passphrase, parameters },
    { ...base, privateKey: Buffer.from(pem), clientSecret },
  ]) {
    for (const given of [undefined, key]) {
      const storeKey = await storeKeyOf(/** @type {any} */ (config));
      const sealer = await sealerOf(/** @type {any} */ (config), storeKey, given);
      const record = await sealer.seal(token);
      assert.deepEqual(await sealer.open(record), token);
      assert.deepEqual(
        secrets.find({ storeKey, record, 'the sealer': placesOf(sealer)['util.inspect'] }),
        [],
      );
    }
    const broken = { ...config, scope: new Map([[clientSecret, password]]) };
    const unseen = { ...config, sign };
    for (const call of [
      () => storeKeyOf(/** @type {any} */ (broken)),
      () => storeKeyOf(/** @type {any} */ (unseen)),
      () => sealerOf(/** @type {any} */ (unseen), 'k'),
      () => sealerOf(/** @type {any} */ (config), 'k', /** @type {any} */ ([key])),
    ]) {
      const error = await call().then(
        () => assert.fail('it works'),
        (e) => e,
      );
      assert.equal(error.code, 'invalid_config');
      assert.deepEqual(secrets.find(placesOf(error)), []);
    }
  }
});
