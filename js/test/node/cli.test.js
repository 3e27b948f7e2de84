import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { writeCredentials } from '../../../examples/token-server/credentials.js';
import { startTokenServer } from '../../../examples/token-server/server.js';
import { COMMANDS, optionsOf } from '../../cli/commands.js';
import { FIELDS, OPTIONS } from '../../cli/options.js';
import { createClient } from '../../node.js';
import { fileStore } from '../../stores/file.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const CLI = join(root, 'js/cli/cli.js');
/** The folder of the texts that the command reads. */
const TEXTS = 'cmd/fetchtoken/internal/usage';
const SECRET = 'FETCHTOKEN_CLIENT_SECRET';

/** @type {Awaited<ReturnType<typeof startTokenServer>>} */
let server;
/** @type {string} */
let dir;
/** Everything that may never be on standard error. @type {Set<string>} */
const secrets = new Set();

before(async () => {
  server = await startTokenServer();
  dir = await mkdtemp(join(tmpdir(), 'fetchtoken cli '));
  await writeCredentials(server.systems, dir);
  const clients = Object.values(server.systems).flatMap((system) => [
    system,
    ...Object.values(system),
  ]);
  for (const { clientId, clientSecret, privateKey } of clients.filter(
    (client) => typeof client === 'object',
  )) {
    if (clientSecret !== undefined) {
      secrets
        .add(clientSecret)
        .add(encodeURIComponent(clientSecret))
        .add(Buffer.from(`${clientId}:${clientSecret}`).toString('base64'));
    }
    privateKey
      ?.split('\n')
      .filter((/** @type {string} */ line) => line !== '' && !line.startsWith('-'))
      .forEach((/** @type {string} */ line) => secrets.add(line));
  }
});

beforeEach(() => server.reset());

after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

/**
 * Runs the command to its end. Whatever it is told to do, no secret and no token may be on its
 * standard error.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, input?: string | Uint8Array | null, command?: string[],
 *   cwd?: string }} [options] input null leaves standard input open
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
async function run(args, { env = {}, input = '', command = [process.execPath, CLI], cwd } = {}) {
  const child = spawn(command[0], [...command.slice(1), ...args], {
    cwd,
    env: { ...process.env, GITHUB_ACTIONS: '', ...env },
  });
  child.stdin.on('error', () => {}); // it ends without having read it
  if (input !== null) {
    child.stdin.end(input);
  }
  const result = await ended(child);
  child.stdin.destroy();
  for (const secret of [...secrets, ...tokensIn(result.stdout)]) {
    assert.ok(
      !result.stderr.includes(secret),
      `a secret or a token on standard error: fetchtoken ${args.length} arguments`,
    );
  }
  return result;
}

/** @param {import('node:child_process').ChildProcessWithoutNullStreams} child */
async function ended(child) {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

/** @param {string} stdout */
const tokensIn = (stdout) => stdout.match(/[\w.~+/-]{20,}/g) ?? [];

/**
 * Asserts that a token, and nothing else, was printed, and that it is good.
 *
 * @param {{ status: number | null, stdout: string, stderr: string }} result
 * @param {{ api: string, clientId: string }} system
 */
async function assertToken({ status, stdout, stderr }, { api, clientId }) {
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^[\x21-\x7e]+\n$/);
  const response = await fetch(api, {
    headers: { authorization: `Bearer ${stdout.slice(0, -1)}` },
  });
  assert.deepEqual([response.status, (await response.json()).clientId], [200, clientId]);
}

/**
 * @param {{ status: number | null, stdout: string, stderr: string }} result
 * @param {number} status
 * @param {string | RegExp} stderr
 */
function assertFailed(result, status, stderr) {
  assert.deepEqual([result.status, result.stdout], [status, ''], result.stderr);
  assert.match(result.stderr, /^fetchtoken: .+\n(hint: .+\n)?$/);
  typeof stderr === 'string'
    ? assert.equal(result.stderr, stderr)
    : assert.match(result.stderr, stderr);
}

/**
 * Does the same for each of them, at the same time.
 *
 * @template T
 * @param {Iterable<T>} list
 * @param {(item: T) => Promise<unknown>} f
 */
const each = (list, f) => Promise.all(Array.from(list, f));

/** @param {string} name */
const file = (name) => join(dir, name);

/** @param {string} name @param {string | Uint8Array} content */
async function written(name, content) {
  await writeFile(file(name), content);
  return file(name);
}

/**
 * The arguments of a client of the token server, without its secret.
 *
 * @param {string} provider
 * @param {{ tokenEndpoint: string, clientId: string }} [client]
 */
const flags = (provider, { tokenEndpoint, clientId } = server.systems[provider]) => [
  '--provider',
  provider,
  '--endpoint',
  tokenEndpoint,
  '--client-id',
  clientId,
];

/** @param {string} provider */
const secretOf = (provider) => server.systems[provider].clientSecret;

/** Those arguments with a fault in the endpoint's path. @param {string} fault */
function faulty(fault) {
  const { tokenEndpoint, clientId } = server.systems['os-data-hub'];
  return flags('os-data-hub', {
    clientId,
    tokenEndpoint: tokenEndpoint.replace(server.url, `${server.url}/fault/${fault}`),
  });
}

describe('prints the token alone', () => {
  test('for treehub.json', async () => {
    await assertToken(await run([file('ota-connect/treehub.json')]), server.systems['ota-connect']);
    assert.deepEqual(server.requests[0].fields, ['grant_type', 'scope']);
  });

  test('for credentials.zip', async () => {
    await assertToken(
      await run([file('ota-connect/credentials.zip')]),
      server.systems['ota-connect'],
    );
  });

  test('for a section of credentials.ini', async () => {
    const properties = await readFile(file('here/credentials.properties'), 'utf8');
    const ini = await written(
      'credentials.ini',
      `[default]\nhere.access.key.id = x\nhere.access.key.secret = y\n[mine]\n${properties}`,
    );
    await assertToken(await run([ini, '--profile', 'mine']), server.systems.here);
    assertFailed(
      await run([ini, '--profile', 'yours']),
      2,
      /credentials.ini has no section \[yours\]: .+: \[default\], \[mine\]\n$/,
    );
    assertFailed(
      await run([file('ota-connect/treehub.json'), '--profile', 'mine']),
      2,
      /has no profiles/,
    );
  });

  test('for a .env file, and for an id and a secret in a line', async () => {
    const { tokenEndpoint, clientId, clientSecret } = server.systems.iotspot;
    const env = await written(
      'my.env',
      `export FETCHTOKEN_PROVIDER=iotspot\nFETCHTOKEN_CLIENT_ID="${clientId}"\nFETCHTOKEN_CLIENT_SECRET='${clientSecret}'\nFETCHTOKEN_TOKEN_ENDPOINT=${tokenEndpoint}\n`,
    );
    await assertToken(await run([env]), server.systems.iotspot);
    const line = await written('pair', `${clientId}:${clientSecret}\n`);
    await assertToken(
      await run([line, '--provider', 'iotspot', '--endpoint', tokenEndpoint]),
      server.systems.iotspot,
    );
    assertFailed(await run([line]), 2, /--endpoint is missing: give --provider, --endpoint or --issuer\nhint: --endpoint or FETCHTOKEN_TOKEN_ENDPOINT sets it\n$/);
  });

  test('for a private key and any other server', async () => {
    const {
      tokenEndpoint,
      clientId,
      api,
      keys: {
        ed25519: { privateKey, keyId },
      },
    } = server.systems.oauth2;
    const args = ['--endpoint', tokenEndpoint, '--client-id', clientId, '--key-id', keyId];
    const path = await written('key.pem', privateKey);
    await assertToken(await run([...args, '--private-key-file', path], { input: null }), {
      api,
      clientId,
    });
    await assertToken(await run([...args, '--private-key-file', '-'], { input: privateKey }), {
      api,
      clientId,
    });
    await assertToken(
      await run(args, { env: { FETCHTOKEN_PRIVATE_KEY: privateKey }, input: null }),
      { api, clientId },
    );
    const both = { FETCHTOKEN_PRIVATE_KEY: privateKey, [SECRET]: 'left over' };
    await assertToken(
      await run([...args, '--client-auth', 'private_key_jwt'], { env: both, input: null }),
      { api, clientId },
    );
    assert.deepEqual(
      server.requests.filter(({ method }) => method === 'POST').map(({ clientAuth }) => clientAuth),
      Array(4).fill('assertion'),
    );
    assertFailed(
      await run([...args, '--private-key-file', await written('empty', '')]),
      2,
      'fetchtoken: --private-key-file holds no key: it is empty\n',
    );
    assertFailed(
      await run([...args, '--private-key-file', file('none')]),
      2,
      /^fetchtoken: --private-key-file can't be read: there is no such file\n/,
    );
    assertFailed(
      await run([
        ...args,
        '--private-key-file',
        path,
        '--client-secret-file',
        await written('secret', 'x'),
      ]),
      2,
      /--client-auth is missing: both .+\nhint: --client-auth or FETCHTOKEN_CLIENT_AUTH sets it\n$/,
    );
    assertFailed(
      await run([...args, '--private-key-file', '-', '--client-secret-file', '-']),
      2,
      'fetchtoken: --client-secret-file and --private-key-file are both standard input\n',
    );
  });

  test('for credentials.properties', async () => {
    await assertToken(await run([file('here/credentials.properties')]), server.systems.here);
    assert.equal(server.requests[0].clientAuth, 'OAuth');
  });

  for (const environment of ['sandbox', 'live']) {
    test(`for a private key JSON of ${environment}`, async () => {
      await assertToken(
        await run([file(`high-mobility/${environment}.json`)]),
        server.systems['high-mobility'][environment],
      );
      assert.equal(server.requests[0].clientAuth, 'assertion');
    });
  }

  for (const provider of ['iotspot', 'os-data-hub', 'here']) {
    test(`for ${provider} without a file`, async () => {
      await assertToken(
        await run(flags(provider), { env: { [SECRET]: secretOf(provider) } }),
        server.systems[provider],
      );
    });
  }

  test('for High Mobility without a file', async () => {
    const { sandbox } = server.systems['high-mobility'];
    const args = [...flags('high-mobility', sandbox), '--environment', 'sandbox'];
    await assertToken(await run(args, { env: { [SECRET]: sandbox.clientSecret } }), sandbox);
    assert.equal(server.requests[0].clientAuth, 'body');
  });

  test('for any other server', async () => {
    const { tokenEndpoint, clientId, clientSecret } = server.systems.oauth2;
    const args = ['--endpoint', tokenEndpoint, `--client-id=${clientId}`];
    await assertToken(await run(args, { env: { [SECRET]: clientSecret } }), server.systems.oauth2);
    await assertToken(
      await run([...args, '--client-auth', 'client_secret_post'], {
        env: { [SECRET]: clientSecret },
      }),
      server.systems.oauth2,
    );
    assert.deepEqual(
      server.requests.filter(({ method }) => method === 'POST').map(({ clientAuth }) => clientAuth),
      ['Basic', 'body'],
    );
  });

  test('for a client that has no secret, and waits for none', async () => {
    const { tokenEndpoint, publicClientId, api } = server.systems.oauth2;
    const args = [
      '--endpoint',
      tokenEndpoint,
      '--client-id',
      publicClientId,
      '--client-auth',
      'none',
    ];
    await assertToken(await run(args, { input: null, env: { [SECRET]: secretOf('oauth2') } }), {
      api,
      clientId: publicClientId,
    });
  });

  test('for a file whose path has blanks, through the link that npm makes, in a folder with blanks', async () => {
    const installed = file('a project/node_modules/fetchtoken');
    await mkdir(file('a project/node_modules/.bin'), { recursive: true });
    await cp(join(root, 'js'), join(installed, 'js'), {
      recursive: true,
      filter: (path) => !path.includes('/js/test'),
    });
    for (const path of ['package.json', 'dist/fetchtoken-compact.wasm', TEXTS]) {
      await cp(join(root, path), join(installed, path), { recursive: true });
    }
    const bin = file('a project/node_modules/.bin/fetchtoken');
    await symlink('../fetchtoken/js/cli/cli.js', bin);
    const key = await written('my key.json', await readFile(file('high-mobility/live.json')));
    await assertToken(
      await run([key], { command: [process.execPath, bin] }),
      server.systems['high-mobility'].live,
    );
    // by its #! line
    await assertToken(await run([key], { command: [bin] }), server.systems['high-mobility'].live);
  });

  test('in a shell, where it becomes a variable', async () => {
    const script = `TOKEN=$('${process.execPath}' '${CLI}' ` +
      `'${file('here/credentials.properties')}') && printf %s "$TOKEN" | wc -c`;
    assert.match((await run(['-c', script], { command: ['sh'] })).stdout, /^\s*128\n$/);
  });
});

