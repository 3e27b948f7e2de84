import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { format, inspect } from 'node:util';
import { runInNewContext } from 'node:vm';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { findCredentials } from '../../find_credentials.js';
import { fetchToken, loadCredentials, TokenError } from '../../node.js';
import { runArchives } from '../archives.js';
import { archives } from '../support/corpus.js';
import { loadRaw } from '../support/raw.js';

const senders = /** @type {[string, typeof fetchToken][]} */ ([
  ['js/', fetchToken],
  ['the raw module', await loadRaw()],
]);
const server = await startTokenServer();
const folders = /** @type {string[]} */ ([]);
after(() =>
  Promise.all([server.close(), ...folders.map((folder) => rm(folder, { recursive: true }))]),
);

/** A folder with these files. @param {Record<string, string | Uint8Array>} files */
async function folder(files) {
  const path = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  folders.push(path);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

test('the archives', async () => {
  assert.deepEqual(await runArchives(archives, loadCredentials), {
    count: archives.length,
    failures: [],
  });
});

test('an archive of more than 16 MiB', async () => {
  const file = new Uint8Array((16 << 20) + 1);
  file.set(Buffer.from('PK\x03\x04'));
  await assert.rejects(loadCredentials(file), {
    code: 'invalid_credentials',
    message: 'the ZIP archive is larger than 16 MiB, so it is no credentials.zip',
  });
});

test('an archive within a larger buffer', async () => {
  const [{ base64, want }] = archives;
  const file = Buffer.from(base64, 'base64');
  const buffer = Buffer.alloc(file.length + 100, 'PK\x05\x06');
  file.copy(buffer, 50);
  assert.deepEqual(
    Object.fromEntries(
      Object.entries(await loadCredentials(buffer.subarray(50, 50 + file.length))),
    ),
    want,
  );
});

test('what credentials may be given as', async () => {
  const want = { clientId: 'id', clientSecret: 'secret' };
  const values = async (/** @type {any} */ source) => ({
    ...Object.fromEntries(Object.entries(await loadCredentials(source))),
  });
  assert.deepEqual(await values('id:secret'), want);
  assert.deepEqual(await values(Buffer.from('id:secret')), want);
  assert.deepEqual(
    await values(runInNewContext('new Uint8Array([105, 100, 58, 115, 101, 99, 114, 101, 116])')),
    want,
  );
  assert.deepEqual(
    await values({
      FETCHTOKEN_CLIENT_ID: 'id',
      FETCHTOKEN_CLIENT_SECRET: 'secret',
      HERE_STORE: {},
      KV: () => {},
    }),
    want,
  );
  const wrong = /** @type {[any, RegExp][]} */ ([
    [new Blob(['id:secret']), /not as a Blob: new Uint8Array\(await file\.arrayBuffer\(\)\)$/],
    [new ArrayBuffer(3), /not as an ArrayBuffer: new Uint8Array\(buffer\)$/],
    [undefined, /the credentials must be given as/],
    [null, /the credentials must be given as/],
    [['id:secret'], /the credentials must be given as/],
    [new Map(), /the credentials must be given as/],
    [7, /the credentials must be given as/],
    [{}, /the environment has no credentials/],
    [{ FETCHTOKEN_CLIENT_ID: 7 }, /FETCHTOKEN_CLIENT_ID must be a string, not a number/],
    [
      { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_KV: {} },
      /FETCHTOKEN_KV must be a string, not an object/,
    ],
    ['PK\x03\x04', /is a ZIP archive, and here only what is in it can be read: give the bytes/],
  ]);
  for (const [source, message] of wrong) {
    await assert.rejects(
      loadCredentials(source),
      (/** @type {TokenError} */ error) =>
        error instanceof TokenError &&
        error.code === 'invalid_credentials' &&
        message.test(error.message),
    );
  }
  const options = /** @type {[any, RegExp][]} */ ([
    [{ file: 'x' }, /unknown option "file"/],
    [{ profile: 7 }, /options\.profile must be a string$/],
    ['default', /options must be an object, not a string/],
  ]);
  for (const [option, message] of options) {
    await assert.rejects(loadCredentials('id:secret', option), { code: 'invalid_config', message });
    await assert.rejects(loadCredentials(Buffer.from(archives[0].base64, 'base64'), option), {
      code: 'invalid_config',
      message,
    });
  }
});

const KEY = 'id-1234567890';
const SECRETS = {
  clientSecret: 'the-secret-1',
  privateKey: 'the-secret-2',
  passphrase: 'the-secret-3',
};
const environment = {
  FETCHTOKEN_CLIENT_ID: KEY,
  FETCHTOKEN_CLIENT_SECRET: SECRETS.clientSecret,
  FETCHTOKEN_PRIVATE_KEY: SECRETS.privateKey,
  FETCHTOKEN_PASSPHRASE: SECRETS.passphrase,
};

test('a loaded configuration is not printed with its secrets, nor is a copy', async () => {
  const config = await loadCredentials(environment);
  const copy = { ...config, environment: 'live' };
  const printed = /** @type {string[]} */ ([]);
  for (const object of [config, copy, { ...copy }, Object.assign({}, config)]) {
    for (const options of [
      undefined,
      { showHidden: true },
      { depth: 0 },
      { depth: Infinity, showHidden: true, getters: true },
      { compact: false, sorted: true, colors: true },
    ]) {
      printed.push(
        inspect(object, options),
        inspect([object], options),
        inspect({ a: { b: object } }, options),
        inspect(new Map([[1, object]]), options),
      );
    }
    printed.push(
      format('%o', object),
      format('%O', object),
      format('%j', config),
      format('%s', object),
      String(object),
      `${object}`,
    );
    printed.push(inspect(new Error('x', { cause: object })), inspect(Promise.resolve(object)));
  }
  printed.push(
    JSON.stringify(config),
    JSON.stringify({ config }),
    JSON.stringify([config], null, 2),
  );
  for (const text of printed) {
    assert.doesNotMatch(text, /the-secret/);
  }
  assert.equal(
    inspect(copy),
    `{\n  clientId: '${KEY}',\n  clientSecret: '[redacted]',\n  privateKey: '[redacted]',\n  ` +
    `passphrase: '[redacted]',\n  environment: 'live'\n}`,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(config)), {
    clientId: KEY,
    clientSecret: '[redacted]',
    privateKey: '[redacted]',
    passphrase: '[redacted]',
  });
});

