import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { writeCredentials } from '../credentials.js';
import { startTokenServer } from '../server.js';
import { basic, GRANT, jwt, JWT_BEARER, oauth, post } from './client.js';

const FILES = [
  'ota-connect/credentials.zip',
  'ota-connect/treehub.json',
  'here/credentials.properties',
  'high-mobility/sandbox.json',
  'high-mobility/live.json',
  'iotspot.txt',
  'os-data-hub.txt',
];
const HERE_KEYS = [
  'here.user.id',
  'here.client.id',
  'here.access.key.id',
  'here.access.key.secret',
  'here.token.endpoint.url',
];

let dir;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'token-server-'));
});
afterEach(() => rm(dir, { recursive: true }));

const read = (name) => readFile(join(dir, name), 'utf8');

/** Gets a token from every system with nothing but the files. */
async function useFiles(url) {
  const { oauth2, ostree } = JSON.parse(await read('ota-connect/treehub.json'));
  assert.ok(
    (await read('ota-connect/credentials.zip')).includes(await read('ota-connect/treehub.json')),
    'stored as it is',
  );
  assert.deepEqual(Object.keys(oauth2), ['server', 'client_id', 'client_secret', 'scope']);
  assert.deepEqual(Object.keys(ostree), ['server']);
  const ota = {
    form: { ...GRANT, scope: oauth2.scope },
    headers: { authorization: basic(oauth2.client_id, oauth2.client_secret) },
  };

  const lines = (await read('here/credentials.properties')).trimEnd().split('\n');
  const properties = Object.fromEntries(lines.map((line) => /^(\S+) = (.*)$/.exec(line).slice(1)));
  assert.deepEqual(Object.keys(properties), HERE_KEYS);
  const hereURL = properties['here.token.endpoint.url'];
  const authorization = oauth({
    url: hereURL,
    key: properties['here.access.key.id'],
    secret: properties['here.access.key.secret'],
    form: GRANT,
  });

  const highMobility = async (name) => {
    const key = JSON.parse(await read(`high-mobility/${name}.json`));
    assert.deepEqual(Object.keys(key), ['id', 'private_key', 'client_id', 'instance_uri']);
    assert.match(key.private_key, /^-----BEGIN PRIVATE KEY-----\n/);
    const claims = {
      ver: 2,
      iss: key.id,
      aud: `${url}/v1`,
      iat: Math.trunc(Date.now() / 1000),
      jti: name,
    };
    const client_assertion = await jwt(claims, { privateKey: key.private_key });
    const json = {
      ...GRANT,
      client_id: key.client_id,
      client_assertion,
      client_assertion_type: JWT_BEARER,
    };
    return post(`${key.instance_uri}/v1/access_tokens`, { json });
  };

  const idAndSecret = async (name) =>
    /^client id: (.+)\nclient secret: (.+)\n$/.exec(await read(name)).slice(1);
  const iotspot = await idAndSecret('iotspot.txt');
  const os = await idAndSecret('os-data-hub.txt');

  const answers = await Promise.all([
    post(oauth2.server, ota),
    post(hereURL, { form: GRANT, headers: { authorization } }),
    highMobility('sandbox'),
    highMobility('live'),
    post(`${url}/iotspot/oauth2/token`, {
      form: { ...GRANT, client_id: iotspot[0] },
      headers: { authorization: basic(...iotspot) },
    }),
    post(`${url}/os-data-hub/oauth2/token/v1`, {
      form: GRANT,
      headers: { authorization: basic(...os) },
    }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 201, 200, 200],
  );
}

test('the files are all that a client needs, and their owner alone can read them', async () => {
  const server = await startTokenServer();
  try {
    await writeFile(join(dir, 'elsewhere'), 'kept');
    await symlink(join(dir, 'elsewhere'), join(dir, 'iotspot.txt'));
    const paths = await writeCredentials(server.systems, dir);
    assert.deepEqual(
      paths.map((path) => relative(dir, path)),
      FILES,
    );
    for (const path of paths) assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await read('elsewhere'), 'kept');
    assert.deepEqual(await writeCredentials(server.systems, dir), paths);
    await useFiles(server.url);
  } finally {
    await server.close();
  }
});

const CLI = fileURLToPath(new URL('../cli.js', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`the command writes them, shows no secret, and stops on ${signal}`, async () => {
    const child = spawn(process.execPath, [CLI, '--credentials', dir, '--cors'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = [];
    const ended = once(child, 'exit');
    const logged = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    try {
      while (!/^high-mobility\/live /.test(lines.at(-1))) lines.push((await logged.next()).value);
      const endpoint = lines.find((line) => line.startsWith('oauth2 ')).split(/\s+/)[1];
      assert.equal(lines.length, FILES.length + 7);
      await useFiles(new URL(endpoint).origin);
      for (let request = 0; request < 6; request++) lines.push((await logged.next()).value);
    } finally {
      child.kill(signal);
    }
    assert.deepEqual(await ended, [0, null]);
    const secrets = ['iotspot.txt', 'os-data-hub.txt', 'here/credentials.properties'].map(
      async (name) => /secret\s*[:=] (.+)/.exec(await read(name))[1],
    );
    for (const secret of await Promise.all(secrets)) assert.ok(!lines.join('\n').includes(secret));
    assert.match(
      lines.join('\n'),
      /POST \/here\/oauth2\/token 200 \[here\] OAuth \w{3}… application\/x-www-form-urlencoded \{grant_type\}: ok/,
    );
  });
}

test('the command says what is wrong with its arguments', async () => {
  const wrongs = {
    '--port x': /--port wants a number/,
    '--unknown': /--unknown/,
    '--oauthlib /nowhere': /does not run/,
    '--credentials /dev/null': /dev\/null/,
  };
  for (const [args, message] of Object.entries(wrongs)) {
    const child = spawn(process.execPath, [CLI, ...args.split(' ')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const errors = child.stderr.toArray();
    assert.deepEqual(await once(child, 'exit'), [1, null], args);
    assert.match(Buffer.concat(await errors).toString(), message);
  }
});