describe('the secret', () => {
  test('comes from a file, whose last line break does not count', async () => {
    for (const end of ['', '\n', '\r\n']) {
      const path = await written('secret', secretOf('iotspot') + end);
      await assertToken(
        await run([...flags('iotspot'), '--client-secret-file', path]),
        server.systems.iotspot,
      );
    }
    const path = await written('secret', `${secretOf('iotspot')}\n\n`);
    assertFailed(
      await run([...flags('iotspot'), '--client-secret-file', path]),
      2,
      /the client secret contains a line break/,
    );
  });

  test('comes from standard input, asked for or not', async () => {
    const input = `${secretOf('iotspot')}\n`;
    await assertToken(await run(flags('iotspot'), { input }), server.systems.iotspot);
    await assertToken(
      await run([...flags('iotspot'), '--client-secret-file', '-'], { input }),
      server.systems.iotspot,
    );
    await assertToken(
      await run([...flags('iotspot'), '--client-secret-file', '-'], {
        input,
        env: { [SECRET]: 'wrong' },
      }),
      server.systems.iotspot,
    );
  });

  test('comes from the environment before standard input, and a file before both', async () => {
    await assertToken(
      await run(flags('iotspot'), { env: { [SECRET]: secretOf('iotspot') }, input: null }),
      server.systems.iotspot,
    );
    const path = await written('secret', secretOf('iotspot'));
    await assertToken(
      await run([...flags('iotspot'), '--client-secret-file', path], {
        env: { [SECRET]: 'wrong' },
        input: null,
      }),
      server.systems.iotspot,
    );
  });

  test('of FILE is overridden by --client-secret-file', async () => {
    const { 'ota-connect': ota } = server.systems;
    const changed = await written(
      'changed.json',
      (await readFile(file('ota-connect/treehub.json'), 'utf8')).replace(
        ota.clientSecret,
        'of-long-ago',
      ),
    );
    const path = await written('secret', ota.clientSecret);
    await assertToken(await run([changed, '--client-secret-file', path]), ota);
    assertFailed(
      await run([changed]),
      1,
      /invalid_client\nhint: check --client-id and the client secret\n$/,
    );
  });

  test('of FILE is overridden by the environment only for a --client-id', async () => {
    const { 'ota-connect': ota } = server.systems;
    await assertToken(
      await run([file('ota-connect/treehub.json')], { env: { [SECRET]: 'left over' } }),
      ota,
    );
    await assertToken(
      await run([file('ota-connect/treehub.json'), '--client-id', ota.clientId], { input: null }),
      ota,
    );
    const other = await written(
      'other.json',
      (await readFile(file('ota-connect/treehub.json'), 'utf8'))
        .replace(ota.clientId, 'x')
        .replace(ota.clientSecret, 'y'),
    );
    await assertToken(
      await run([other, '--client-id', ota.clientId], { env: { [SECRET]: ota.clientSecret } }),
      ota,
    );
  });

  test('is not needed beside a key, unless --client-auth wants one', async () => {
    const { sandbox } = server.systems['high-mobility'];
    await assertToken(
      await run([file('high-mobility/sandbox.json')], {
        env: { [SECRET]: 'left over' },
        input: null,
      }),
      sandbox,
    );
    await assertToken(
      await run([file('high-mobility/sandbox.json'), '--client-auth', 'client_secret_post'], {
        input: sandbox.clientSecret,
      }),
      sandbox,
    );
    assert.deepEqual(
      server.requests.filter(({ method }) => method === 'POST').map(({ clientAuth }) => clientAuth),
      ['assertion', 'body'],
    );
    const path = await written('secret', sandbox.clientSecret);
    assertFailed(
      await run([file('high-mobility/sandbox.json'), '--client-secret-file', path]),
      2,
      /--client-auth is missing: both .+\nhint: --client-auth or FETCHTOKEN_CLIENT_AUTH sets it\n$/,
    );
  });

  test('is never taken from the command line', async () => {
    const secret = secretOf('iotspot');
    const ways = [
      ['--client-secret', secret],
      [`--client-secret=${secret}`],
      [`--clientSecret=${secret}`],
      ['--help', '--client-secret', secret],
    ];
    await each(ways, async (args) => {
      assertFailed(
        await run([...flags('iotspot'), ...args]),
        2,
        /^fetchtoken: the client secret is not taken from the command line, .+\nhint: give it by --client-secret-file PATH, by the environment variable FETCHTOKEN_CLIENT_SECRET, or by standard input\n$/,
      );
    });
    const slips = [
      ['--secret', secret],
      [`--password=${secret}`],
      [secret, secret],
      ['--json', secret],
      ['--client-secret-file', secret],
    ];
    await each(slips, async (args) =>
      assert.equal((await run([...flags('iotspot'), ...args])).status, 2),
    );
    assert.equal(server.requests.length, 0);
  });

  test('may be empty, from a variable or a file, and is sent so', async () => {
    const { stdout: basic } = await run([...flags('iotspot'), '--curl', '--show-secrets'], {
      env: { [SECRET]: '' },
    });
    const { clientId } = server.systems.iotspot;
    assert.ok(basic.includes(Buffer.from(`${clientId}:`).toString('base64')), basic);
    for (const [source, args, env] of /** @type {const} */ ([
      [`the environment variable ${SECRET}`, [], { [SECRET]: '' }],
      ['the file of --client-secret-file', ['--client-secret-file', await written('e', '\n')], {}],
    ])) {
      const { status, stderr } = await run([...flags('iotspot'), ...args], { env });
      assert.equal(status, 1);
      assert.equal(
        stderr.split('\n')[0],
        `fetchtoken: ${source} is empty, so the client secret is sent as an empty one`,
      );
    }
    const { status, stderr } = await run(
      [...flags('iotspot'), '--client-auth', 'client_secret_jwt'], { env: { [SECRET]: '' } },
    );
    assert.equal(status, 2);
    assert.match(stderr, /\nfetchtoken: the client secret is missing: client_secret_jwt needs it\n/);
  });

  test('counts beside a key, as method and grant say', async () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      .export({ format: 'pem', type: 'pkcs8' });
    const env = { FETCHTOKEN_PRIVATE_KEY: String(key), [SECRET]: 'beside-the-key' };
    const jwt = ['--grant-type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'];
    const args = ['--endpoint', 'https://as.example/token', '--client-id', 'c', '--curl'];
    /** @type {[options: string[], isKeyUsed: boolean, isSecretUsed: boolean][]} */
    const table = [
      [[], false, true],
      [['--client-auth', 'client_secret_post'], false, true],
      [['--client-auth', 'private_key_jwt'], true, false],
      [['--client-auth', 'oauth1'], false, false], // HMAC shows no secret
      [['--client-auth', 'oauth1', '--signature-method', 'RSA-SHA1'], true, false],
      [['--client-auth', 'client_secret_post', ...jwt], true, true],
      [['--client-auth', 'private_key_jwt', ...jwt], true, true],
      [
        ['--client-auth', 'client_secret_post', ...jwt, '--parameter-file', 'assertion=-'],
        false, true,
      ],
    ];
    await each(table, async ([options, isKeyUsed, isSecretUsed]) => {
      const { status, stdout, stderr } = await run([...args, '--show-secrets', ...options], {
        env, input: 'an.assertion.here',
      });
      assert.equal(status, 0, stderr);
      const isSigned = /assertion=ey|RSA-SHA1/.test(stdout);
      const isSent = stdout.includes('beside-the-key') || stdout.includes('Basic ');
      assert.deepEqual([isSigned, isSent], [isKeyUsed, isSecretUsed], options.join(' '));
    });
    assertFailed(
      await run([...args, ...jwt], { env }),
      2,
      /^fetchtoken: --client-auth is missing: both the client secret and the private key are given/,
    );
  });

  test('is missed, wherever it is missing', async () => {
    assertFailed(
      await run(flags('iotspot')),
      2,
      /^fetchtoken: the client secret is missing: standard input is empty\nhint: give it by --client-secret-file PATH, /,
    );
    assertFailed(
      await run(flags('iotspot'), { input: '\n' }),
      2,
      'fetchtoken: standard input holds no secret: it is empty\n',
    );
    assertFailed(
      await run([...flags('iotspot'), '--client-secret-file', file('none')]),
      2,
      /^fetchtoken: --client-secret-file can't be read: there is no such file\nhint: PATH is that of a file with the secret, not the secret\n$/,
    );
    assertFailed(
      await run([...flags('iotspot'), '--client-secret-file', dir]),
      2,
      "fetchtoken: --client-secret-file can't be read: it is a folder\n" +
        'hint: give the path of a file in that folder\n',
    );
    assertFailed(
      await run(flags('iotspot'), { input: Buffer.from([0xff, 0xfe, 0x61, 0]) }),
      2,
      'fetchtoken: standard input is not text in UTF-8\n',
    );
    const noClientAuth = ['-', '--client-auth', 'client_secret_post'];
    assertFailed(
      await run(noClientAuth, { input: await readFile(file('high-mobility/live.json')) }),
      2,
      /^fetchtoken: the client secret is missing\nhint: give it/,
    );
    assert.equal(server.requests.length, 0);
  });

  test('is missed only where nothing else is wrong', async () => {
    assertFailed(
      await run(['--provider', 'iotspt', '--client-id', 'x']),
      2,
      /^fetchtoken: unknown provider "iotspt": did you mean iotspot\?/,
    );
    assertFailed(
      await run(['--provider', 'high-mobility', '--client-id', 'x']),
      2,
      /^fetchtoken: --environment is missing/,
    );
  });

  test('is not waited for at a terminal', async () => {
    const command = [
      'script',
      '-qec',
      [process.execPath, CLI, ...flags('iotspot')].map((arg) => `'${arg}'`).join(' '),
      '/dev/null',
    ];
    const { status, stdout } = await run([], { command, input: null });
    assert.deepEqual(
      [status, stdout.replaceAll('\r', '')],
      [
        2,
        `fetchtoken: the client secret is missing\nhint: give it by --client-secret-file PATH, ` +
        `by the environment variable ${SECRET}, or by standard input\n`,
      ],
    );
  });

  test('is waited for with a word', async () => {
    const child = spawn(process.execPath, [CLI, ...flags('iotspot')]);
    const result = ended(child);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.stdin.end(secretOf('iotspot'));
    const { stderr, ...rest } = await result;
    assert.equal(stderr, 'fetchtoken: waiting for the client secret on standard input\n');
    await assertToken({ stderr: '', ...rest }, server.systems.iotspot);
  });
});

