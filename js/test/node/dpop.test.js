// DPoP (RFC 9449): proofs that jose verifies, and what a client makes of nonces and refusals.
// ../oidc-provider.test.js has real servers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';

import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';

import { Prover } from '../../token/dpop.js';
import { createClient } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const START = Date.parse('2026-11-20T12:00:00Z');
const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
};

const ALGORITHMS = /** @type {[string, any][]} */ ([
  ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
  ['ES384', { name: 'ECDSA', namedCurve: 'P-384' }],
  ['ES512', { name: 'ECDSA', namedCurve: 'P-521' }],
  ['EdDSA', { name: 'Ed25519' }],
  ...['RS', 'PS'].flatMap((scheme) =>
    [256, 384, 512].map((bits) => [
      `${scheme}${bits}`,
      {
        name: scheme === 'RS' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS',
        hash: `SHA-${bits}`,
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
    ]),
  ),
]);

/** @returns {Promise<CryptoKeyPair>} */
const generate = (algorithm = ALGORITHMS[0][1]) =>
  crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
const keys = await generate();
const random = (/** @type {number} */ size) => crypto.getRandomValues(new Uint8Array(size));
const json = (/** @type {object} */ body, /** @type {ResponseInit} */ init) =>
  Response.json(body, init);

/** Verifies a proof with jose and the key that is in it. @param {string} proof */
const verified = async (proof) =>
  jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    currentDate: new Date(START),
    clockTolerance: 1e9,
  });

suite('a proof', () => {
  // The example of RFC 9449 section 4.1.
  const EXAMPLE =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';

  test('for the token endpoint has what that of RFC 9449 section 4.1 has', async () => {
    const now = 1562262616_999;
    const proof = await new Prover(keys, () => now, random).prove({
      method: 'POST',
      url: 'https://server.example.com/token?a=b',
    });
    const [want, got] = [await verified(EXAMPLE), await verified(proof)];
    const { jti, ...claims } = got.payload;
    assert.deepEqual({ jti: want.payload.jti, ...claims }, want.payload);
    assert.equal(jti?.length, 22);
    const { jwk, ...header } = /** @type {any} */ (got.protectedHeader);
    assert.deepEqual(
      { ...header, jwk: Object.keys(jwk).sort() },
      {
        ...want.protectedHeader,
        jwk: Object.keys(/** @type {any} */ (want.protectedHeader.jwk)).sort(),
      },
    );
  });

  test('for an API has the hash of the token, that of RFC 9449 section 7.1', async () => {
    const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
    const proof = await new Prover(keys, Date.now, random).prove({
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      token,
    });
    const { ath, htm, htu } = decodeJwt(proof);
    assert.deepEqual(
      { ath, htm, htu },
      {
        ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
        htm: 'GET',
        htu: 'https://resource.example.org/protectedresource',
      },
    );
  });

  for (const [alg, algorithm] of ALGORITHMS) {
    test(`by ${alg} verifies, with public members only, though its key can be exported`, async () => {
      const pair = /** @type {CryptoKeyPair} */ (
        await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      );
      const proof = await new Prover(pair, Date.now, random).prove({
        method: 'POST',
        url: 'https://as.example/token',
      });
      const { protectedHeader } = await verified(proof);
      assert.equal(protectedHeader.alg, alg);
      const { key_ops, ext, alg: _, ...jwk } = await crypto.subtle.exportKey('jwk', pair.publicKey);
      assert.deepEqual(protectedHeader.jwk, jwk);
    });
  }

  test('is another one each time, and goes by the corrected clock', async () => {
    const prover = new Prover(keys, () => START, random);
    prover.offset = () => 400_000;
    const proofs = await Promise.all(
      [1, 2].map(() => prover.prove({ method: 'POST', url: 'https://as.example/token' })),
    );
    assert.deepEqual(
      proofs.map((proof) => decodeJwt(proof).iat),
      [START / 1000 + 400, START / 1000 + 400],
    );
    assert.equal(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size, 2);
  });

  test('has the nonce of its own origin', async () => {
    const prover = new Prover(keys, Date.now, random);
    prover.learn('https://a.example/x', 'nonce-a');
    prover.learn('https://a.example/y', null);
    const nonceFor = async (/** @type {string} */ url) =>
      decodeJwt(await prover.prove({ method: 'GET', url })).nonce;
    assert.deepEqual(
      [await nonceFor('https://a.example/'), await nonceFor('https://b.example/')],
      ['nonce-a', undefined],
    );
    prover.learn('https://a.example/z', 'nonce-b');
    assert.equal(await nonceFor('https://a.example/'), 'nonce-b');
  });
});

