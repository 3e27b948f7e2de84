// Whoever signs, jose accepts it: for every algorithm, in any runtime. What it is handed is all
// that it needs; jose comes along.

import * as jose from 'jose';

/** @typedef {typeof import('../types.js').fetchToken} FetchToken */
/** @typedef {{ name: string, run: (fetchToken: FetchToken) => Promise<void> }} Signer */
/**
 * @typedef {{ alg: string, pem: string, jwk: JsonWebKey, privateKey: CryptoKey, publicKey:
 *   CryptoKey, another: CryptoKey }} Keys
 */

/** What WebCrypto calls the algorithms (RFC 7518 appendix A.1, RFC 8037). */
const rsa = (/** @type {string} */ name, /** @type {number} */ bits) => ({
  name,
  hash: `SHA-${bits}`,
  saltLength: bits / 8,
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
});
const ecdsa = (/** @type {number} */ bits, /** @type {string} */ namedCurve) => ({
  name: 'ECDSA',
  hash: `SHA-${bits}`,
  namedCurve,
});
/** @type {Record<string, any>} */
const ALGORITHMS = {
  RS256: rsa('RSASSA-PKCS1-v1_5', 256),
  RS384: rsa('RSASSA-PKCS1-v1_5', 384),
  RS512: rsa('RSASSA-PKCS1-v1_5', 512),
  PS256: rsa('RSA-PSS', 256),
  PS384: rsa('RSA-PSS', 384),
  PS512: rsa('RSA-PSS', 512),
  ES256: ecdsa(256, 'P-256'),
  ES384: ecdsa(384, 'P-384'),
  ES512: ecdsa(512, 'P-521'),
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
};

const CLIENT = { tokenEndpoint: 'https://as.example/token', clientId: 'client-1', keyId: 'key-1' };

/** @type {Map<string, Promise<Keys>>} */
const made = new Map();

/**
 * Returns a pair of keys for an algorithm, in every form, and somebody else's.
 *
 * @param {string} alg
 * @returns {Promise<Keys>}
 */
function keysFor(alg) {
  if (!made.has(alg)) {
    made.set(alg, makeKeys(alg));
  }
  return /** @type {Promise<Keys>} */ (made.get(alg));
}

/** @param {string} alg */
async function makeKeys(alg) {
  const parameters = ALGORITHMS[alg];
  const generate = async () =>
    /** @type {CryptoKeyPair} */ (
      await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
    );
  const [pair, another] = [await generate(), await generate()];
  const pem = await jose.exportPKCS8(pair.privateKey);
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const privateKey = /** @type {CryptoKey} */ (
    await jose.importPKCS8(pem, alg, { extractable: false })
  );
  return { alg, pem, jwk, privateKey, publicKey: pair.publicKey, another: another.publicKey };
}

/**
 * What each sender can be given to sign with.
 *
 * @type {Record<string, (keys: Keys) => Record<string, unknown>>}
 */
const WAYS = {
  'the key as PEM': ({ alg, pem }) => ({ privateKey: pem, alg }),
  'the key as a JWK': ({ alg, jwk }) => ({ privateKey: { ...jwk, alg }, alg }),
};

/** What only the package's own can be. @type {typeof WAYS} */
const WAYS_OF_HOST = {
  'a CryptoKey that can not be exported': ({ alg, privateKey }) => ({ privateKey, alg }),
  'a function that returns an ArrayBuffer': ({ alg, privateKey }) => ({
    alg,
    sign: (/** @type {any} */ data) => crypto.subtle.sign(ALGORITHMS[alg], privateKey, data),
  }),
  'a function that returns bytes': ({ alg, privateKey }) => ({
    alg,
    sign: async (/** @type {any} */ data) =>
      new Uint8Array(await crypto.subtle.sign(ALGORITHMS[alg], privateKey, data)),
  }),
};

/**
 * Gets a token and returns the assertion that was sent.
 *
 * @param {FetchToken} fetchToken
 * @param {object} config
 * @param {object} [options]
 */
async function assertionOf(fetchToken, config, options) {
  let body = '';
  const fetch = async (/** @type {any} */ _, /** @type {any} */ init) => {
    body = init.body;
    return new Response('{"access_token":"t"}');
  };
  await fetchToken(/** @type {any} */ ({ ...CLIENT, ...config }), { fetch, ...options });
  return new URLSearchParams(body).get('client_assertion') ?? '';
}