describe('options', () => {
  test('--json prints the whole response', async () => {
    const { status, stdout } = await run([file('here/credentials.properties'), '--json']);
    const { access_token, expires_at, ...token } = JSON.parse(stdout);
    assert.deepEqual([status, token], [0, { token_type: 'bearer', expires_in: 86399 }]);
    assert.ok(Math.abs(expires_at - Date.now() / 1000 - 86399) < 60);
    await assertToken({ status, stdout: `${access_token}\n`, stderr: '' }, server.systems.here);
  });

  test('--provider, --endpoint and --client-id override the file', async () => {
    const { iotspot, here } = server.systems;
    const path = await written('secret', iotspot.clientSecret);
    await assertToken(
      await run([
        file('ota-connect/treehub.json'),
        ...flags('iotspot'),
        '--scope',
        'iotspot/openapi',
        '--client-secret-file',
        path,
      ]),
      iotspot,
    );
    assert.deepEqual(server.requests[0].fields, ['grant_type', 'scope', 'client_id']);
    assertFailed(
      await run([file('here/credentials.properties'), '--client-id', here.appId]),
      1,
      /401310.+\nhint: --client-id must be the access key id/,
    );
  });

  test('--scope overrides the scope of the file, and may be given several times', async () => {
    assertFailed(
      await run([file('ota-connect/treehub.json'), '--scope', 'another']),
      1,
      /invalid_scope\nhint: the app client has no such scope\n$/,
    );
    await assertToken(
      await run([file('ota-connect/treehub.json'), '--scope=']),
      server.systems['ota-connect'],
    );
    const { stdout } = await run(
      [
        '--endpoint',
        server.systems.oauth2.tokenEndpoint,
        '--client-id',
        server.systems.oauth2.clientId,
        '--scope',
        'b',
        '--scope',
        'a',
        '--json',
      ],
      { input: secretOf('oauth2') },
    );
    assert.equal(JSON.parse(stdout).scope, 'b a');
  });

  test('--environment chooses among the endpoints of the provider, which the file must not contradict', async () => {
    const { sandbox } = server.systems['high-mobility'];
    const key = JSON.parse(await readFile(file('high-mobility/sandbox.json'), 'utf8'));
    const bare = await written(
      'bare.json',
      JSON.stringify({ id: key.id, private_key: key.private_key }),
    );
    assertFailed(
      await run([bare]),
      2,
      /^fetchtoken: there is no client id\nhint: give it by --client-id ID, or by the environment variable FETCHTOKEN_CLIENT_ID\n$/,
    );
    assertFailed(
      await run([bare, '--client-id', 'x']),
      2,
      /^fetchtoken: --environment is missing: it must be sandbox or live\nhint: --environment or FETCHTOKEN_ENVIRONMENT sets it\n$/,
    );
    assertFailed(
      await run([bare, '--client-id', 'x', '--environment', 'sandbx']),
      2,
      /^fetchtoken: unknown environment "sandbx": did you mean sandbox\?\n$/,
    );
    await assertToken(
      await run([
        bare,
        '--client-id',
        sandbox.clientId,
        '--environment',
        'live',
        '--endpoint',
        sandbox.tokenEndpoint,
      ]),
      sandbox,
    );
    // The endpoint of an environment is elsewhere, so this only looks at where the request would
    // go.
    const preload = 'globalThis.fetch = async (url) => { throw new Error(`would go to ${url}`) }';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
    assertFailed(
      await run([bare, '--client-id', 'x', '--environment', 'live'], { env }),
      3,
      /would go to https:\/\/api\.high-mobility\.com\/v1\/access_tokens\n/,
    );
  });

  test('an environment that the file contradicts is no request', async () => {
    const key = JSON.parse(await readFile(file('high-mobility/live.json'), 'utf8'));
    const official = await written(
      'official.json',
      JSON.stringify({ ...key, instance_uri: 'https://api.high-mobility.com' }),
    );
    for (const [path, what] of [
      [file('high-mobility/live.json'), 'the token endpoint'],
      [official, 'another environment'],
    ]) {
      assertFailed(
        await run([path, '--environment', 'sandbox']),
        2,
        `fetchtoken: --environment is given, but FILE names ${what}\n` +
          'hint: leave --environment out, or give the file of that environment\n',
      );
      assertFailed(
        await run([path], { env: { FETCHTOKEN_ENVIRONMENT: 'sandbox' } }),
        2,
        /FETCHTOKEN_ENVIRONMENT is set beside FILE, .+\nhint: unset FETCHTOKEN_ENVIRONMENT\n$/,
      );
    }
    assertFailed(
      await run([
        ...['--provider', 'high-mobility', '--environment', 'sandbox', '--client-id', 'x'],
        ...['--endpoint', 'https://api.high-mobility.com/v1/access_tokens'],
      ], { env: { [SECRET]: 'secret-1' } }),
      2,
      /--environment sandbox, but --endpoint is that of live: leave out one or the other\n/,
    );
    assert.deepEqual(server.requests, []);
  });

  test('--client-auth overrides that of the provider', async () => {
    await run([...flags('os-data-hub'), '--client-auth', 'client_secret_post'], {
      input: secretOf('os-data-hub'),
    });
    assert.equal(server.requests[0].clientAuth, 'body');
    assertFailed(
      await run([...flags('os-data-hub'), '--client-auth', 'client_secret_pots'], { input: 'x' }),
      2,
      /unknown --client-auth "client_secret_pots": did you mean client_secret_post\?/,
    );
    assertFailed(
      await run([...flags('os-data-hub'), '--client-auth', 'private_key_jwt'], { input: null }),
      2,
      /^fetchtoken: the private key is missing: .+\nhint: --private-key-file sets it\n$/,
    );
  });

  test('--timeout is in seconds', async () => {
    assertFailed(
      await run([...faulty('hang'), '--timeout', '0.2'], { input: secretOf('os-data-hub') }),
      3,
      /did not answer in time\nhint: the server is slow/,
    );
    await assertToken(
      await run([...faulty('slow/300'), '--timeout=20'], { input: secretOf('os-data-hub') }),
      server.systems['os-data-hub'],
    );
    await each(['', '0', '-1', '1e3', 'soon', '2147484', '0.0001'], async (seconds) => {
      assertFailed(
        await run([...flags('iotspot'), `--timeout=${seconds}`]),
        2,
        'fetchtoken: --timeout wants a number of seconds, from 0.001 to 2147483\n',
      );
    });
  });

  test('--help describes every option and every exit status', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(Object.keys(COMMANDS).every((name) => stdout.includes(`\n  ${name} `)));
    const listed = [...stdout.matchAll(/^ {2}(?:-h, )?--([a-z][a-z0-9-]*)/gm)].map(([, name]) => name);
    assert.deepEqual(listed, Object.keys(OPTIONS));
    for (const exit of [0, 1, 2, 3, 4, 130, 141]) {
      assert.match(stdout, new RegExp(`^  ${exit} +\\S`, 'm'));
    }
    assert.ok(stdout.includes(SECRET));
    assert.ok(stdout.split('\n').every((line) => line.length <= 100));
    assert.deepEqual(await run(['-h']), { status, stdout, stderr });
  });

  test('--help of a command describes each of its options', async () => {
    for (const name of Object.keys(COMMANDS)) {
      const { status, stdout, stderr } = await run([name, '--help']);
      assert.deepEqual([status, stderr], [0, '']);
      assert.ok(stdout.startsWith(`usage: fetchtoken ${name} `));
      const listed = [...stdout.matchAll(/^ {2}(?:-\w, )?--([a-z][a-z0-9-]*)/gm)].map(([, option]) => option);
      assert.deepEqual(listed, Object.keys(optionsOf(name)));
      assert.ok(stdout.split('\n').every((line) => line.length <= 100), name);
    }
  });

  test('docs/command.md has every option as --help has it, and its variable', async () => {
    const page = (await readFile(join(root, 'docs/command.md'), 'utf8')).replaceAll(/\s+/g, ' ');
    const own = Object.values(COMMANDS).flatMap(({ options }) => Object.entries(options));
    for (const [name, { value, short, help, field }] of [...Object.entries(OPTIONS), ...own]) {
      const names = [`--${name}${value ? ` ${value}` : ''}`, short && `-${short}`];
      const variable = field && FIELDS.get(field)?.variable;
      const listed = [...names, variable].filter(Boolean).map((text) => `\`${text}\``);
      assert.ok(page.includes(`- ${listed.join(', ')}: ${help}`), name);
    }
  });

  test('--help names the providers and the methods that there are', async () => {
    const { stdout } = await run(['--help']);
    const namesIn = (/** @type {string} */ text) => text.split(/,\s+|\s+or\s+/);
    const named = (/** @type {string} */ option) =>
      namesIn(
        stdout.match(new RegExp(`^  ${option} [A-Z]+ +(.+(?:\\n {20,}.+)*)$`, 'm'))?.[1] ?? '',
      );
    const known = async (/** @type {string[]} */ args) =>
      namesIn((await run(args, { input: 'x' })).stderr.match(/known are (.+)\n/)?.[1] ?? '');
    assert.deepEqual(named('--provider'), await known(['--provider', 'zzz', '--client-id', 'x']));
    assert.deepEqual(
      named('--client-auth'),
      await known([...flags('os-data-hub'), '--client-auth', 'zzz']),
    );
  });

  test('--version prints the version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    assert.deepEqual(await run(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('an unknown one is refused, and the nearest is named', async () => {
    const nearest = {
      '--jsn': 'json',
      '--no-json': 'json',
      '--tokenEndpoint': 'endpoint',
      '--clientId': 'client-id',
      '--env': 'environment',
      '--auth': 'client-auth',
      '--secret=x': 'client-secret-file',
      '--prvoider': 'provider',
    };
    await each(Object.entries(nearest), async ([given, near]) => {
      assertFailed(
        await run(['FILE', given]),
        2,
        `fetchtoken: argument 2 is an unknown option: did you mean --${near}?\nhint: fetchtoken ` +
        `--help lists the options\n`,
      );
    });
    await each(['-x', '--__proto__', '--out'], async (given) => {
      assertFailed(
        await run(['FILE', given]),
        2,
        'fetchtoken: argument 2 is an unknown option\nhint: fetchtoken --help lists the options\n',
      );
    });
  });

  test('an unknown one is not repeated, for a secret may be in it', async () => {
    const ways = [
      '--client-secretHUNTER2',
      '--client_secretHUNTER2',
      '--clientSecret_HUNTER2',
      '--secret-HUNTER2',
      '-pHUNTER2',
      '-HUNTER2',
      '--HUNTER2=x',
      '--HUNTER2',
      '--x=HUNTER2',
      '--jsonHUNTER2',
      '--client-id-HUNTER2',
    ];
    await each(ways, async (given) => {
      const { status, stdout, stderr } = await run([...flags('iotspot'), given]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.ok(!/h.?u.?n.?t.?e.?r/i.test(stderr), stderr);
    });
  });

  test('a wrong command line is refused', async () => {
    const wrong = /** @type {[string[], RegExp][]} */ ([
      [
        ['--profile', 'x', '--provider', 'here', '--client-id', 'x'],
        /--profile is for a credentials.ini, and none is read\nhint: .+ leave --provider out/,
      ],
      [['a', 'b'], /there is more than one FILE\nhint: quote a path with blanks/],
      [['a', '--', '--json'], /there is more than one FILE/],
      [['explain', 'a'], /more than one FILE\nhint: did you mean fetchtoken FILE --explain\?/],
      [['help'], /no such file\nhint: did you mean fetchtoken --help\?/],
      [['consol'], /no such file\nhint: did you mean fetchtoken console\?/],
      [['os-data-hub'], /no such file\nhint: did you mean fetchtoken --provider os-data-hub\?/],
      [['no.json'], /no such file\nhint: FILE is the path of a credentials file/],
      [
        ['--provider', 'here', '--client-id', 'x', '--header', 'X-A: b'],
        /--header wants NAME=VALUE\nhint: it is for the token request; -H /,
      ],
      [['a', '--provider'], /--provider wants a value/],
      [
        ['a', '--provider', '--json'],
        /--provider wants a value\nhint: a value that begins with - is written --provider=-…/,
      ],
      [['a', '--json=yes'], /--json takes no value/],
      [['a', '--provider', 'here', '--provider', 'iotspot'], /--provider is given twice/],
      [['-', '--client-secret-file', '-'], /FILE and --client-secret-file are both standard input/],
      [
        ['--provider', 'iot-spt', '--client-id', 'x'],
        /unknown provider "iot-spt": did you mean iotspot\?/,
      ],
      [
        ['--endpoint', 'http://example.com/token', '--client-id', 'x'],
        /--endpoint must start with https:\/\/.+\nhint: --endpoint or FETCHTOKEN_TOKEN_ENDPOINT sets it/,
      ],
      [['--provider', 'iotspot'], /there is no client id\nhint: give it by --client-id ID/],
      [
        ['--client-id', 'x'],
        /no credentials were found: .+\nhint: give FILE, or --provider and --client-id/,
      ],
      [['--cache', '--explain'], /--cache is for tokens, and --explain and --curl ask for none/],
      [['--provider', '', '--client-id', 'x'], /--provider is empty: .+\nhint: --provider or FETCHTOKEN_PROVIDER sets it/],
    ]);
    await each(wrong, async ([args, stderr]) => {
      const input = args[0] === '-' ? await readFile(file('here/credentials.properties')) : 'x';
      assertFailed(await run(args, { input }), 2, stderr);
    });
    assertFailed(
      await run(['--client-id=-x', '--endpoint', server.systems.oauth2.tokenEndpoint], {
        input: 'x',
      }),
      1,
      /invalid_client/,
    );
  });
});

