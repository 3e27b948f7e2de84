// signOAuth1, beside the corpus: what only JavaScript can hand over, and when the module doesn't
// run. The judge is oauth-1.0a.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign as signByNode, verify } from 'node:crypto';
import { after, suite, test } from 'node:test';
import { runInNewContext } from 'node:vm';

import OAuth from 'oauth-1.0a';

import { TokenError, ready, signOAuth1 } from '../../node.js';
import { freshCopy } from '../support/fresh.js';
import { instances, kill } from '../support/instances.js';

const HASHES = { 'HMAC-SHA256': 'sha256', 'HMAC-SHA1': 'sha1' };

/** @type {Awaited<ReturnType<typeof freshCopy>>[]} */
const copies = [];
after(() => Promise.all(copies.map((copy) => copy.remove())));

/** What a request needs at the least. */
const request = {
  method: 'GET',
  url: 'https://api.example.com/v1/photos',
  consumerKey: 'key',
  consumerSecret: 'secret',
};

/**
 * What oauth-1.0a makes of a request.
 *
 * @param {any} request
 */
function judged({
  method,
  url,
  params = {},
  consumerKey,
  consumerSecret,
  token,
  tokenSecret = '',
  signatureMethod,
  nonce,
  timestamp,
  realm,
}) {
  const oauth = /** @type {any} */ (
    new OAuth({
      consumer: { key: consumerKey, secret: consumerSecret },
      signature_method: signatureMethod,
      hash_function: (text, key) =>
        createHmac(HASHES[/** @type {keyof typeof HASHES} */ (signatureMethod)], key)
          .update(text)
          .digest('base64'),
      ...(realm && { realm }),
    })
  );
  oauth.getNonce = () => nonce;
  oauth.getTimeStamp = () => timestamp;
  const signed = oauth.authorize(
    { method, url, data: structuredClone(params) },
    token && { key: token, secret: tokenSecret },
  );
  return { signature: signed.oauth_signature, authorization: oauth.toHeader(signed).Authorization };
}

/** @param {() => unknown} call @param {string} code @param {RegExp} message */
function assertThrows(call, code, message) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof TokenError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

/** Returns a function that returns a number below limit, always the same ones one after another. */
function numbers(seed = 1) {
  return (/** @type {number} */ limit) => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % limit;
  };
}

test('the first call starts the module, and importing does not', async () => {
  const copy = await freshCopy();
  copies.push(copy);
  const others = instances.length;
  const { signOAuth1, ready } = await copy.load();
  assert.equal(instances.length, others);
  assert.match(signOAuth1(request).authorization, /^OAuth oauth_consumer_key="key", /);
  await ready();
  assert.match(signOAuth1(request).authorization, /^OAuth oauth_consumer_key="key", /);
  assert.equal(instances.length, others + 1);
});

test('an instance that dies of it is replaced at once', async () => {
  const copy = await freshCopy();
  copies.push(copy);
  const { signOAuth1 } = await copy.load();
  const given = { ...request, nonce: 'n', timestamp: 1 };
  const want = signOAuth1(given);
  const started = instances.length;
  for (let deaths = 1; deaths <= 3; deaths++) {
    kill();
    assert.deepEqual(signOAuth1(given), want);
    assert.equal(instances.length, started + deaths);
  }
});

test('one that cannot be replaced is an error, and the next call tries again', async () => {
  const copy = await freshCopy();
  copies.push(copy);
  const { signOAuth1, ready } = await copy.load();
  await ready();
  const { Instance, instantiate } = WebAssembly;
  const fail = /** @type {any} */ (function () {
    throw new RangeError('no memory');
  });
  WebAssembly.Instance = fail;
  WebAssembly.instantiate = fail;
  try {
    kill();
    assert.throws(() => signOAuth1(request), { code: 'not_ready', message: /await ready\(\)/ });
    await assert.rejects(ready(), { code: 'module_failed', message: /no memory/ });
  } finally {
    WebAssembly.Instance = Instance;
    WebAssembly.instantiate = instantiate;
  }
  assert.ok(signOAuth1(request));
});

