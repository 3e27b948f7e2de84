// fetchtoken --explain and --curl.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { writeCredentials } from '../../../examples/token-server/credentials.js';
import { startTokenServer } from '../../../examples/token-server/server.js';

const CLI = fileURLToPath(new URL('../../cli/cli.js', import.meta.url));
const dir = await mkdtemp(join(tmpdir(), 'fetchtoken-explain-'));
const server = await startTokenServer();
await writeCredentials(server.systems, dir);
after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

/** @param {string} command @param {string[]} args */
async function run(command, args) {
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

const cli = (/** @type {string[]} */ ...args) => run(process.execPath, [CLI, ...args]);

/**
 * A file, further arguments, the system, and what proves that it is that system's request.
 *
 * @type {[string, string[], any, RegExp][]}
 */
const files = [
  [
    'here/credentials.properties',
    [],
    server.systems.here,
    /base string.*\n {2}POST&http%3A%2F%2F127/,
  ],
  [
    'ota-connect/treehub.json',
    [],
    server.systems['ota-connect'],
    /basicEncoding +preset ota-connect +raw/,
  ],
  [
    'high-mobility/sandbox.json',
    [],
    server.systems['high-mobility'].sandbox,
    /claims \{"iss":"[\w-]+","aud":"http:.*"ver":2\}/,
  ],
];

for (const [file, more, system, proof] of files) {
  test(`${file}: the curl command works when pasted`, async () => {
    const { status, stdout, stderr } = await cli(file, ...more, '--curl', '--show-secrets');
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^fetchtoken: it works /);
    const answer = JSON.parse((await run('sh', ['-c', stdout])).stdout);
    const { clientId } = await (
      await fetch(system.api, { headers: { Authorization: `Bearer ${answer.access_token}` } })
    ).json();
    assert.equal(clientId, system.clientId);
  });

  test(`${file}: explained, without a secret, and nothing is sent`, async () => {
    server.reset();
    const { status, stdout, stderr } = await cli(file, ...more, '--explain', '--curl');
    assert.equal(status, 0, stderr);
    assert.match(stdout, proof);
    assert.match(stdout, /\[redacted\]/);
    for (const secret of [
      system.clientSecret,
      encodeURIComponent(system.clientSecret),
      system.privateKey?.split('\n')[1],
    ].filter(Boolean)) {
      assert.ok(!(stdout + stderr).includes(secret));
    }
    assert.equal(server.requests.length, 0);
  });
}

test('the base string is the one that is signed', async () => {
  const { stdout } = await cli('here/credentials.properties', '--explain', '--show-secrets');
  const baseString = /base string.*\n {2}(.*)/.exec(stdout)?.[1] ?? '';
  const signature = decodeURIComponent(/oauth_signature="([^"]*)"/.exec(stdout)?.[1] ?? '');
  const secret = server.systems.here.clientSecret.replace(
    /[^\w.~-]/g,
    (/** @type {string} */ c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  assert.equal(signature, createHmac('sha256', `${secret}&`).update(baseString).digest('base64'));
});

test('a quote in a value is quoted for the shell', async () => {
  await writeFile(
    join(dir, 'quoted.properties'),
    "here.access.key.id = it's $HOME `x`\nhere.access.key.secret = s\n",
  );
  const { stdout } = await cli('quoted.properties', '--curl', '--show-secrets');
  const { stdout: words } = await run('sh', ['-c', stdout.replace(/^curl/, 'printf "%s\\n"')]);
  assert.match(words, /oauth_consumer_key="it%27s%20%24HOME%20%60x%60"/);
  const { stdout: json } = await cli('high-mobility/sandbox.json', '--scope', "it's", '--curl');
  const { stdout: body } = await run('sh', ['-c', json.replace(/^curl/, 'printf "%s\\n"')]);
  assert.match(body, /"scope":"it's"/);
});

test('--show-secrets alone is a mistake', async () => {
  const { status, stderr, stdout } = await cli('here/credentials.properties', '--show-secrets');
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /--show-secrets belongs to --explain or --curl/);
});