describe('variables', () => {
  /**
   * What --explain says of a request: its parameters, and who decided about each field.
   *
   * @param {string[]} args
   * @param {Record<string, string>} env
   */
  const explained = (args, env) => run([...args, '--explain'], { env });
  const endpoint = 'https://as.example.com/token';

  test('each field that a text can set has an option and a variable, but for secrets', async () => {
    const source = await readFile(join(root, 'core/config_fields.go'), 'utf8');
    const fields = [...source.matchAll(/\{\s*name: "(\w+)",([^]*?)(?=\n\t\{|\n\}\n)/g)];
    const texts = fields.filter(([, , rest]) => /\b(text|list):/.test(rest));
    assert.ok(texts.length > 10, String(texts.length));
    const open = texts.filter(([, , rest]) => !/(secret|hidden): true/.test(rest));
    const names = open.map(([, name]) => name);
    const members = ['response.expiresIn', 'response.scope', 'response.token', 'x5c'];
    assert.deepEqual([...FIELDS.keys()].sort(), [...names, ...members].sort());
    const values = Object.keys(OPTIONS);
    for (const [field, { option, variable }] of FIELDS) {
      assert.ok(values.includes(option.slice(2)), field);
      if (variable === undefined) {
        continue;
      }
      // the core knows it by this name
      const { stderr } = await run(['--endpoint', endpoint], { env: { [variable]: '' } });
      assert.match(stderr, new RegExp(`^fetchtoken: the variable ${variable} is empty`), field);
    }
  });

  /** Fields, a value of each, and where the request has it. @type {[string, string, RegExp][]} */
  const values = [
    ['grant-type', 'urn:example:grant', /grant_type=urn%3Aexample%3Agrant/],
    ['scope', 'one two', /scope=one\+two/],
    ['audience', 'https://api.example.com', /audience=https%3A%2F%2Fapi.example.com/],
    ['resource', 'urn:example:r', /resource=urn%3Aexample%3Ar/],
    ['body-format', 'json', /Content-Type: application\/json/i],
    ['basic-encoding', 'raw', /basicEncoding +given +raw/],
    ['response-token', 'result.accessToken', /response\.token +given +result\.accessToken/],
    ['response-expires-in', 'result.ttl', /response\.expiresIn +given +result\.ttl/],
    ['response-scope', 'scopes', /response\.scope +given +scopes/],
    ['client-auth', 'client_secret_post', /client_secret=\[redacted\]/],
  ];

  test('set fields as options do, which override them', async () => {
    const client = ['--endpoint', endpoint, '--client-id', 'id'];
    await each(values, async ([name, value, expected]) => {
      const variable = `FETCHTOKEN_${name.toUpperCase().replaceAll('-', '_')}`;
      const secret = { [SECRET]: 'a secret of the test' };
      const option = await explained([...client, `--${name}`, value], secret);
      assert.match(option.stdout, expected, `${name} ${option.stderr}`);
      const set = await explained(client, { ...secret, [variable]: value });
      assert.match(set.stdout, expected, `${variable} ${set.stderr}`);
      const both = { ...secret, [variable]: name === 'client-auth' ? 'none' : 'form' };
      const overridden = await explained([...client, `--${name}`, value], both);
      assert.match(overridden.stdout, expected, `${name} before ${variable}`);
    });
  });

  test('several of a list are several parameters', async () => {
    const args = ['--endpoint', endpoint, '--client-id', 'id', '--client-auth', 'none'];
    const { stdout } = await explained([...args, '--resource=urn:a', '--resource=urn:b'], {});
    assert.match(stdout, /resource=urn%3Aa&resource=urn%3Ab/);
  });

  test('override the same field of FILE', async () => {
    const treehub = [file('ota-connect/treehub.json')];
    const { stdout, stderr } = await explained(treehub, { FETCHTOKEN_SCOPE: 'of-mine' });
    assert.match(stdout, /scope=of-mine/, stderr);
  });

  test('name the client beside --provider, --endpoint and --client-id', async () => {
    const { iotspot } = server.systems;
    const endpoint = { FETCHTOKEN_TOKEN_ENDPOINT: iotspot.tokenEndpoint };
    const secret = { [SECRET]: iotspot.clientSecret };
    await assertToken(
      await run(['--provider', 'iotspot', '--endpoint', iotspot.tokenEndpoint], {
        env: { ...secret, FETCHTOKEN_CLIENT_ID: iotspot.clientId },
      }),
      iotspot,
    );
    await assertToken(
      await run(['--client-id', iotspot.clientId], {
        env: { ...secret, ...endpoint, FETCHTOKEN_PROVIDER: 'iotspot' },
      }),
      iotspot,
    );
  });

  test('are refused where they would lead a secret elsewhere, or are of another client', async () => {
    const treehub = [file('ota-connect/treehub.json')];
    const refused = /** @type {[string[], string, string, string][]} */ ([
      [treehub, 'TOKEN_ENDPOINT', 'FILE', 'endpoint'],
      [treehub, 'ISSUER', 'FILE', 'issuer'],
      [treehub, 'PROVIDER', 'FILE', 'provider'],
      [treehub, 'CLIENT_ID', 'FILE', 'client-id'],
      [['--provider', 'iotspot', '--client-id', 'x'], 'TOKEN_ENDPOINT', '--provider', 'endpoint'],
      [['--provider', 'iotspot', '--client-id', 'x'], 'ISSUER', '--provider', 'issuer'],
    ]);
    await each(refused, async ([args, name, named, option]) => {
      const variable = `FETCHTOKEN_${name}`;
      const value = ['TOKEN_ENDPOINT', 'ISSUER'].includes(name) ? endpoint : 'another';
      assertFailed(
        await run(args, { env: { [variable]: value, [SECRET]: 'of the other' } }),
        2,
        `fetchtoken: the environment variable ${variable} is set beside ${named}, and a secret ` +
        `goes only where its own file, or its own variables, say\nhint: give --${option}, or ` +
        `unset ${variable}\n`,
      );
    });
    // the same value is no other, and an option decides
    const { 'ota-connect': ota } = server.systems;
    const same = {
      FETCHTOKEN_TOKEN_ENDPOINT: ota.tokenEndpoint,
      FETCHTOKEN_CLIENT_ID: ota.clientId,
    };
    await assertToken(await run(treehub, { env: same }), ota);
    await assertToken(
      await run([...treehub, '--endpoint', ota.tokenEndpoint], {
        env: { FETCHTOKEN_TOKEN_ENDPOINT: endpoint },
      }),
      ota,
    );
    assert.ok(server.requests.every(({ outcome }) => outcome === 'ok'));
  });

  test('that are unknown are refused', async () => {
    assertFailed(
      await run([file('ota-connect/treehub.json')], { env: { FETCHTOKEN_AUDIENC: 'x' } }),
      2,
      /unknown variable .*did you mean FETCHTOKEN_AUDIENCE\?/,
    );
  });
});

describe('--cache', () => {
  /** @type {string} */
  let folder;
  beforeEach(async () => {
    folder = await mkdtemp(join(dir, 'cache '));
  });
  /** How many tokens were asked for. */
  const asked = () => server.requests.filter(({ method }) => method === 'POST').length;
  const args = () => [...flags('os-data-hub'), '--cache'];
  /** The command with that cache. @param {string[]} args @param {Record<string, string>} [env] */
  const cached = (args, env) =>
    run(args, { env: { XDG_CACHE_HOME: folder, [SECRET]: secretOf('os-data-hub'), ...env } });
  /**
   * What an application with the same configuration keeps in the same folder.
   *
   * @param {import('../../types.js').TokenClientOptions} [options]
   */
  const kept = (options) => {
    const { tokenEndpoint, clientId, clientSecret } = server.systems['os-data-hub'];
    return createClient(
      { provider: 'os-data-hub', tokenEndpoint, clientId, clientSecret },
      { store: fileStore(join(folder, 'fetchtoken')), ...options },
    ).getToken();
  };

  test('keeps the token, for its user alone and sealed', async () => {
    const first = await cached(args());
    await assertToken(first, server.systems['os-data-hub']);
    const second = await cached([...args(), '--verbose']);
    assert.deepEqual([second.stdout, asked()], [first.stdout, 1]);
    assert.match(second.stderr, /^fetchtoken: the token: from the cache$/m);
    assert.match(
      (await cached([...args().slice(0, -1), '--verbose', '--cache', '--scope', 'another'])).stderr,
      /^fetchtoken: the token: from the server$/m,
    );

    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    assert.ok(files.length >= 2);
    await each(files, async ({ parentPath, name }) => {
      assert.equal((await stat(join(parentPath, name))).mode & 0o777, 0o600);
      const text = name + (await readFile(join(parentPath, name), 'utf8'));
      assert.ok(![first.stdout.trim(), ...secrets].some((secret) => text.includes(secret)));
    });
  });

  test('asks once for several processes', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => cached(args())));
    await assertToken(results[0], server.systems['os-data-hub']);
    assert.deepEqual([new Set(results.map(({ stdout }) => stdout)).size, asked()], [1, 1]);
  });

  test('has the token of a private key', async () => {
    const key = [
      '--private-key-file',
      await written('cache.pem', server.systems.oauth2.keys.p256.privateKey),
      '--key-id',
      server.systems.oauth2.keys.p256.keyId,
    ];
    const client = [
      '--endpoint',
      server.systems.oauth2.tokenEndpoint,
      '--client-id',
      server.systems.oauth2.clientId,
    ];
    const [first, second] = [
      await cached([...client, ...key, '--cache']),
      await cached([...client, ...key, '--cache']),
    ];
    await assertToken(first, server.systems.oauth2);
    assert.deepEqual([second.stdout, asked()], [first.stdout, 1]);
  });

  test('prints no token that has ended', async () => {
    const { access_token: good } = await kept();
    assert.equal((await cached(args())).stdout, `${good}\n`, 'the one that an application keeps');
    await rm(folder, { recursive: true });
    /** Without issued_at, which would tell that the clock is off. @type {typeof fetch} */
    const timeless = async (input, init) => {
      const { issued_at, ...token } = await (await fetch(input, init)).json();
      return Response.json(token);
    };
    // in a file that lives
    const { access_token: ended } = await kept({
      clock: { now: () => Date.now() - 86_400_000 },
      fetch: timeless,
    });
    const { stdout } = await cached(args());
    assert.notEqual(stdout, `${ended}\n`);
    assert.equal((await cached(args())).stdout, stdout, 'the new one is kept in its place');
  });

  test('that can not be used is told, and the token is printed', async () => {
    const { status, stdout, stderr } = await cached(args(), {
      XDG_CACHE_HOME: await written('no folder', ''),
    });
    assert.deepEqual([status, stderr], [0, "fetchtoken: the cache can't be used: ENOTDIR\n"]);
    await assertToken({ status, stdout, stderr: '' }, server.systems['os-data-hub']);
  });

  test('needs something to seal with', async () => {
    const { tokenEndpoint, publicClientId } = server.systems.oauth2;
    assertFailed(
      await cached([
        '--endpoint',
        tokenEndpoint,
        '--client-id',
        publicClientId,
        '--client-auth',
        'none',
        '--cache',
      ]),
      2,
      'fetchtoken: --cache seals the token with the secret or the private key, and this client ' +
      'has neither\nhint: leave --cache out\n',
    );
  });
});