test('a loaded configuration keeps its secrets', async () => {
  const config = await loadCredentials(environment);
  const want = { clientId: KEY, ...SECRETS };
  for (const object of [
    config,
    { ...config },
    structuredClone(config),
    Object.assign({}, config),
  ]) {
    assert.deepEqual(Object.fromEntries(Object.entries(object)), want);
    const { clientId, clientSecret, privateKey, passphrase } = object;
    assert.deepEqual({ clientId, clientSecret, privateKey, passphrase }, want);
  }
  assert.deepEqual(Object.keys(config), Object.keys(want));
  config.clientSecret = 'another';
  assert.deepEqual(
    [config.clientSecret, JSON.parse(JSON.stringify(config)).clientSecret],
    ['another', '[redacted]'],
  );
  delete config.clientSecret;
  assert.deepEqual(Object.keys(config), ['clientId', 'privateKey', 'passphrase']);
});

for (const [name, get] of senders) {
  test(`${name} gets a token with it, and with a copy`, async () => {
    const { tokenEndpoint, accessKeyId, clientSecret } = server.systems.here;
    const config = await loadCredentials({
      HERE_ACCESS_KEY_ID: accessKeyId,
      HERE_ACCESS_KEY_SECRET: clientSecret,
      HERE_TOKEN_ENDPOINT_URL: tokenEndpoint,
    });
    for (const object of [config, { ...config, parameters: { expires_in: '600' } }]) {
      assert.equal(typeof (await get(object)).access_token, 'string');
    }
  });
}

test('credentials are found in one place after another, and every place is reported', async () => {
  const hereFile = 'here.access.key.id = a\nhere.access.key.secret = b\n';
  const home = await folder({
    '.here/credentials.ini': `[default]\n${hereFile}`,
    '.here/credentials.properties': hereFile,
  });
  const cwd = await folder({ 'credentials.json': '{"name":"x","version":"1"}' });
  const places = /** @type {import('../../find_credentials_types.js').CredentialsReport[]} */ ([]);
  const config = await findCredentials({
    env: {},
    cwd,
    home,
    report: (place) => places.push(place),
  });
  assert.deepEqual([config.provider, config.clientSecret], ['here', 'b']);
  assert.deepEqual(
    places.map(({ source, taken }) => [source, taken]),
    [
      ['the environment', false],
      ...['zip', 'json', 'properties', 'ini', 'env'].map((type) => [
        `./credentials.${type}`,
        false,
      ]),
      ['~/.here/credentials.ini', true],
      ['~/.here/credentials.properties', false],
      ['~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json', false],
    ],
  );
  assert.ok(
    places.every(
      ({ source, inWorkingDirectory }) => inWorkingDirectory === source.startsWith('./'),
    ),
  );
  assert.deepEqual(
    [places[2].why, places[8].why],
    [
      'the credentials file "credentials.json" is a package.json of npm',
      'not looked at, for an earlier one was taken',
    ],
  );
});

