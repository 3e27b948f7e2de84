// Which certificates are trusted is settled when a process starts, so each case is a process of its
// own: the command.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { authority } from '../support/certificates.js';
import { startFailing } from '../support/failing.js';

const command = fileURLToPath(new URL('../../cli/cli.js', import.meta.url));

/** @type {Awaited<ReturnType<typeof startFailing>>} */
let failing;
let folder;
/** What names the authority's certificate to Node. */
let trusting;

before(async () => {
  failing = await startFailing();
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  trusting = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') };
  await writeFile(trusting.NODE_EXTRA_CA_CERTS, authority);
});
after(async () => {
  failing.close();
  await rm(folder, { recursive: true });
});

/** Runs the command against an endpoint, and returns what it prints. */
async function run(endpoint, env) {
  const args = [command, '--endpoint', failing.endpoints[endpoint], '--client-id', 'client-1'];
  const running = promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env.PATH, FETCHTOKEN_CLIENT_SECRET: 'secret-1', ...env },
  });
  const { stdout, stderr, code = 0 } = await running.catch((error) => error);
  return { stdout, stderr, code };
}

test('an authority that NODE_EXTRA_CA_CERTS names is trusted, and without it the hint says so', async () => {
  assert.deepEqual(await run('an unknown authority', trusting), {
    stdout: 'token-1\n',
    stderr: '',
    code: 0,
  });
  const { stderr, code } = await run('an unknown authority', {});
  assert.equal(code, 3);
  assert.match(stderr, /UNABLE_TO_VERIFY_LEAF_SIGNATURE[^]*NODE_EXTRA_CA_CERTS/);
});

test('a certificate for another host, of an authority that is trusted', async () => {
  const { stderr, code } = await run('another host', trusting);
  assert.equal(code, 3);
  assert.match(stderr, /ERR_TLS_CERT_ALTNAME_INVALID[^]*the certificate is for another host/);
});