test('a fresh nonce and the time', async () => {
  await ready();
  const nonces = new Set();
  for (let i = 0; i < 1000; i++) {
    const before = Math.floor(Date.now() / 1000);
    const { authorization, baseString } = signOAuth1(request);
    const [, nonce] = /** @type {string[]} */ (/ oauth_nonce="([\w-]{22})"/.exec(authorization));
    const [, timestamp] = /** @type {string[]} */ (/ oauth_timestamp="(\d+)"/.exec(authorization));
    assert.ok(before <= Number(timestamp) && Number(timestamp) <= Date.now() / 1000);
    assert.ok(
      baseString.includes(`oauth_nonce%3D${nonce}%26`) &&
        baseString.includes(`oauth_timestamp%3D${timestamp}%26`),
    );
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 1000);
});

test('PLAINTEXT has neither, unless they are given (RFC 5849 section 3.1)', async () => {
  await ready();
  const plaintext = /** @type {const} */ ({
    ...request,
    signatureMethod: 'PLAINTEXT',
    version: '',
  });
  const bare = signOAuth1(plaintext);
  assert.equal(
    bare.authorization,
    'OAuth oauth_consumer_key="key", oauth_signature="secret%26", ' +
    'oauth_signature_method="PLAINTEXT"',
  );
  assert.equal(bare.signature, 'secret&');
  assert.match(
    signOAuth1({ ...plaintext, nonce: 'n', timestamp: 7 }).authorization,
    /oauth_nonce="n", .*oauth_timestamp="7"/,
  );
});

test('a thousand requests, signed as oauth-1.0a signs them', async () => {
  await ready();
  const random = numbers();
  // oauth-1.0a reads a query by decodeURIComponent, so there is no "+" in one, and it sorts by
  // UTF-16, so names are ASCII.
  const texts = [
    '',
    'a',
    'b',
    'value with blanks',
    '=&+%~-._',
    "!'()*",
    'é€😀',
    'x'.repeat(80),
    '%41',
    'https://a.example/?b=c#d',
  ];
  const text = () => texts[random(texts.length)];
  for (let i = 0; i < 1000; i++) {
    const names = Array.from(
      { length: random(5) },
      () => `n${random(9)}${['', '-', '[]', ' ', '~'][random(5)]}`,
    );
    const params = Object.fromEntries(
      names.map((name) => [name, random(4) > 0 ? text() : [text(), text()].sort()]),
    );
    const query = new URLSearchParams(
      Array.from({ length: random(3) }, (_, j) => [`q${j}`, text().replace('+', '')]),
    )
      .toString()
      .replaceAll('+', '%20');
    const given = {
      method: ['GET', 'POST', 'put', 'DELETE'][random(4)],
      url: `https://api${random(3)}.example.com${['', ':8443'][random(2)]}/v1/a%20b${query && '?'}${query}`,
      params,
      consumerKey: `key ${i}`,
      consumerSecret: `${text()}${random(70)}`,
      ...(random(2) > 0 && { token: `token${i}`, tokenSecret: text() }),
      ...(random(4) === 0 && { realm: 'Photos' }),
      signatureMethod: /** @type {keyof typeof HASHES} */ (Object.keys(HASHES)[random(2)]),
      nonce: `nonce${i}`,
      timestamp: 1_700_000_000 + i,
    };
    const { signature, authorization } = signOAuth1(given);
    assert.deepEqual({ signature, authorization: authorization.replaceAll(', ', ',') }, {
      ...judged(given), authorization: judged(given).authorization.replaceAll(', ', ','),
    }, JSON.stringify(given));
  }
});

