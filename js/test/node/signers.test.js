// Whoever signs, in Node; and what can only be seen there.

import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, sign as signNow } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

import { jwtVerify } from 'jose';

import { fetchToken } from '../../node.js';
import { hostSigners, signers } from '../signers.js';
import { loadRaw } from '../support/raw.js';

const raw = await loadRaw();

suite('js/', () => {
  for (const { name, run } of [...signers, ...hostSigners]) {
    test(name, { timeout: 20_000 }, () => run(fetchToken));
  }
});

suite('the raw module', () => {
  for (const { name, run } of signers) {
    test(name, { timeout: 20_000 }, () => run(raw));
  }
});

const CLIENT = { tokenEndpoint: 'https://as.example/token', clientId: 'client-1' };

/** @param {any} config */
async function assertionOf(config) {
  let body = '';
  await fetchToken(
    { ...CLIENT, ...config },
    {
      fetch: async (_, init) => {
        body = String(init?.body);
        return Response.json({ access_token: 't' });
      },
    },
  );
  return new URLSearchParams(body).get('client_assertion') ?? '';
}

for (const [alg, namedCurve] of [
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
]) {
  test(`a function that returns DER, as key services do: ${alg}`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    for (let i = 0; i < 20; i++) {
      // numbers of DER have different lengths
      const assertion = await assertionOf({
        alg,
        sign: (/** @type {Uint8Array} */ data) =>
          signNow(`sha${alg.slice(2)}`, data, { key: privateKey, dsaEncoding: 'der' }),
      });
      await jwtVerify(assertion, publicKey, { algorithms: [alg] });
    }
  });
}

test('a key is imported once for each algorithm, not for each token, and can not be exported', async (t) => {
  const importKey = t.mock.method(SubtleCrypto.prototype, 'importKey');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  for (let i = 0; i < 3; i++) {
    await assertionOf({ privateKey: pem, clientId: `client-${i}` });
    await assertionOf({ privateKey: createPrivateKey(pem).export({ format: 'jwk' }) });
  }
  const imported = () =>
    importKey.mock.calls.filter(({ arguments: [format] }) => format === 'pkcs8');
  assert.deepEqual(
    [imported().length, importKey.mock.callCount()],
    [1, 2],
    'the public key too, once',
  );
  await assertionOf({ privateKey: pem, alg: 'PS256' });
  assert.deepEqual([imported().length, importKey.mock.callCount()], [2, 4]);
  for (const {
    result,
    arguments: [, bytes],
  } of imported()) {
    const key = await /** @type {Promise<CryptoKey>} */ (result);
    assert.deepEqual([key.extractable, key.usages], [false, ['sign']]);
    assert.ok(
      new Uint8Array(/** @type {ArrayBuffer} */ (bytes)).every((b) => b === 0),
      'the copy of the key is cleared',
    );
  }
});

test('a key whose parts do not belong together signs nothing, also after the right one has signed', async () => {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  });
  const otherEC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  });
  /** @type {{ tests: any[] }} */
  const { tests } = JSON.parse(
    readFileSync(
      new URL('../../../core/testdata/vectors/key-formats.json', import.meta.url),
      'utf8',
    ),
  );
  const noPrimes = tests
    .filter(({ comment }) => /is no prime$/.test(comment))
    .map(({ input }) => input.key);
  assert.equal(noPrimes.length, 2);
  const pair =
    /^privateKey is damaged: its public part doesn't belong to its private part; copy it again, whole$/;
  const numbers =
    /^privateKey is a damaged RSA key: its numbers don't belong together; copy it again, whole/;
  for (const [right, wrong, message] of /** @type {[any, any, RegExp][]} */ ([
    [jwk, { ...jwk, x: other.x }, pair],
    [
      ec,
      { ...ec, x: otherEC.x, y: otherEC.y },
      /^privateKey (is damaged: its public part|can't sign here: .+ or it is damaged)/,
    ], // some WebCryptos look themselves
    ...noPrimes.map((key) => [undefined, key, numbers]),
  ])) {
    if (right !== undefined) {
      await assertionOf({ privateKey: right });
    }
    for (let i = 0; i < 2; i++) {
      await assert.rejects(assertionOf({ privateKey: wrong }), { code: 'invalid_key', message });
    }
  }
});