/** Has jose judge an assertion. @param {string} assertion @param {Keys} keys */
async function judge(assertion, { alg, publicKey, another }) {
  const options = {
    algorithms: [alg],
    issuer: 'client-1',
    subject: 'client-1',
    audience: CLIENT.tokenEndpoint,
    typ: 'JWT',
  };
  const { protectedHeader } = await jose.jwtVerify(assertion, publicKey, options);
  equal(protectedHeader, { alg, typ: 'JWT', kid: 'key-1' });
  const refusal = await jose.jwtVerify(assertion, another, options).catch((e) => e);
  equal(refusal.code, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
}

/** @param {typeof WAYS} ways @returns {Signer[]} */
const tokensBy = (ways) =>
  Object.entries(ways).flatMap(([way, give]) =>
    Object.keys(ALGORITHMS).map((alg) => ({
      name: `${alg}, ${way}`,
      async run(fetchToken) {
        const keys = await keysFor(alg);
        for (let i = 0; i < 2; i++) {
          // the second time keys are kept
          await judge(await assertionOf(fetchToken, give(keys)), keys);
        }
      },
    })),
  );

/** Every sender's: Go signs in the raw module, WebCrypto in js/. */
export const signers = tokensBy(WAYS);

/** What only js/ can do. @type {Signer[]} */
export const hostSigners = [
  ...tokensBy(WAYS_OF_HOST),

  ...Object.keys(ALGORITHMS).filter((alg) => alg !== 'Ed25519').map((alg) => ({
    name: `the alg of a CryptoKey follows from it: ${alg}`,
    /** @param {FetchToken} fetchToken */
    async run(fetchToken) {
      const keys = await keysFor(alg);
      await judge(await assertionOf(fetchToken, { privateKey: keys.privateKey }), keys);
    },
  })),

  signer('50 at once', async (fetchToken) => {
    const keys = await Promise.all(['RS256', 'ES256', 'EdDSA'].map(keysFor));
    const ways = Object.values({ ...WAYS, ...WAYS_OF_HOST });
    await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      const key = keys[i % keys.length];
      await judge(await assertionOf(fetchToken, ways[i % ways.length](key)), key);
    }));
  }),

  signer('sign is told what it signs', async (fetchToken) => {
    const { privateKey } = await keysFor('ES256');
    /** @type {any[][]} */
    const calls = [];
    const sign = (/** @type {any[]} */ ...args) => {
      calls.push(args);
      return crypto.subtle.sign(ALGORITHMS.ES256, privateKey, args[0]);
    };
    const assertion = await assertionOf(fetchToken, { alg: 'ES256', sign });
    await assertionOf(fetchToken, { alg: 'ES256', sign, keyId: undefined });
    equal(calls.length, 2);
    ensure(calls[0][0] instanceof Uint8Array, 'data is not bytes');
    equal(new TextDecoder().decode(calls[0][0]), assertion.replace(/\.[^.]*$/, ''));
    equal(calls.map(([, info]) => info), [{ alg: 'ES256', keyId: 'key-1' }, { alg: 'ES256' }]);
  }),

  signer(
    'what sign throws, or rejects with, is the cause of an invalid_key',
    async (fetchToken) => {
      const thrown = Object.assign(new Error('User is not authorized to perform: kms:Sign'), {
        name: 'AccessDeniedException',
      });
      for (const sign of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
        async () => {
          throw thrown;
        },
      ]) {
        const error = await refuses(
          fetchToken,
          { alg: 'ES256', sign },
          'invalid_key',
          'sign failed: AccessDeniedException: User is not authorized',
        );
        equal(
          error.cause.message,
          'AccessDeniedException: User is not authorized to perform: kms:Sign',
        );
      }
      for (const nothing of [
        undefined,
        null,
        'text',
        5,
        {
          get message() {
            throw new Error('no');
          },
        },
      ]) {
        await refuses(
          fetchToken,
          { alg: 'ES256', sign: () => Promise.reject(nothing) },
          'invalid_key',
          'sign failed',
        );
      }
    },
  ),

  ...Object.entries({
    'nothing': [() => {}, 'not undefined'],
    'null': [() => null, 'not null'],
    'a text': [() => 'MEUCIQ', 'not string'],
    'an array': [() => [1, 2], 'not object'],
    'another view': [() => new DataView(new ArrayBuffer(64)), 'not object'],
    'no bytes': [() => new Uint8Array(), 'not 0 bytes'],
    'too few bytes': [
      () => new Uint8Array(63),
      '64 bytes, r and s side by side, or DER, not 63 bytes',
    ],
    'a signature of another curve': [() => new ArrayBuffer(96), 'not 96 bytes'],
  }).map(([what, [sign, says]]) => signer(`sign that returns ${what}`, async (fetchToken) => {
    await refuses(fetchToken, { alg: 'ES256', sign }, 'invalid_key', /** @type {string} */ (says));
  })),

  signer('sign that takes too long', async (fetchToken) => {
    const sign = () => new Promise(() => {});
    const error = await refuses(
      fetchToken,
      { alg: 'ES256', sign },
      'timeout',
      'sign did not answer in time',
      { timeout: 50 },
    );
    equal(error.retryable, true);
  }),

  signer('the time that sign takes counts', async (fetchToken) => {
    const { privateKey } = await keysFor('ES256');
    const sign = async (/** @type {any} */ data) => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return crypto.subtle.sign(ALGORITHMS.ES256, privateKey, data);
    };
    const started = Date.now();
    const fetch = () => new Promise(() => {});
    const error = await fetchToken(/** @type {any} */ ({ ...CLIENT, alg: 'ES256', sign }), {
      timeout: 6000,
      fetch: /** @type {any} */ (fetch),
    }).catch((e) => e);
    equal([error.code, error.message], ['timeout', 'https://as.example did not answer in time']);
    ensure(Date.now() - started < 8900, 'the time began anew');
  }),

  signer(
    "the caller's abort while sign is under way rejects with its reason, and before it nothing is signed",
    async (fetchToken) => {
      const controller = new AbortController();
      const reason = { why: 'the caller went away' };
      let calls = 0;
      const sign = () => {
        calls++;
        setTimeout(() => controller.abort(reason));
        return new Promise(() => {});
      };
      for (let i = 0; i < 2; i++) {
        const thrown = await fetchToken(/** @type {any} */ ({ ...CLIENT, alg: 'ES256', sign }), {
          fetch: unwanted,
          signal: controller.signal,
        }).catch((e) => e);
        ensure(thrown === reason, String(thrown));
      }
      equal(calls, 1);
    },
  ),

  signer('sign that can not be used', async (fetchToken) => {
    const sign = () => new Uint8Array(64);
    const { privateKey, pem } = await keysFor('ES256');
    await refuses(fetchToken, { sign }, 'invalid_config', 'alg is missing');
    await refuses(fetchToken, { sign, alg: 'HS256' }, 'invalid_config', 'unknown alg "HS256"');
    await refuses(fetchToken, { sign, alg: 'none' }, 'invalid_config', 'unknown alg "none"');
    await refuses(
      fetchToken,
      { sign, alg: 'ES256', privateKey },
      'invalid_config',
      'sign and privateKey are both given',
    );
    await refuses(
      fetchToken,
      { sign, alg: 'ES256', privateKey: pem },
      'invalid_config',
      'sign and privateKey are both given',
    );
    await refuses(
      fetchToken,
      { sign, alg: 'ES256', clientSecret: 'secret' },
      'invalid_config',
      'clientAuth is missing: both clientSecret and sign',
    );
    await refuses(
      fetchToken,
      { sign, alg: 'ES256', passphrase: 'secret' },
      'invalid_config',
      'passphrase is given',
    );
    for (const [wrong, what] of [
      ['text', 'a string'],
      [null, 'null'],
      [{}, 'an object'],
      [privateKey, 'a CryptoKey'],
    ]) {
      await refuses(
        fetchToken,
        { sign: wrong, alg: 'ES256' },
        'invalid_config',
        `sign must be a function (data, { alg, keyId }) => bytes, not ${what}`,
      );
    }
  }),

  signer('a CryptoKey that can not be used', async (fetchToken) => {
    const { publicKey, privateKey } = await keysFor('ES256');
    const generate = async (/** @type {any} */ parameters, /** @type {KeyUsage[]} */ usages) => {
      const made = /** @type {any} */ (await crypto.subtle.generateKey(parameters, false, usages));
      return made.privateKey ?? made;
    };
    const pss = await keysFor('PS256');
    const rsaKey = (await keysFor('RS384')).privateKey;
    /** @type {[any, string, string][]} */
    const cases = [
      [{ privateKey: publicKey }, 'invalid_key', 'privateKey is a public CryptoKey'],
      [
        { privateKey: await generate({ name: 'HMAC', hash: 'SHA-256' }, ['sign']) },
        'invalid_key',
        "clientAuth: 'client_secret_jwt'",
      ],
      [
        { privateKey: await generate({ name: 'AES-GCM', length: 256 }, ['encrypt']) },
        'invalid_key',
        "can't sign",
      ],
      [
        { privateKey: await generate({ name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits']) },
        'invalid_key',
        '"ECDH", which can\'t sign',
      ],
      [
        {
          privateKey: await generate({ ...ALGORITHMS.RS256, name: 'RSA-OAEP' }, [
            'decrypt',
            'encrypt',
          ]),
        },
        'invalid_key',
        "can't sign",
      ],
      [
        { privateKey: await generate({ ...ALGORITHMS.RS256, hash: 'SHA-1' }, ['sign', 'verify']) },
        'invalid_key',
        '"SHA-1"',
      ],
      [
        {
          privateKey: await generate({ ...ALGORITHMS.RS256, modulusLength: 1024 }, [
            'sign',
            'verify',
          ]),
        },
        'invalid_key',
        '1024 bits',
      ],
      [
        { privateKey, alg: 'ES384' },
        'invalid_key',
        "'ES384' can't be used with this key (EC P-256), which signs with: ES256",
      ],
      [
        { privateKey: rsaKey, alg: 'RS256' },
        'invalid_key',
        "'RS256' can't be used with this key (RSA), which signs with: RS384",
      ],
      [
        { privateKey: pss.privateKey, alg: 'RS256' },
        'invalid_key',
        "'RS256' can't be used with this key (RSA), which signs with: PS256",
      ],
      [{ privateKey, alg: 'HS256' }, 'invalid_config', 'unknown alg "HS256"'],
      [{ privateKey, passphrase: 'secret' }, 'invalid_config', 'passphrase is given'],
      [{ privateKey: { privateKey, publicKey } }, 'invalid_key', 'kty'],
      [
        { clientSecret: privateKey },
        'invalid_config',
        'clientSecret must be a string, not a CryptoKey',
      ],
    ];
    for (const [config, code, says] of cases) {
      await refuses(fetchToken, config, code, says);
    }
  }),
];

/** @param {string} name @param {Signer['run']} run @returns {Signer} */
function signer(name, run) {
  return { name, run };
}

/**
 * Runs them all, and says how many there are and which of them fail.
 *
 * @param {Signer[]} list
 * @param {FetchToken} fetchToken
 */
export async function runSigners(list, fetchToken) {
  const failures = [];
  for (const { name, run } of list) {
    try {
      await run(fetchToken);
    } catch (error) {
      failures.push({ name, message: String(error) });
    }
  }
  return { count: list.length, failures };
}

/**
 * Expects a TokenError before anything is sent, and returns it.
 *
 * @param {FetchToken} fetchToken
 * @param {object} config
 * @param {string} code
 * @param {string} says what the message has in it
 * @param {object} [options]
 */
async function refuses(fetchToken, config, code, says, options) {
  const error = await fetchToken(/** @type {any} */ ({ ...CLIENT, ...config }), {
    fetch: unwanted,
    ...options,
  }).catch((e) => e);
  equal([error.name, error.code], ['TokenError', code]);
  ensure(error.message.includes(says), `the message doesn't say ${says}: ${error.message}`);
  return error;
}

/** @type {any} */
const unwanted = () => {
  throw new Error('something was sent');
};

/** @param {unknown} condition @param {string} message */
function ensure(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/** @param {unknown} got @param {unknown} want */
function equal(got, want) {
  ensure(
    JSON.stringify(got) === JSON.stringify(want),
    `got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`,
  );
}