/** A server and an API of the test's own, which answer as they are told. */
function world({
  token = /** @type {any[]} */ ([]),
  api = /** @type {any[]} */ ([]),
  keys: pair = /** @type {CryptoKeyPair | null} */ (keys),
} = {}) {
  const w = {
    now: START,
    asked: /** @type {any[]} */ ([]),
    called: /** @type {any[]} */ ([]),
    events: /** @type {any[]} */ ([]),
    /** @type {any} */ client: undefined,
  };
  w.client = createClient(config, {
    dpop: pair ?? undefined,
    origins: ['https://api.example'],
    clock: { now: () => w.now, sleep: async () => {} },
    onEvent: (event) => w.events.push(event.type),
    fetch: async (input, init) => {
      const { url, method, headers } = new Request(input, init);
      const isToken = url === config.tokenEndpoint;
      const calls = isToken ? w.asked : w.called;
      const proof = headers.get('dpop');
      calls.push({
        url,
        method,
        proof,
        authorization: headers.get('authorization'),
        ...(proof && decodeJwt(proof)),
      });
      const answer = (isToken ? token : api)[calls.length - 1];
      return (
        answer?.() ??
        (isToken
          ? json({ access_token: `token-${calls.length}`, token_type: 'DPoP', expires_in: 3600 })
          : new Response('answer'))
      );
    },
  });
  return w;
}

const useNonce =
  (nonce = 'nonce-1') =>
  () =>
    json({ error: 'use_dpop_nonce' }, { status: 400, headers: { 'DPoP-Nonce': nonce } });
const challenged =
  (/** @type {string} */ challenge, nonce = '') =>
  () =>
    new Response('no', {
      status: 401,
      headers: { 'WWW-Authenticate': challenge, ...(nonce && { 'DPoP-Nonce': nonce }) },
    });

suite('the token request', () => {
  test('has a proof', async () => {
    const w = world();
    assert.equal((await w.client.getToken()).token_type, 'DPoP');
    const [{ proof, htm, htu, ath, nonce }] = w.asked;
    await verified(proof);
    assert.deepEqual([htm, htu, ath, nonce], ['POST', config.tokenEndpoint, undefined, undefined]);
  });

  test('is repeated at once with the nonce that the server wants', async () => {
    const w = world({ token: [useNonce()] });
    await w.client.getToken();
    assert.deepEqual(w.asked.map(({ nonce }) => nonce), [undefined, 'nonce-1']);
    assert.equal(new Set(w.asked.map(({ jti }) => jti)).size, 2);
    await w.client.getToken({ force: true });
    assert.equal(w.asked[2].nonce, 'nonce-1');
  });

  test('is repeated for a nonce once', async () => {
    const w = world({ token: [useNonce('a'), useNonce('b'), useNonce('c')] });
    await assert.rejects(w.client.getToken(), { error: 'use_dpop_nonce' });
    assert.equal(w.asked.length, 2);
  });

  test('takes the nonce of a success, too (RFC 9449 section 8.2)', async () => {
    const w = world({
      token: [
        () =>
          json({ access_token: 'x', token_type: 'dpop' }, { headers: { 'DPoP-Nonce': 'next' } }),
      ],
    });
    await w.client.getToken();
    await w.client.getToken({ force: true });
    assert.deepEqual(w.asked.map(({ nonce }) => nonce), [undefined, 'next']);
  });

  test('is made anew by the server’s clock if that is why it refused the proof', async () => {
    const date = new Date(START + 400_000).toUTCString();
    const w = world({
      token: [() => json({ error: 'invalid_dpop_proof' }, { status: 400, headers: { date } })],
    });
    await w.client.getToken();
    await w.client.fetch('https://api.example/');
    assert.deepEqual([...w.asked, ...w.called].map(({ iat }) => iat - START / 1000), [0, 400, 400]);
  });

  test('has a proof, and the question for the time that may come before it has none', async () => {
    const sent = /** @type {any[]} */ ([]);
    const answers = [
      // without a Date
      () => json({ errorCode: 401204, error: 'invalid_request' }, { status: 401 }),
      () => json({ timestamp: START / 1000 + 400 }),
      () => json({ access_token: 'x', token_type: 'DPoP', expires_in: 3600 }),
    ];
    const here = {
      provider: /** @type {const} */ ('here'),
      clientId: 'id',
      clientSecret: 'a secret',
      tokenEndpoint: 'https://proofs.example/oauth2/token',
    };
    const client = createClient(here, {
      dpop: keys, clock: { now: () => START, sleep: async () => {} },
      fetch: async (input, init) => {
        const { url, headers } = new Request(input, init);
        sent.push([url, headers.has('dpop'), headers.has('authorization')]);
        return answers[sent.length - 1]();
      },
    });
    await client.getToken();
    assert.deepEqual(sent, [
      ['https://proofs.example/oauth2/token', true, true],
      ['https://proofs.example/timestamp', false, false],
      ['https://proofs.example/oauth2/token', true, true],
    ]);
  });

  test('that is answered with a token for anybody is an error', async () => {
    const w = world({
      token: [() => json({ access_token: 'x', token_type: 'Bearer', expires_in: 3600 })],
    });
    await assert.rejects(w.client.getToken(), {
      code: 'invalid_response',
      message: /bound to no key.*not DPoP/,
    });
  });

  test('without a key tells what a server that wants one wants, and is not repeated', async () => {
    const w = world({ token: [useNonce()], keys: null });
    await assert.rejects(w.client.getToken(), { error: 'use_dpop_nonce', hint: /option dpop/ });
    assert.equal(w.asked.length, 1);
  });
});