test('objects of the web stand for what is sent', async () => {
  await ready();
  const plain = {
    ...request,
    method: 'POST',
    url: 'https://xn--bcher-kva.example/a%20b?q=%C3%A9',
    params: [
      ['x', '2'],
      ['x', '1'],
      ['é', ' +'],
    ],
    nonce: 'n',
    timestamp: 1,
  };
  const want = signOAuth1(/** @type {any} */ (plain));
  const url = new URL('HTTPS://bücher.example:443/a b?q=é');
  const params = new URLSearchParams('x=2&x=1&é=+%2B');
  assert.deepEqual(signOAuth1({ ...plain, url, params }), want);
  const Elsewhere = runInNewContext('({ Object, Array })');
  const foreign = Object.assign(new Elsewhere.Object(), plain, {
    params: Elsewhere.Array.from(plain.params),
  });
  assert.deepEqual(signOAuth1(foreign), want);
  assert.deepEqual(
    signOAuth1(/** @type {any} */ (Object.freeze({ ...plain, realm: undefined }))),
    want,
  );
});

for (const [what, wrong, message] of /** @type {[string, any, RegExp][]} */ ([
  ['nothing', undefined, /^request must be an object, not undefined/],
  ['null', null, /^request must be an object, not null/],
  ['a text', 'GET', /^request must be an object, not a string/],
  ['no url', { ...request, url: undefined }, /^url is missing/],
  ['a relative url', { ...request, url: '/v1' }, /^url is not an absolute URL/],
  [
    'another scheme',
    { ...request, url: new URL('ftp://api.example.com') },
    /^url must start with https/,
  ],
  [
    'user information',
    { ...request, url: new URL('https://u:p@api.example.com') },
    /^url has user information/,
  ],
  ['a fragment', { ...request, url: new URL('#top', request.url) }, /^url has a fragment/],
  ['a url that is a number', { ...request, url: 7 }, /^url must be a string, not a number/],
  ['no method', { ...request, method: undefined }, /^method is missing/],
  ['no consumer key', { ...request, consumerKey: undefined }, /^consumerKey is missing/],
  ['no consumer secret', { ...request, consumerSecret: undefined }, /^consumerSecret is missing/],
  [
    'a line break in a secret',
    { ...request, consumerSecret: 'secret\n' },
    /^consumerSecret contains a line break/,
  ],
  [
    'half a character',
    { ...request, tokenSecret: '\ud800' },
    /^tokenSecret must be a string, not text with half a character/,
  ],
  [
    'params that are a text',
    { ...request, params: 'a=b' },
    /^params must be an object, or an array of \[name, value\], not a string/,
  ],
  [
    'params that are a Map',
    { ...request, params: new Map([['a', 'b']]) },
    /^params must be an object, or .*, not a Map/,
  ],
  [
    'a param that is a number',
    { ...request, params: { a: 1 } },
    /^params\.a must be a string or an array of strings, not a number/,
  ],
  [
    'a pair of three',
    { ...request, params: [['a', 'b', 'c']] },
    /^params must be .* \[name, value\] with two strings/,
  ],
  ['an empty nonce', { ...request, nonce: '' }, /^nonce is empty/],
  [
    'a timestamp with a fraction',
    { ...request, timestamp: 1.5 },
    /^timestamp must be a whole number of seconds/,
  ],
  [
    'RSA without a key',
    { ...request, signatureMethod: 'RSA-SHA1' },
    /^privateKey is missing: RSA-SHA1 needs it/,
  ],
  [
    'another method',
    { ...request, signatureMethod: 'RSA-SHA224' },
    /^signatureMethod must be one of: HMAC-SHA256, .*, RSA-SHA1, PLAINTEXT/,
  ],
  ['a quotation mark in the realm', { ...request, realm: '"' }, /^realm must not contain/],
  [
    'another parameter of the header',
    { ...request, oauthParams: { callback: 'x' } },
    /oauthParams must start with oauth_/,
  ],
  [
    'a token among oauthParams',
    { ...request, oauthParams: [['oauth_token', 'x']] },
    /^oauthParams must not contain oauth_token/,
  ],
  [
    'an unknown field',
    { ...request, consumerkey: 'x' },
    /^unknown field "consumerkey": did you mean consumerKey\?/,
  ],
])) {
  test(`refused: ${what}`, async () => {
    await ready();
    assertThrows(() => signOAuth1(wrong), 'invalid_config', message);
  });
}