test('many keys, of which not all are kept', async (t) => {
  const pairs = Array.from({ length: 70 }, () => generateKeyPairSync('ed25519'));
  const importKey = t.mock.method(SubtleCrypto.prototype, 'importKey');
  for (const { privateKey, publicKey } of [...pairs, pairs[0], pairs[0]]) {
    await jwtVerify(
      await assertionOf({ privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
      publicKey,
    );
  }
  assert.equal(
    importKey.mock.calls.filter(({ arguments: [format] }) => format === 'pkcs8').length,
    71,
    'the first was dropped meanwhile, and is kept again',
  );
});

test('where WebCrypto does not know the algorithm the error says so', async (t) => {
  t.mock.method(SubtleCrypto.prototype, 'importKey', async () => {
    throw new DOMException('Unrecognized name.', 'NotSupportedError');
  });
  const { privateKey } = generateKeyPairSync('ed25519');
  const error = await assertionOf({
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }).catch((e) => e);
  assert.deepEqual([error.name, error.code], ['TokenError', 'invalid_key']);
  assert.match(error.message, /^privateKey can't sign here: .*EdDSA.*: NotSupportedError$/);
});

test('a damaged key that WebCrypto does not take', async () => {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  });
  // no point of the curve has these coordinates
  const ones = Buffer.alloc(32, 1).toString('base64url');
  const error = await assertionOf({ privateKey: { ...jwk, x: ones, y: ones } }).catch((e) => e);
  assert.deepEqual([error.name, error.code], ['TokenError', 'invalid_key']);
  assert.match(error.message, /^privateKey /);
  assert.ok(!error.stack.includes(jwk.d), 'no part of the key');
});

test('the raw module says who takes what it can not', async () => {
  const { privateKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign', 'verify'],
  );
  for (const [field, config] of Object.entries({
    privateKey: { privateKey },
    sign: { sign: () => new Uint8Array(64), alg: 'ES256' },
  })) {
    const error = await raw(/** @type {any} */ ({ ...CLIENT, ...config })).catch((e) => e);
    assert.equal(error.code, 'invalid_config');
    assert.match(
      error.message,
      new RegExp(
        `^${field} is a (function|CryptoKey), which only fetchToken of the npm package takes`,
      ),
    );
  }
});

test('a private key becomes no string on its way to WebCrypto, and its signature is masked', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const seen = privateKey.export({ type: 'pkcs8', format: 'der' });
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const scalar = Buffer.from(d, 'base64url');
  assert.ok(seen.includes(scalar));
  const { decode } = TextDecoder.prototype;
  let [decoded, keys] = [0, 0];
  t.mock.method(TextDecoder.prototype, 'decode', function (/** @type {Uint8Array} */ bytes) {
    decoded++;
    // now, for the module reuses its memory
    keys += Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(scalar));
    return decode.call(this, bytes);
  });
  let signature = '';
  const answer = fetchToken(
    { ...CLIENT, privateKey: new Uint8Array(seen) },
    {
      fetch: async (_, init) => {
        signature =
          /\.([\w-]+)$/.exec(
            new URLSearchParams(String(init?.body)).get('client_assertion') ?? '',
          )?.[1] ?? '';
        return Response.json(
          {
            error: 'invalid_client',
            // a colon, for a letter there may be the one that stands before the part
            error_description: `not ${signature}, nor: ${signature.slice(20, 40)}`,
          },
          { status: 401 },
        );
      },
    },
  );
  await assert.rejects(answer, {
    code: 'error_response',
    errorDescription: 'not [redacted], nor: [redacted]',
  });
  assert.equal(signature.length, 86);
  assert.equal(keys, 0);
  assert.ok(decoded > 0);
});

test('the bytes of a key are read when fetchToken is called, whatever becomes of them then', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const bytes = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const assertion = assertionOf({ privateKey: bytes });
  bytes.fill(0);
  await jwtVerify(await assertion, publicKey, { algorithms: ['ES256'] });
});