suite('client.fetch', () => {
  test('proves every request with the token', async () => {
    const w = world();
    await w.client.fetch('https://api.example/things?a=b#c', { method: 'patch', body: 'x' });
    const [{ proof, authorization, method, ath, htm, htu }] = w.called;
    await verified(proof);
    assert.deepEqual(
      [authorization, htm, htu],
      ['DPoP token-1', method, 'https://api.example/things'],
    );
    assert.equal(ath, createHash('sha256').update('token-1').digest('base64url'));
  });

  test('proves each hop of a redirect by itself', async () => {
    const w = world({
      api: [() => new Response(null, { status: 303, headers: { location: '/next' } })],
    });
    await w.client.fetch('https://api.example/', { method: 'POST', body: 'x' });
    assert.deepEqual(
      w.called.map(({ htm, htu }) => [htm, htu]),
      [
        ['POST', 'https://api.example/'],
        ['GET', 'https://api.example/next'],
      ],
    );
    assert.equal(new Set(w.called.map(({ jti }) => jti)).size, 2);
  });

  // RFC 9449 section 9
  const WANTS_NONCE =
    'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"';

  test('sends a request once more with the nonce that the API wants, and the same token', async () => {
    const w = world({ api: [challenged(WANTS_NONCE, 'nonce-1')] });
    assert.equal(
      (await w.client.fetch('https://api.example/', { method: 'POST', body: 'x' })).status,
      200,
    );
    assert.deepEqual(
      w.called.map(({ nonce, authorization }) => [nonce, authorization]),
      [
        [undefined, 'DPoP token-1'],
        ['nonce-1', 'DPoP token-1'],
      ],
    );
    assert.equal(w.asked.length, 1);
    assert.equal(w.asked[0].nonce, undefined);
  });

  test('takes up a nonce once, and renews the token once, whichever comes first', async () => {
    const invalid = 'DPoP error="invalid_token", algs="ES256"';
    for (const api of [
      [challenged(WANTS_NONCE, 'n'), challenged(invalid), challenged(WANTS_NONCE, 'm')],
      [challenged(invalid), challenged(WANTS_NONCE, 'n'), challenged(invalid)],
    ]) {
      const w = world({ api });
      assert.equal((await w.client.fetch('https://api.example/')).status, 401);
      assert.deepEqual([w.called.length, w.asked.length], [3, 2]);
    }
  });

  test('leaves a long stream and a refused proof to the caller', async () => {
    const body = (/** @type {number} */ size) => new Response(new Uint8Array(size)).body;
    const w = world({
      api: [challenged(WANTS_NONCE, 'n'), undefined, challenged('DPoP error="invalid_dpop_proof"')],
    });
    assert.equal(
      (
        await w.client.fetch('https://api.example/', {
          method: 'POST',
          body: body((1 << 20) + 1),
          duplex: 'half',
        })
      ).status,
      401,
    );
    assert.equal(
      (
        await w.client.fetch('https://api.example/', {
          method: 'POST',
          body: body(1),
          duplex: 'half',
        })
      ).status,
      200,
    );
    assert.equal((await w.client.fetch('https://api.example/')).status, 401);
    assert.deepEqual(
      w.called.map(({ nonce, authorization }) => [nonce, authorization]),
      [
        [undefined, 'DPoP token-1'],
        ['n', 'DPoP token-1'],
        ['n', 'DPoP token-1'],
      ],
    );
  });

  test('can not use a token that is bound to a key without the key', async () => {
    const w = world({ keys: null });
    assert.equal((await w.client.getToken()).token_type, 'DPoP');
    await assert.rejects(w.client.fetch('https://api.example/'), {
      code: 'invalid_config',
      message: /give createClient the option dpop/,
    });
    assert.equal(w.called.length, 0);
  });
});

