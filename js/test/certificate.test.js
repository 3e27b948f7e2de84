// Certificates beside private keys, in the package and in both commands. The server knows them by
// their thumbprints, as node:crypto computes them, and jose verifies what it gets.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { decodeProtectedHeader, importPKCS8, jwtVerify } from 'jose';

import { findCredentials } from '../find_credentials.js';
import { explain, fetchToken, loadCredentials } from '../node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** @param {string} name */
const readJSON = async (name) =>
  JSON.parse(await readFile(join(root, 'core/testdata/generate', name), 'utf8'));
const keys = await readJSON('keys.json');
const { pkcs12, ...certificates } = await readJSON('certificates.json');
certificates.p256 = keys.p256.certificate;
/** @param {string} pem */
const bytesOf = (pem) => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
/** @param {string} pem */
const thumbprintOf = (pem) =>
  Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex')
    .toString('base64url');
const { leaf, issuer, root: rootOfAll } = certificates;
const PASSPHRASE = 'correct horse';

/** The certificates that the server knows, by their thumbprints. */
const known = new Map(
  ['leaf', 'rsa2048', 'p256', 'p384', 'p521', 'ed25519', 'p256Compressed'].map((name) => [
    thumbprintOf(certificates[name]), new X509Certificate(certificates[name]),
  ]),
);
/** What the server last accepted. @type {{ header: any, claims: any } | undefined} */
let accepted;
/** How many requests came. */
let requests = 0;

/** Throws if the assertion isn't signed by the key of the certificate. @param {string} assertion */
async function judge(assertion) {
  const header = /** @type {any} */ (decodeProtectedHeader(assertion));
  const certificate = known.get(header['x5t#S256']);
  assert.ok(certificate, 'the thumbprint is not known');
  const { payload } = await jwtVerify(assertion, certificate.publicKey, { audience: endpoint });
  if (header.x5c !== undefined) {
    const chain = header.x5c.map((/** @type {string} */ text) =>
      new X509Certificate(Buffer.from(text, 'base64')));
    assert.equal(chain[0].fingerprint256, certificate.fingerprint256);
    for (const [i, one] of chain.entries()) {
      const next = chain[i + 1] ?? new X509Certificate(rootOfAll);
      assert.ok(one.verify(next.publicKey), `certificate ${i} is not issued by the next`);
    }
  }
  accepted = { header, claims: payload };
}