suite('with a private key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = /** @type {string} */ (privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const { consumerSecret, ...unsigned } = request;

  /** Verifies a signature by OpenSSL. @param {any} signed @param {string} hash */
  function assertSigned({ authorization, signature, baseString }, hash) {
    const bytes = Buffer.from(signature, 'base64');
    assert.ok(verify(hash, Buffer.from(baseString), publicKey, bytes));
    assert.ok(authorization.includes(`oauth_signature="${encodeURIComponent(signature)}"`));
  }

  for (const [signatureMethod, hash] of /** @type {const} */ ([
    ['RSA-SHA256', 'sha256'],
    ['RSA-SHA512', 'sha512'],
    ['RSA-SHA1', 'sha1'],
  ])) {
    test(`${signatureMethod}: a PEM, a JWK, a CryptoKey and a function`, async () => {
      const der = privateKey.export({ format: 'der', type: 'pkcs8' });
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: hash.replace('sha', 'SHA-') };
      const cryptoKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
      const jwk = /** @type {any} */ (privateKey.export({ format: 'jwk' }));
      for (const key of [pem, jwk, new Uint8Array(der), cryptoKey]) {
        const given = { ...unsigned, privateKey: key, signatureMethod };
        assertSigned(await signOAuth1(given), hash);
        assertSigned(await signOAuth1(given), hash);
      }
      /** @type {any[]} */
      const asked = [];
      const sign = (/** @type {Uint8Array} */ data, /** @type {any} */ info) => {
        asked.push(info);
        return signByNode(hash, data, privateKey);
      };
      assertSigned(await signOAuth1({ ...unsigned, sign, signatureMethod, keyId: 'k' }), hash);
      assert.deepEqual(asked, [{ alg: signatureMethod.replace('RSA-SHA', 'RS'), keyId: 'k' }]);
    });
  }

  test('a fresh nonce in each, and the same one under the signature', async () => {
    const nonces = new Set();
    for (let i = 0; i < 3; i++) {
      const { authorization, baseString } = await signOAuth1({ ...unsigned, privateKey: pem });
      const [, nonce] = /** @type {string[]} */ (/ oauth_nonce="([\w-]{22})"/.exec(authorization));
      assert.ok(baseString.includes(`oauth_nonce%3D${nonce}%26`));
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 3);
  });

  test('a signer that fails, and no word of a secret', async () => {
    const given = { ...unsigned, token: 'the-token', tokenSecret: 't0ken-secret' };
    /** @type {[sign: any, code: string, message: RegExp][]} */
    const signers = [
      [() => Promise.reject(new Error('no t0ken-secret')), 'invalid_key', /^sign failed: no \[red/],
      [() => 'text', 'invalid_key', /^sign must return the signature as a Uint8Array .+ string$/],
      [() => new Uint8Array(64), 'invalid_key', /signature of RS256, .+, not 64 bytes$/],
    ];
    for (const [sign, code, message] of signers) {
      await assert.rejects(signOAuth1({ ...given, sign }), { code, message });
    }
    const { privateKey: ec } = await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'],
    );
    await assert.rejects(signOAuth1({ ...given, privateKey: ec }), {
      code: 'invalid_key', message: /RSA-SHA256 can't be used with this key \(EC P-256\)/,
    });
    await assert.rejects(
      signOAuth1(/** @type {any} */ ({ ...given, privateKey: pem, consumerSecret: 's3cret' })),
      { code: 'invalid_config', message: /^privateKey goes with .+ without a consumerSecret$/ },
    );
  });
});