suite('the option', () => {
  test('has to be a pair of keys that can sign', async () => {
    const { privateKey, publicKey } = keys;
    const [small, old, other, hidden] = await Promise.all([
      generate({ ...ALGORITHMS[4][1], modulusLength: 1024 }),
      generate({ ...ALGORITHMS[4][1], hash: 'SHA-1' }),
      generate(ALGORITHMS[1][1]),
      crypto.subtle
        .exportKey('jwk', publicKey)
        .then((jwk) => crypto.subtle.importKey('jwk', jwk, ALGORITHMS[0][1], false, ['verify'])),
    ]);
    const exchange = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ]);
    for (const dpop of /** @type {any[]} */ ([
      null,
      {},
      privateKey,
      { privateKey },
      { privateKey: publicKey, publicKey },
      { privateKey, publicKey: privateKey },
      { privateKey, publicKey: hidden },
      { privateKey, publicKey: other.publicKey },
      small,
      old,
      exchange,
    ])) {
      assert.throws(() => createClient(config, { dpop }), {
        code: 'invalid_config',
        message: /options\.dpop must be a CryptoKeyPair/,
      });
    }
  });

  test('has to be a pair whose halves belong together', async () => {
    for (const [, algorithm] of [ALGORITHMS[0], ALGORITHMS[3], ALGORITHMS[4]]) {
      const [one, other] = await Promise.all([generate(algorithm), generate(algorithm)]);
      const calls = /** @type {any[]} */ ([]);
      const client = createClient(config, {
        dpop: { privateKey: one.privateKey, publicKey: other.publicKey },
        fetch: async (...args) => (calls.push(args), json({})),
      });
      await assert.rejects(client.getToken(), {
        code: 'invalid_config',
        message: /options\.dpop is no pair/,
      });
      assert.equal(calls.length, 0);
    }
  });

  test('is taken as it was', async () => {
    const pair = { ...(await generate()) };
    const w = world({ keys: pair });
    Object.assign(pair, await generate());
    await w.client.getToken();
    await verified(w.asked[0].proof);
  });

  test('excludes a store: nobody else has the key', () => {
    assert.throws(() => createClient(config, { dpop: keys, store: memoryStore() }), {
      code: 'invalid_config',
      message: /dpop and options\.store exclude each other/,
    });
  });

  test('and its proofs are in no event and in no error', async () => {
    const w = world({
      token: [
        useNonce(),
        () =>
          json(
            { error: 'invalid_client', error_description: `no: ${w.asked[1].proof}` },
            { status: 401 },
          ),
      ],
    });
    const error = await w.client.getToken().catch((/** @type {any} */ e) => e);
    const { inspect } = await import('node:util');
    const told = inspect([error, w.client, w.events], { depth: 9, showHidden: true });
    for (const { proof } of w.asked) {
      assert.ok(decodeProtectedHeader(proof).typ === 'dpop+jwt' && !told.includes(proof));
    }
  });
});