const server = createServer(async (request, response) => {
  requests++;
  let body = '';
  for await (const chunk of request) {
    body += chunk;
  }
  const form = new URLSearchParams(body);
  try {
    await judge(String(form.get('client_assertion') ?? form.get('assertion')));
    response.setHeader('Content-Type', 'application/json');
    response.end('{"access_token":"token-1","token_type":"Bearer","expires_in":60}');
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    response.writeHead(401, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: 'invalid_client', error_description: message }));
  }
});
let endpoint = '';
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken certificate '));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  endpoint = `http://127.0.0.1:${port}/t-1/oauth2/v2.0/token`;
});
after(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/**
 * Gets a token with these fields, and returns the header of the assertion.
 *
 * @param {any} fields
 */
async function headerOf(fields) {
  accepted = undefined;
  const config = { tokenEndpoint: endpoint, clientId: 'app-1', ...fields };
  assert.equal((await fetchToken(config)).access_token, 'token-1');
  return /** @type {any} */ (accepted).header;
}

/** @param {string} name @param {string | Uint8Array} content */
async function written(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

suite('a certificate beside the private key', () => {
  for (const [name, certificate = name] of [
    ['rsa2048'], ['p256'], ['p384'], ['p521'], ['ed25519'], ['p256', 'p256Compressed'],
  ]) {
    test(`names the key to the server: ${certificate}`, async () => {
      const [privateKey, pem] = [keys[name].pkcs8, certificates[certificate]];
      const want = thumbprintOf(pem);
      for (const fields of [
        { privateKey, certificate: pem },
        { privateKey, certificate: new Uint8Array(bytesOf(pem)) },
        { privateKey: bytesOf(privateKey), certificate: Buffer.from(pem) },
        { privateKey: privateKey + pem },
        { privateKey: Buffer.from(pem + privateKey) },
      ]) {
        const header = await headerOf(fields);
        assert.equal(header['x5t#S256'], want);
        assert.deepEqual(Object.keys(header), ['alg', 'typ', 'x5t#S256']);
      }
    });
  }

  test('is that of a CryptoKey and of sign', async () => {
    const cryptoKey = await importPKCS8(keys.rsa2048.pkcs8, 'PS256');
    const sign = (/** @type {any} */ data) =>
      webcrypto.subtle.sign({ name: 'RSA-PSS', saltLength: 32 }, /** @type {any} */ (cryptoKey),
        data);
    for (const fields of [{ privateKey: cryptoKey }, { sign, alg: 'PS256' }]) {
      const header = await headerOf({ ...fields, certificate: leaf });
      assert.deepEqual(header, { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprintOf(leaf) });
    }
    await assert.rejects(
      headerOf({ privateKey: cryptoKey, certificate: certificates.p384 }),
      { code: 'invalid_key', message: /^privateKey doesn't belong to the certificate/ },
    );
  });

  test('comes with its key in a file of PKCS#12', async () => {
    for (const [name, passphrase, want] of [
      ['chain', PASSPHRASE, leaf], ['empty', undefined, certificates.p256],
      ['ed25519', 'Gürtel', certificates.ed25519], ['plain', undefined, certificates.p384],
    ]) {
      const privateKey = Buffer.from(pkcs12[name], 'base64');
      const header = await headerOf({ privateKey, passphrase });
      assert.equal(header['x5t#S256'], thumbprintOf(want), name);
    }
  });

  test('is sent with its issuers where x5c asks for it', async () => {
    const chain = [leaf, issuer, rootOfAll];
    for (const certificate of [chain.join(''), chain.toReversed().join('')]) {
      const fields = { privateKey: keys.rsa2048.pkcs8, certificate };
      const { x5c } = await headerOf({ ...fields, x5c: true });
      assert.deepEqual(x5c, chain.map((pem) => bytesOf(pem).toString('base64')));
      assert.equal((await headerOf(fields)).x5c, undefined);
    }
    const file = { privateKey: Buffer.from(pkcs12.chain, 'base64'), passphrase: PASSPHRASE };
    assert.equal((await headerOf({ ...file, x5c: true })).x5c.length, 3);
  });

  test("yields to the caller's own header", async () => {
    const fields = { privateKey: keys.rsa2048.pkcs8, certificate: leaf };
    const other = { 'x5t#S256': thumbprintOf(certificates.rsa2048) };
    const header = await headerOf({ ...fields, assertion: { header: other } });
    assert.equal(header['x5t#S256'], other['x5t#S256']);
    await assert.rejects(headerOf({ ...fields, assertion: { header: { 'x5t#S256': null } } }), {
      code: 'error_response', errorDescription: 'the thumbprint is not known',
    });
  });

  test('must belong to the key, or nothing is sent', async () => {
    const { rsa2048, rsa2048b, p256, p256b, p384, ed25519 } = keys;
    const other = await webcrypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const { privateKey } = /** @type {webcrypto.CryptoKeyPair} */ (other);
    const seed = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
    requests = 0;
    for (const fields of [
      { privateKey: rsa2048b.pkcs8, certificate: leaf },
      { privateKey: rsa2048.pkcs8, certificate: certificates.p256 },
      { privateKey: p256b.sec1 ?? p256b.pkcs8, certificate: certificates.p256 },
      { privateKey: p256b.pkcs8, certificate: certificates.p256Compressed },
      { privateKey: p256.pkcs8 + certificates.p384 },
      { privateKey: p384.pkcs8, certificate: leaf + issuer },
      // without its public part, so that only a signature tells
      { privateKey: seed, certificate: certificates.ed25519 },
      { privateKey: seed.toString('base64'), certificate: bytesOf(certificates.ed25519) },
      { privateKey: ed25519.pkcs8, certificate: leaf },
    ]) {
      await assert.rejects(headerOf(fields), {
        code: 'invalid_key', message: /^privateKey doesn't belong to the certificate/,
      });
    }
    assert.equal(requests, 0);
  });

  test('is in explain, with its thumbprint and its end', async () => {
    const of = async (/** @type {any} */ fields) => {
      const config = { tokenEndpoint: endpoint, clientId: 'app-1', ...fields };
      const { assertion, choices } = await explain(config);
      const chosen = choices.filter(({ field }) => /^certificate$|x5/.test(field));
      return { header: /** @type {any} */ (assertion).header, chosen };
    };
    const end = new Date(new X509Certificate(leaf).validTo).toISOString().replace('.000', '');
    const thumbprint = {
      field: 'assertion.header.x5t#S256', value: thumbprintOf(leaf), from: 'the certificate',
    };
    const given = await of({ privateKey: keys.rsa2048.pkcs8, certificate: leaf });
    assert.equal(given.header['x5t#S256'], thumbprintOf(leaf));
    assert.deepEqual(given.chosen, [
      { field: 'certificate', value: `valid until ${end}`, from: 'given' }, thumbprint,
    ]);
    const held = await of({ privateKey: keys.rsa2048.pkcs8 + leaf, x5c: true });
    assert.deepEqual(held.chosen, [
      { field: 'certificate', value: `valid until ${end}`, from: 'the key' }, thumbprint,
      { field: 'assertion.header.x5c', value: 'certificates: 1', from: 'given' },
    ]);
  });
});

suite('Entra with a certificate', () => {
  const app = () => ({
    provider: /** @type {const} */ ('entra'), tenant: 't-1', clientId: 'app-1',
    tokenEndpoint: endpoint.replace('t-1', '{tenant}'),
  });
  const environment = () => ({
    AZURE_TENANT_ID: 't-1', AZURE_CLIENT_ID: 'app-1',
    AZURE_AUTHORITY_HOST: new URL(endpoint).origin,
  });
  const want = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprintOf(leaf) };

  test('wants no more than the tenant, the client id and the file', async () => {
    for (const file of [
      { privateKey: keys.rsa2048.pkcs8 + leaf },
      { privateKey: Buffer.from(pkcs12.chain, 'base64'), passphrase: PASSPHRASE },
    ]) {
      assert.deepEqual(await headerOf({ ...app(), ...file }), want);
    }
  });

  test('is the file that the environment names', async () => {
    const pem = await written('app.pem', keys.rsa2048.pkcs8 + leaf);
    const pfx = await written('app.pfx', Buffer.from(pkcs12.chain, 'base64'));
    const none = { cwd: folder, home: folder };
    for (const [more, chain] of /** @type {[Record<string, string>, number | undefined][]} */ ([
      [{ AZURE_CLIENT_CERTIFICATE_PATH: pem }, undefined],
      [{ AZURE_CLIENT_CERTIFICATE_PATH: pem, AZURE_CLIENT_CERTIFICATE_PASSWORD: '' }, undefined],
      [{
        AZURE_CLIENT_CERTIFICATE_PATH: pfx, AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSPHRASE,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'true',
      }, 3],
    ])) {
      const env = { ...environment(), ...more };
      for (const config of [await findCredentials({ env, ...none }), await loadCredentials(env)]) {
        const { x5c, ...header } = await headerOf(config);
        assert.deepEqual([header, x5c?.length], [want, chain]);
      }
    }
    const env = { ...environment(), AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'none') };
    const message = "the file that a variable names for the private key can't be read: there is " +
      'no such file';
    await assert.rejects(loadCredentials(env), { code: 'invalid_credentials', message });
    await assert.rejects(findCredentials({ env, ...none }), {
      code: 'invalid_credentials', message: `the environment: ${message}`,
    });
  });

  test('is not the file that a found file names', async () => {
    const cwd = await mkdtemp(join(folder, 'found '));
    const path = await written('own.pem', keys.rsa2048.pkcs8 + leaf);
    const lines = { ...environment(), AZURE_CLIENT_CERTIFICATE_PATH: path };
    const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`).join('');
    await writeFile(join(cwd, 'credentials.env'), text);
    await assert.rejects(findCredentials({ env: {}, cwd, home: cwd }), {
      code: 'invalid_credentials',
      message: /^\.\/credentials\.env: it names a file or a URL that holds its privateKey/,
    });
    assert.deepEqual(await headerOf(await loadCredentials(text)), want);
  });

  for (const language of ['JavaScript', 'Go']) {
    test(`by the command in ${language}`, async () => {
      let command = [process.execPath, join(root, 'js/cli/cli.js')];
      if (language === 'Go') {
        command = [join(folder, 'fetchtoken')];
        await promisify(execFile)('go', ['build', '-o', command[0], './cmd/fetchtoken'], {
          cwd: root,
        });
      }
      const cwd = await mkdtemp(join(folder, 'command '));
      const run = async (
        /** @type {string[]} */ args, /** @type {Record<string, string>} */ env = {},
      ) => {
        accepted = undefined;
        const ran = promisify(execFile)(command[0], [...command.slice(1), ...args], {
          cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env },
        });
        ran.child.stdin?.end();
        const { stdout } = await ran;
        assert.equal(stdout, 'token-1\n');
        return /** @type {any} */ (accepted).header;
      };
      const [key, certificate] = [
        await written('key.pem', keys.rsa2048.pkcs8), await written('chain.pem', leaf + issuer),
      ];
      const der = await written('cert.der', bytesOf(leaf));
      const pem = await written('app.pem', keys.rsa2048.pkcs8 + leaf);
      const pfx = await written('app.pfx', Buffer.from(pkcs12.chain, 'base64'));
      const { tokenEndpoint } = app();
      const args = [
        '--provider', 'entra', '--tenant', 't-1', '--endpoint', tokenEndpoint, '--client-id',
        'app-1',
      ];
      assert.deepEqual(await run([...args, '--private-key-file', pem]), want);
      assert.deepEqual(
        await run([...args, '--private-key-file', pfx], { FETCHTOKEN_PASSPHRASE: PASSPHRASE }),
        want,
      );
      const both = [...args, '--private-key-file', key, '--certificate-file'];
      assert.deepEqual(await run([...both, der]), want);
      const { x5c, ...header } = await run([...both, certificate, '--x5c']);
      assert.deepEqual([header, x5c.length], [want, 2]);
      assert.deepEqual(await run(args, {
        FETCHTOKEN_PRIVATE_KEY: keys.rsa2048.pkcs8, FETCHTOKEN_CERTIFICATE: leaf,
      }), want);
      const azure = { ...environment(), AZURE_CLIENT_CERTIFICATE_PATH: pfx };
      const open = { ...azure, AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSPHRASE };
      assert.deepEqual(await run([], open), want);
      assert.deepEqual(await run([await written('app.env', Object.entries(open).map(([n, v]) =>
        `${n}='${v}'\n`).join(''))]), want);
      const found = join(cwd, 'credentials.env');
      await writeFile(found, Object.entries(open).map(([n, v]) => `${n}='${v}'\n`).join(''));
      await assert.rejects(run([]), ({ code, stderr }) => {
        assert.match(stderr, /credentials\.env: it names a file or a URL that holds its private key/);
        return code === 2;
      });
      await rm(found);
      for (const [failing, env, message] of /** @type {[string[], any, RegExp][]} */ ([
        [[...both, key], {}, /certificate holds a private key.+by --private-key-file/],
        [[...both, await written('nothing', '')], {}, /--certificate-file holds no certificate/],
        [[...both, join(folder, 'none')], {}, /--certificate-file can't be read/],
        [[...args, '--private-key-file', key, '--x5c'], {}, /--x5c is true, but there is no/],
        [[], { ...open, AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'none') },
          /the file that a variable names for the private key can't be read: there is no such/],
      ])) {
        await assert.rejects(run(failing, env), ({ code, stderr }) => {
          assert.match(stderr, message);
          assert.ok(!stderr.includes(keys.rsa2048.pkcs8.split('\n')[1]));
          return code === 2;
        });
      }
    });
  }
});