describe('a credentials file', () => {
  test('comes from standard input', async () => {
    for (const [name, system] of Object.entries({
      'here/credentials.properties': 'here',
      'ota-connect/treehub.json': 'ota-connect',
    })) {
      await assertToken(
        await run(['-'], { input: await readFile(file(name)) }),
        server.systems[system],
      );
    }
    assertFailed(
      await run(['-']),
      2,
      /^fetchtoken: the credentials file is empty: download it again; expected is /,
    );
  });

  test('is read, and nothing else is, while standard input stays open', async () => {
    await assertToken(
      await run([file('here/credentials.properties')], { input: null }),
      server.systems.here,
    );
  });

  test('of another kind is refused', async () => {
    const wrong = /** @type {[string, string | Uint8Array, RegExp][]} */ ([
      ['empty', '', /the credentials file "empty" is empty: download it again; expected is /],
      ['credentials.zip', 'PK\x03\x04 and so on', /the ZIP archive is cut off/],
      [
        'client_auth.p12',
        Buffer.from([0x30, 0x82, 0, 1, 0xff]),
        /the credentials file "client_auth.p12" is PKCS #12/,
      ],
      [
        'login.html',
        '<!DOCTYPE html><title>Sign in</title>',
        /"login.html" is an HTML page, perhaps a login page: download it again while signed in; expected is /,
      ],
      ['key.pem', server.systems['high-mobility'].live.privateKey, /is a bare PEM key/],
      [
        'package.json',
        '{"name":"x"}',
        /is JSON of an unknown kind; .+\nhint: for a system that gives no file, say --provider and --client-id\n$/,
      ],
      [
        'package-2.json',
        '{"name":"x","version":"1"}',
        /the credentials file "package-2.json" is a package.json of npm; expected is /,
      ],
      ['list.json', '[1]', /unknown kind/],
      ['cut.json', '{"oauth2":{"server":"', /was cut off/],
      [
        'no-secret.json',
        '{"oauth2":{"server":"https://a/token","client_id":"x"}}',
        /has no client_secret, or it is empty/,
      ],
      ['utf-16', Buffer.from('here.user.id = x', 'utf16le'), /is text in UTF-16/],
      [
        'large',
        Buffer.alloc(1_100_000, 'here.user.id = x\n'),
        /^fetchtoken: FILE is larger than 1 MiB\n$/,
      ],
      [
        'large.zip',
        Buffer.alloc(17_000_000, 'PK\x03\x04'),
        /^fetchtoken: FILE is larger than 16 MiB\n$/,
      ],
    ]);
    await each(wrong, async ([name, content, stderr]) =>
      assertFailed(await run([await written(name, content)]), 2, stderr),
    );
    await each(['iotspot.txt', 'os-data-hub.txt'], async (name) => {
      assertFailed(
        await run([file(name)]),
        2,
        /is text of an unknown kind; expected is .+\nhint: for a system that gives no file, say --provider and --client-id\n$/,
      );
    });
    assertFailed(
      await run([file('none')]),
      2,
      "fetchtoken: FILE can't be read: there is no such file\nhint: FILE is the path of a credentials file, not its content\n",
    );
    assertFailed(
      await run([dir]), 2,
      "fetchtoken: FILE can't be read: it is a folder\n" +
        'hint: give the path of a file in that folder\n',
    );
    assertFailed(await run(['/dev/zero']), 2, 'fetchtoken: FILE is larger than 1 MiB\n');
  });

  test('and a secret may come from a pipe, which is not waited for without an end', async () => {
    const properties = file('here/credentials.properties');
    const script = `'${process.execPath}' '${CLI}' <(sleep 0.3; cat '${properties}')`;
    await assertToken(await run(['-c', script], { command: ['bash'] }), server.systems.here);
    const secret = `'${process.execPath}' '${CLI}' ${flags('iotspot').join(' ')} ` +
      `--client-secret-file <(printf %s "$S")`;
    await assertToken(
      await run(['-c', secret], { command: ['bash'], env: { S: secretOf('iotspot') } }),
      server.systems.iotspot,
    );
    const pipe = file('pipe');
    assert.equal((await run([pipe], { command: ['mkfifo'] })).status, 0);
    assertFailed(await run([pipe]), 2, 'fetchtoken: FILE is a pipe that gave nothing for 10 s\n');
  });

  test('given by its content instead of its path stays off standard error', async () => {
    await each(
      ['here/credentials.properties', 'ota-connect/treehub.json', 'high-mobility/live.json'],
      async (name) => {
        const content = await readFile(file(name), 'utf8');
        assertFailed(
          await run([content]),
          2,
          /^fetchtoken: FILE can't be read: .+\nhint: FILE is the path of a credentials file, not its content\n$/,
        );
      },
    );
  });

  test('with a key that is none is refused', async () => {
    const key = JSON.parse(await readFile(file('high-mobility/live.json'), 'utf8'));
    const broken = await written(
      'broken.json',
      JSON.stringify({ ...key, private_key: key.private_key.replace(/\n.{9}/, '\nAAAAAAAAA') }),
    );
    assertFailed(await run([broken]), 2, /the private key /);
  });
});