test('a file of the working directory that names an endpoint brings its own secret or key', async () => {
  const home = await folder({});
  const find = async (/** @type {string} */ lines) =>
    findCredentials({
      env: {},
      home,
      cwd: await folder({ 'credentials.env': `FETCHTOKEN_CLIENT_ID=a\n${lines}` }),
    });
  const endpoint = 'FETCHTOKEN_TOKEN_ENDPOINT=https://a.example/token';
  for (const lines of [
    endpoint,
    `${endpoint}\nFETCHTOKEN_PROVIDER=iotspot`,
    `${endpoint}\nFETCHTOKEN_CLIENT_AUTH=private_key_jwt`,
    'FETCHTOKEN_ISSUER=https://a.example',
  ]) {
    await assert.rejects(find(lines), {
      code: 'invalid_credentials',
      message:
        /^\.\/credentials\.env: it names a token endpoint or an issuer, and has neither secret nor key: a file that was only found/,
    });
  }
  for (const lines of [
    'FETCHTOKEN_PROVIDER=iotspot',
    `${endpoint}\nFETCHTOKEN_CLIENT_SECRET=b`,
    `${endpoint}\nFETCHTOKEN_PRIVATE_KEY=b`,
    `${endpoint}\nFETCHTOKEN_CLIENT_AUTH=none`,
  ]) {
    assert.equal((await find(lines)).clientId, 'a');
  }
  // Named, not found: the same file in the home folder.
  const path = '.here/credentials.properties';
  const mine = await folder({
    [path]: endpoint.replace('FETCHTOKEN_', 'FETCHTOKEN_CLIENT_ID=a\nFETCHTOKEN_'),
  });
  assert.equal(
    (await findCredentials({ env: {}, home: mine, cwd: home })).tokenEndpoint,
    'https://a.example/token',
  );
  await assert.rejects(
    findCredentials({ env: {}, home: '', cwd: mine }),
    /there is no home folder/,
  );
});

test('a file of the working directory names no other file, and no URL', async () => {
  for (const source of [{ file: '/etc/hostname' }, { url: 'http://169.254.169.254/token' }]) {
    const cwd = await folder({
      'credentials.json': JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/a',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: 'https://sts.googleapis.com/v1/token',
        credential_source: source,
      }),
    });
    await assert.rejects(findCredentials({ env: {}, home: '', cwd }), {
      code: 'invalid_credentials',
      message: /^\.\/credentials\.json: it names a file or a URL that holds its subjectToken: /,
    });
  }
});

test('what is there and broken is an error, with where it is', async () => {
  const cwd = await folder({
    'credentials.zip': Buffer.from(archives[0].base64, 'base64').subarray(0, 100),
    'credentials.env': 'FETCHTOKEN_CLIENT_ID=a',
  });
  const places = /** @type {any[]} */ ([]);
  await assert.rejects(
    findCredentials({ env: {}, cwd, home: cwd, report: (place) => places.push(place) }),
    {
      code: 'invalid_credentials',
      message: /^\.\/credentials\.zip: the ZIP archive is cut off/,
    },
  );
  assert.equal(places.length, 2);
  await assert.rejects(findCredentials({ env: { FETCHTOKEN_CLIENT_ID: '' }, cwd, home: cwd }), {
    code: 'invalid_credentials',
    message: /^the environment: the variable FETCHTOKEN_CLIENT_ID is empty/,
  });
  await assert.rejects(findCredentials({ env: {}, cwd: join(cwd, 'none'), home: cwd }), {
    code: 'invalid_credentials',
    message: /^no credentials were found: /,
  });
});

test('the parsed JSON of a file is that file, and an environment stays one', async () => {
  const file = { token_endpoint: 'https://as.example/t', client_id: 'a', client_secret: 'b' };
  const { tokenEndpoint, clientId, clientSecret } = await loadCredentials(file);
  assert.deepEqual([tokenEndpoint, clientId, clientSecret], Object.values(file));
  const environment = { ...file, FETCHTOKEN_CLIENT_ID: 'c' };
  assert.equal((await loadCredentials(environment)).clientId, 'c');
  await assert.rejects(loadCredentials({ PATH: '/bin' }), /the environment has no credentials/);
});
