// A real kubectl gets its token from the command, as a credential plugin, for an API server on
// loopback.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { authority, key, trusted } from '../support/certificates.js';
import { CLI, place } from '../support/command.js';

const here = await place();
/** What came in as Authorization. @type {(string | undefined)[]} */
const seen = [];
const api = createServer({ key, cert: trusted }, ({ url, headers }, response) => {
  seen.push(headers.authorization);
  const isKnown = /^Bearer token-\d+$/.test(headers.authorization ?? '');
  response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ path: url, isKnown }));
});
await once(api.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (api.address());
after(async () => {
  api.closeAllConnections();
  api.close();
  await here[Symbol.asyncDispose]();
});

/** The versions of the credential that this kubectl takes: v1 since 1.22. */
const { clientVersion } = JSON.parse(
  execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' }),
);
const versions = Number.parseInt(clientVersion.minor) < 22 ? ['v1beta1'] : ['v1', 'v1beta1'];

/**
 * Runs kubectl with a plugin.
 *
 * @param {string} version
 * @param {string[]} options of fetchtoken
 */
async function kubectl(version, options) {
  const config = join(here.folder, 'kubeconfig.json');
  await writeFile(config, JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'loopback',
    contexts: [{ name: 'loopback', context: { cluster: 'loopback', user: 'me' } }],
    clusters: [{
      name: 'loopback',
      cluster: {
        server: `https://127.0.0.1:${port}`,
        'certificate-authority-data': Buffer.from(authority).toString('base64'),
      },
    }],
    users: [{
      name: 'me',
      user: {
        exec: {
          apiVersion: `client.authentication.k8s.io/${version}`,
          command: process.execPath,
          args: [CLI, ...here.client, '--format', 'exec-credential', ...options],
          interactiveMode: 'Never',
        },
      },
    }],
  }));
  return here.run(['get', '--raw', '/a/path'], { program: ['kubectl', '--kubeconfig', config] });
}

for (const version of versions) {
  test(`kubectl takes the token as a credential of ${version}, and the next one has it kept`, async () => {
    const before = here.asked;
    seen.length = 0;
    for (const attempt of [1, 2]) {
      const { status, stdout, stderr } = await kubectl(version, before === 0 ? [] : ['--scope', version]);
      assert.deepEqual([status, stderr], [0, ''], String(attempt));
      assert.deepEqual(JSON.parse(stdout), { path: '/a/path', isKnown: true });
    }
    assert.ok(seen.length >= 2);
    assert.deepEqual([...new Set(seen)], [`Bearer token-${before + 1}`]);
    assert.equal(here.asked, before + 1);
  });
}

test('kubectl says so when there is no token', async () => {
  const { status, stderr } = await kubectl(versions[0], ['--client-auth', 'unknown']);
  assert.notEqual(status, 0);
  assert.match(stderr, /fetchtoken: .*client-auth/);
});