describe('without a FILE', () => {
  /**
   * Takes the line off standard error that says what is taken from the working directory.
   *
   * @param {{ status: number | null, stdout: string, stderr: string }} result
   * @param {string} name
   * @param {string} from
   */
  function told({ stderr, ...rest }, name, from) {
    const line = `fetchtoken: ./${name} of this folder says who the client is, and where its ` +
      `token comes from: ${from}\n`;
    assert.ok(stderr.startsWith(line), stderr);
    return { ...rest, stderr: stderr.slice(line.length) };
  }
  /**
   * A folder that is home and working directory, with these files.
   *
   * @param {Record<string, string | Uint8Array>} files
   */
  async function folder(files) {
    const path = await mkdtemp(join(dir, 'chain-'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    }
    return { cwd: path, env: { HOME: path }, input: null };
  }
  const copy = (/** @type {string} */ name) => readFile(file(name));

  test('credentials are looked for in their order', async () => {
    const { here, iotspot, 'ota-connect': ota, 'high-mobility': { live } } = server.systems;
    const files = {
      '.config/high-mobility/fleet-sdk/credentialsPrivateKey.json':
        await copy('high-mobility/live.json'),
      '.here/credentials.properties': await copy('here/credentials.properties'),
      'credentials.env': `FETCHTOKEN_CLIENT_ID=${iotspot.clientId}\nFETCHTOKEN_CLIENT_SECRET=${iotspot.clientSecret}\nFETCHTOKEN_PROVIDER=iotspot\nFETCHTOKEN_TOKEN_ENDPOINT=${iotspot.tokenEndpoint}`,
      'credentials.zip': await copy('ota-connect/credentials.zip'),
    };
    const systems = [live, here, iotspot, ota];
    for (let i = 0; i < systems.length; i++) {
      const result = await run(
        [],
        await folder(Object.fromEntries(Object.entries(files).slice(0, i + 1))),
      );
      await assertToken(
        i < 2 ? result : told(result, Object.keys(files)[i], server.url),
        systems[i],
      );
    }
    const all = await folder(files);
    const environment = {
      HERE_ACCESS_KEY_ID: here.accessKeyId,
      HERE_ACCESS_KEY_SECRET: here.clientSecret,
      HERE_TOKEN_ENDPOINT_URL: here.tokenEndpoint,
    };
    await assertToken(await run([], { ...all, env: { ...all.env, ...environment } }), here);
  });

  test('an option overrides what was found', async () => {
    const result = await run(
      ['--scope', 'another'],
      await folder({ 'credentials.zip': await copy('ota-connect/credentials.zip') }),
    );
    assertFailed(told(result, 'credentials.zip', server.url), 1, /invalid_scope/);
  });

  test('a file of another program is passed over, and a broken one is not', async () => {
    const properties = await copy('here/credentials.properties');
    const passed = await folder({
      'credentials.json': '{"installed":{"client_id":"x"}}',
      'credentials.ini/x': '',
      'credentials.properties': 'a = b',
      '.here/credentials.properties': properties,
    });
    const { stderr, ...rest } = await run(['--verbose'], passed);
    await assertToken({ stderr: '', ...rest }, server.systems.here);
    assert.equal(
      stderr,
      [
        'the environment: none of FETCHTOKEN_CLIENT_ID, HERE_ACCESS_KEY_ID, ' +
        'HERE_ACCESS_KEY_SECRET, AZURE_CLIENT_ID is set',
        './credentials.zip: there is no such file',
        './credentials.json: the credentials file "credentials.json" is an OAuth client of ' +
        'Google, which is for signing users in; a service account\'s JSON key is for applications',
        './credentials.properties: the credentials file "credentials.properties" is text of an ' +
        'unknown kind',
        './credentials.ini: it is a folder',
        './credentials.env: there is no such file',
        '~/.here/credentials.ini: there is no such file',
        '~/.here/credentials.properties: taken',
        '~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json: not looked at, for an ' +
        'earlier one was taken',
      ]
        .map((line) => `fetchtoken: ${line}\n`)
        .join(''),
    );

    const broken = /** @type {[Record<string, string | Uint8Array>, RegExp][]} */ ([
      [{ 'credentials.zip': 'PK\x03\x04' }, /\.\/credentials\.zip: the ZIP archive is cut off/],
      [
        { 'credentials.json': '{"oauth2":{"server":"x"}}' },
        /\.\/credentials\.json: the "oauth2" of treehub\.json has no client_id/,
      ],
      [{ 'credentials.json': '{"oauth2":' }, /"credentials\.json" ends too early: it was cut off/],
      [
        { 'credentials.env': 'FETCHTOKEN_CLIENTID=x' },
        /credentials\.env: unknown variable .+ did you mean FETCHTOKEN_CLIENT_ID\?/,
      ],
      [{ 'credentials.ini': '' }, /credentials\.ini" is empty/],
    ]);
    await each(broken, async ([files, stderr]) =>
      assertFailed(
        await run([], await folder({ ...files, '.here/credentials.properties': properties })),
        2,
        stderr,
      ),
    );
    const environment = await folder({ '.here/credentials.properties': properties });
    assertFailed(
      await run([], { ...environment, env: { ...environment.env, HERE_ACCESS_KEY_ID: 'x' } }),
      2,
      /the environment: the environment has no HERE_ACCESS_KEY_SECRET/,
    );
  });

  /** A server that must get nothing. */
  const listener = () => {
    /** @type {string[]} */
    const got = [];
    const server = createServer((request, response) => {
      got.push(request.headers.authorization ?? '');
      request
        .on('data', (chunk) => got.push(String(chunk)))
        .on('end', () => response.end('{"access_token":"t"}'));
    });
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
        resolve({
          got,
          url: `http://127.0.0.1:${port}/token`,
          close: () => new Promise((closed) => server.close(closed)),
        });
      }),
    );
  };

  test('a secret or a key of the user goes to no endpoint that a file of the working directory names', async () => {
    const elsewhere = await /** @type {Promise<any>} */ (listener());
    const { p256 } = server.systems.oauth2.keys;
    const secretPath = await written('mine', 'MINE-0123456789');
    const keyPath = await written('mine.pem', p256.privateKey);
    secrets.add('MINE-0123456789');
    const { url } = elsewhere;
    const files = /** @type {Record<string, string>[]} */ ([
      { 'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${url}` },
      {
        'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${url}\nFETCHTOKEN_PROVIDER=iotspot`,
      },
      {
        'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${url}\nFETCHTOKEN_CLIENT_AUTH=none`,
      },
      {
        'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${url}\nFETCHTOKEN_CLIENT_AUTH=private_key_jwt`,
      },
      {
        'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${url}\nFETCHTOKEN_CLIENT_SECRET=theirs`,
      },
      {
        'credentials.properties': `here.access.key.id=x\nhere.access.key.secret=theirs\nhere.token.endpoint.url=${url}`,
      },
      {
        'credentials.json': JSON.stringify({
          oauth2: { server: url, client_id: 'x', client_secret: 'theirs' },
        }),
      },
      {
        'credentials.json': JSON.stringify({
          id: 'x',
          private_key: p256.privateKey,
          client_id: 'x',
          instance_uri: url,
        }),
      },
      {
        'credentials.json': JSON.stringify({
          type: 'service_account',
          client_email: 'x',
          private_key: p256.privateKey,
          token_uri: url,
        }),
      },
    ]);
    const ways =
      /** @type {{ args: string[], env?: Record<string, string>, input?: string }[]} */ ([
        { args: [], env: { [SECRET]: 'MINE-0123456789' } },
        { args: [], input: 'MINE-0123456789' },
        { args: ['--client-id', 'y'], env: { [SECRET]: 'MINE-0123456789' } },
        { args: ['--client-auth', 'client_secret_post'], env: { [SECRET]: 'MINE-0123456789' } },
        { args: ['--client-secret-file', secretPath] },
        { args: ['--client-secret-file', secretPath, '--environment', 'live'] },
        { args: ['--client-secret-file', secretPath, '--curl', '--show-secrets'] },
        { args: ['--private-key-file', keyPath] },
        {
          args: ['--private-key-file', '-', '--client-auth', 'private_key_jwt'],
          input: p256.privateKey,
        },
        {
          args: ['--client-auth', 'private_key_jwt'],
          env: { FETCHTOKEN_PRIVATE_KEY: p256.privateKey },
        },
        { args: [], env: { FETCHTOKEN_PRIVATE_KEY: p256.privateKey } },
      ]);
    try {
      for (const content of files) {
        const theirs = /theirs|private_key"/.test(Object.values(content)[0]);
        await each(ways, async ({ args, env, input = '' }) => {
          const at = await folder(content);
          const { status, stdout } = await run(args, { ...at, env: { ...at.env, ...env }, input });
          assert.ok(
            status === 2 || theirs || content['credentials.env'].includes('=none'),
            `${JSON.stringify(content)} ${args}: ${status}`,
          );
          assert.ok(!stdout.includes('MINE-0123456789'));
        });
      }
      const signed = elsewhere.got.join('\n').match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
      assert.ok(elsewhere.got.length > 0, 'what is theirs is sent');
      assert.ok(
        !elsewhere.got.some(
          (/** @type {string} */ text) =>
            /MINE/.test(text) ||
            /MINE/.test(Buffer.from(text.replace('Basic ', ''), 'base64').toString()),
        ),
      );
      // The files of theirs with a key bring this very key, so what is signed is theirs where
      // clientAuth is left to the file.
      assert.ok(
        signed.every((/** @type {string} */ jwt) =>
          /"aud":"http:\/\/127/.test(Buffer.from(jwt.split('.')[1], 'base64url').toString()),
        ),
      );
    } finally {
      await elsewhere.close();
    }
  });

  test('each way to give a secret or a key has the rule of the working directory', async () => {
    const elsewhere = await /** @type {Promise<any>} */ (listener());
    const key = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(); // nobody else's
    const [secretPath, keyPath] = [
      await written('mine-too', 'MINE-0123456789'),
      await written('mine-too.pem', key),
    ];
    secrets.add('MINE-0123456789');
    const content = {
      'credentials.env': `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_TOKEN_ENDPOINT=${elsewhere.url}\nFETCHTOKEN_CLIENT_AUTH=none`,
    };
    const basic = ['--client-auth', 'client_secret_basic'];
    const signed = ['--client-auth', 'private_key_jwt'];
    const ways =
      /**
       * @type {{ what: string, args: string[], env?: Record<string, string>, input?: string }[]}
       */
      ([
        {
          what: 'the secret of --client-secret-file',
          args: [...basic, '--client-secret-file', secretPath],
        },
        { what: `the secret of ${SECRET}`, args: basic, env: { [SECRET]: 'MINE-0123456789' } },
        { what: 'a secret from standard input', args: basic, input: 'MINE-0123456789' },
        { what: 'the key of --private-key-file', args: [...signed, '--private-key-file', keyPath] },
        {
          what: 'the key of FETCHTOKEN_PRIVATE_KEY',
          args: signed,
          env: { FETCHTOKEN_PRIVATE_KEY: key },
        },
      ]);
    try {
      await each(ways, async ({ what, args, env, input = '' }) => {
        const at = await folder(content);
        const { status, stderr } = await run(args, { ...at, env: { ...at.env, ...env }, input });
        assert.equal(status, 2, what);
        assert.ok(
          stderr.includes(
            `fetchtoken: ${what} is not sent to the endpoint of ./credentials.env, which was ` +
            `only found in this folder\n`,
          ),
          stderr,
        );
      });
      assert.deepEqual(elsewhere.got, []);
    } finally {
      await elsewhere.close();
    }
  });

  test('a secret of the user goes where a preset or the user says, beside a file of the working directory', async () => {
    const preload = 'globalThis.fetch = async (url) => { throw new Error(`would go to ${url}`) }';
    const at = await folder({
      'credentials.env': 'FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_PROVIDER=iotspot\n',
    });
    const result = await run([], {
      ...at,
      env: {
        ...at.env,
        [SECRET]: 'mine',
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      },
    });
    assertFailed(
      told(result, 'credentials.env', 'iotspot'),
      3,
      /would go to https:\/\/iotspot-m2mauth-prod\.auth/,
    );
    const { oauth2 } = server.systems;
    const named = await folder({
      'credentials.env': `FETCHTOKEN_CLIENT_ID=${oauth2.clientId}\nFETCHTOKEN_TOKEN_ENDPOINT=${oauth2.tokenEndpoint}\n`,
    });
    assertFailed(
      await run([], { ...named, env: { ...named.env, [SECRET]: oauth2.clientSecret } }),
      2,
      /^fetchtoken: \.\/credentials\.env: it names a token endpoint or an issuer, and has neither secret nor key: a file that was only found gets no secret but its own; if you trust it, load it by its name\n$/,
    );
    await assertToken(
      await run(['./credentials.env'], {
        ...named,
        env: { ...named.env, [SECRET]: oauth2.clientSecret },
      }),
      oauth2,
    );
    const home = await folder({
      'x/y': '',
      '.here/credentials.properties': await copy('here/credentials.properties'),
    });
    await assertToken(await run([], { ...home, cwd: join(home.cwd, 'x') }), server.systems.here);
    // What is found in the working directory is no file of the home folder, because HOME is none.
    await each(['', '.', 'x'], async (HOME) => {
      const result = await run([], { ...home, env: { HOME } });
      assertFailed(result, 2, /~\/\.here\/credentials\.properties, .+: there is no home folder/);
    });
  });

  test('what is no file is passed over in the working directory', async () => {
    const at = await folder({});
    assert.equal(
      (
        await run([join(at.cwd, 'credentials.zip'), join(at.cwd, 'credentials.env')], {
          command: ['mkfifo'],
        })
      ).status,
      0,
    );
    await symlink('/dev/zero', join(at.cwd, 'credentials.ini'));
    await symlink('/proc/self/environ', join(at.cwd, 'credentials.properties'));
    await mkdir(join(at.cwd, 'credentials.json'));
    // binary
    assertFailed(
      await run([], { ...at, env: { ...at.env, [SECRET]: 'mine' } }),
      2,
      /credentials\.properties/,
    );
    await rm(join(at.cwd, 'credentials.properties'));
    assertFailed(
      await run([], at),
      2,
      /\.\/credentials\.zip, \.\/credentials\.ini, \.\/credentials\.env: it is a pipe, a socket or a device; \.\/credentials\.json: it is a folder/,
    );
  });

  test('--profile takes a credentials.ini', async () => {
    const ini = `[x]\nhere.user.id = a\n[mine]\n${await copy('here/credentials.properties')}`;
    await assertToken(
      await run(
        ['--profile', 'mine'],
        await folder({
          'credentials.zip': await copy('ota-connect/credentials.zip'),
          '.here/credentials.ini': ini,
        }),
      ),
      server.systems.here,
    );
    assertFailed(
      await run(
        ['--profile', 'mine'],
        await folder({ 'credentials.zip': await copy('ota-connect/credentials.zip') }),
      ),
      2,
      /\.\/credentials\.zip: it has no profiles/,
    );
  });

  test('every place is named where there is nothing', async () => {
    for (const args of [[], ['--json']]) {
      assertFailed(
        await run(args, await folder({})),
        2,
        'fetchtoken: no credentials were found: the environment: none of FETCHTOKEN_CLIENT_ID, HERE_ACCESS_KEY_ID, HERE_ACCESS_KEY_SECRET, AZURE_CLIENT_ID is set; ' +
          './credentials.zip, ./credentials.json, ./credentials.properties, ./credentials.ini, ./credentials.env, ~/.here/credentials.ini, ~/.here/credentials.properties, ' +
          '~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json: there is no such ' +
          'file\nhint: give FILE, or --provider and --client-id; fetchtoken --help tells more\n',
      );
    }
  });

  test('--verbose names no value, and says what is not looked at', async () => {
    const { clientId } = server.systems.iotspot;
    const { stderr } = await run([...flags('iotspot'), '--verbose'], {
      env: { [SECRET]: secretOf('iotspot') },
    });
    assert.equal(
      stderr,
      'fetchtoken: the command line: taken\nfetchtoken: files: not looked at, for the command ' +
      'line says where the token comes from\n',
    );
    const given = await run([file('here/credentials.properties'), '--verbose']);
    assert.equal(
      given.stderr,
      'fetchtoken: FILE: taken\nfetchtoken: other files: not looked at, for FILE is given\n',
    );
    assert.ok(!stderr.includes(clientId));
  });
});

test('a High Mobility key that is found, and the client id that it leaves out', async () => {
  const { keyId, privateKey, clientId, tokenEndpoint, api } =
    server.systems['high-mobility'].sandbox;
  const home = await mkdtemp(join(tmpdir(), 'fetchtoken home '));
  try {
    const folder = join(home, '.config/high-mobility/fleet-sdk');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'credentialsPrivateKey.json'),
      JSON.stringify({
        id: keyId,
        private_key: privateKey,
        instance_uri: new URL(tokenEndpoint).href.replace('/v1/access_tokens', ''),
      }),
    );
    await assertToken(await run(['--client-id', clientId], { env: { HOME: home } }), {
      api,
      clientId,
    });
  } finally {
    await rm(home, { recursive: true });
  }
});

describe('exit status', () => {
  const secret = () => ({ input: secretOf('os-data-hub') });

  test('1 when the server refuses or answers unusably', async () => {
    assertFailed(
      await run(flags('os-data-hub'), { input: 'wrong-secret' }),
      1,
      /refused the request: invalid_client: ClientId is Invalid\nhint: check --client-id \(the project API key\) and the client secret \(the project API secret\)\n$/,
    );
    assertFailed(
      await run([...faulty('status/429'), '--no-retry'], secret()),
      1,
      /Rate limit quota violation.+\nhint: too many requests: keep the token.+; the server asks to wait 7 s\n$/,
    );
    assertFailed(await run([...faulty('status/503'), '--no-retry'], secret()), 1, /answers with status 503/);
    const unusable = {
      html: /is HTML or XML, not JSON/,
      empty: /is empty/,
      truncated: /was cut off/,
      large: /is larger than 1 MiB/,
      'gzip-bomb': /is larger than 1 MiB/,
      reflect: /redacted/,
    };
    await each(Object.entries(unusable), async ([fault, stderr]) =>
      assertFailed(await run(faulty(fault), secret()), 1, stderr),
    );
  });

  test('3 when the network fails, the time is up or the endpoint redirects', async () => {
    await each(['reset', 'drop-after-headers'], async (fault) => {
      assertFailed(
        await run(faulty(fault), secret()),
        3,
        /the request to http:\/\/127\.0\.0\.1:\d+ failed: /,
      );
    });
    assertFailed(
      await run([...faulty('hang-body'), '--timeout', '0.2'], secret()),
      3,
      /did not answer in time/,
    );
    assertFailed(
      await run(faulty('redirect/307'), secret()),
      3,
      /answers with a redirect to another path of it, which is not followed: .+\nhint: .+: set --endpoint to the endpoint itself\n$/,
    );
    assert.ok(server.requests.every(({ system }) => system !== 'redirected'));

    const closed = createServer();
    await new Promise((resolve) => closed.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (closed.address());
    await new Promise((resolve) => closed.close(resolve));
    assertFailed(
      await run(
        [
          ...flags('os-data-hub', {
            ...server.systems['os-data-hub'],
            tokenEndpoint: `http://127.0.0.1:${port}/`,
          }),
        ],
        secret(),
      ),
      3,
      /ECONNREFUSED/,
    );
  });

  test('4 when the module does not start', async () => {
    const broken = file('broken package');
    await cp(join(root, 'js'), join(broken, 'js'), {
      recursive: true,
      filter: (path) => !path.includes('/js/test'),
    });
    for (const path of ['package.json', TEXTS]) {
      await cp(join(root, path), join(broken, path), { recursive: true });
    }
    const command = [process.execPath, join(broken, 'js/cli/cli.js')];
    assertFailed(
      await run([file('here/credentials.properties')], { command }),
      4,
      /the WebAssembly module could not be started: ENOENT/,
    );
    await mkdir(join(broken, 'dist'));
    await writeFile(join(broken, 'dist/fetchtoken-compact.wasm'), 'no module');
    assertFailed(
      await run([file('here/credentials.properties')], { command }),
      4,
      /the WebAssembly module could not be started: /,
    );
  });

  test('4 when standard output cannot be written', async () => {
    const script = `'${process.execPath}' '${CLI}' '${file('here/credentials.properties')}' > ` +
      `/dev/full`;
    assertFailed(
      await run(['-c', script], { command: ['sh'] }),
      4,
      "fetchtoken: standard output can't be written: ENOSPC\n",
    );
  });

  test('141 when nobody reads standard output, without a word', async () => {
    for (const args of [
      [file('here/credentials.properties')],
      [file('here/credentials.properties'), '--json'],
      ['--help'],
    ]) {
      const child = spawn(process.execPath, [CLI, ...args]);
      child.stdout.destroy();
      const { status, stderr } = await ended(child);
      assert.deepEqual([status, stderr], [141, '']);
    }
  });

  test('130 when it is interrupted, without a word', async () => {
    const child = spawn(process.execPath, [CLI, ...faulty('hang')], {
      env: { ...process.env, GITHUB_ACTIONS: '', [SECRET]: secretOf('os-data-hub') },
    });
    const result = ended(child);
    while (server.requests.length === 0) {
      await wait(10);
    }
    child.kill('SIGINT');
    assert.deepEqual(await result, { status: 130, stdout: '', stderr: '' });
  });
});

test('npx finds it', async () => {
  const { bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(bin, { fetchtoken: 'js/cli/cli.js' });
  const { stdout } = await new Promise((resolve, reject) =>
    execFile(join(root, bin.fetchtoken), ['--version'], (error, stdout) =>
      error ? reject(error) : resolve({ stdout }),
    ),
  );
  assert.match(stdout, /^\d+\.\d+\.\d+/);
});
