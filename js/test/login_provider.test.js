// fetchtoken login and logout at oidc-provider, an authorization server that other people wrote and
// that is certified for OpenID Connect. A browser follows its pages.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { revokeToken } from '../node.js';
import { ended, start } from './support/command.js';
import { browse, startProvider } from './support/oidc_provider.js';

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let its;
/** @type {string} */
let folder;
/** @type {string[]} */
let client;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken-login-'));
  // the provider replaces the refresh tokens of a public client, and takes each of them once
  its = await startProvider([
    {
      client_id: 'tool',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
    },
  ]);
  client = ['--issuer', its.issuer, '--client-id', 'tool', '--client-auth', 'none'];
});

after(async () => {
  await its.close();
  await rm(folder, { recursive: true });
});

/** Starts the command. @param {string[]} args */
function begin(args) {
  const child = start(folder, args, { env: { XDG_STATE_HOME: join(folder, 'state') } });
  child.stdin.end();
  return child;
}

/** Runs the command with the client's options. @param {...string} args */
const run = (...args) => ended(begin([...args, ...client]));

/**
 * Starts a login, and returns its line of JSON, and its end.
 *
 * @param {...string} args
 */
async function login(...args) {
  const scope = ['--scope', 'openid offline_access'];
  const child = begin(['login', ...client, ...scope, '--json', ...args]);
  const end = ended(child);
  const [line] = await once(child.stdout, 'data');
  return { said: JSON.parse(String(line)), end };
}

/** Signs in by the browser. */
async function signIn() {
  const { said, end } = await login('--parameter', 'prompt=consent');
  const redirectUri = String(new URL(said.url).searchParams.get('redirect_uri'));
  const page = await fetch(await browse(said.url, redirectUri));
  assert.match(await page.text(), /^You are signed in/);
  const { status, stderr } = await end;
  assert.equal(status, 0, stderr);
}

/** Returns the whole token that the session has now. @param {...string} args */
async function tokenOf(...args) {
  const { stdout, stderr } = await run('--json', ...args);
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

/** Whether the provider still knows a refresh token, and hasn't seen it used. */
const lives = async (/** @type {string} */ text) => {
  const found = await its.provider.RefreshToken.find(text);
  return found !== undefined && found.consumed === undefined;
};

test('the session is renewed three times, each time with the refresh token before', async () => {
  await signIn();
  const tokens = [await tokenOf()];
  // each scope has a token of its own, so nobody has to wait until one ends
  for (const scope of ['openid', 'offline_access', 'offline_access openid']) {
    tokens.push(await tokenOf('--scope', scope));
  }
  const refresh = tokens.map(({ refresh_token }) => refresh_token);
  assert.equal(new Set(refresh).size, 4);
  assert.deepEqual(await Promise.all(refresh.map(lives)), [false, false, false, true]);
});

test('logout revokes the newest refresh token at the provider', async () => {
  const { refresh_token } = await tokenOf('--scope', 'offline_access openid');
  assert.equal(await lives(refresh_token), true);
  const { status, stderr } = await run('logout');
  assert.equal(status, 0, stderr);
  assert.equal(await lives(refresh_token), false);
  const after = await run();
  assert.deepEqual([after.status, after.stdout], [1, '']);
});

test('the next login replaces the session', async () => {
  await signIn();
  const first = await tokenOf();
  await signIn();
  const second = await tokenOf();
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  await tokenOf('--scope', 'openid');
  assert.deepEqual(await Promise.all([first, second].map((t) => lives(t.refresh_token))), [
    true, false,
  ]);
});

test('a session that was ended elsewhere says how to sign in again', async () => {
  await signIn();
  const { refresh_token } = await tokenOf();
  const config = { issuer: its.issuer, clientId: 'tool', clientAuth: /** @type {const} */ ('none') };
  await revokeToken(config, refresh_token);
  const { status, stderr } = await run('--scope', 'openid');
  assert.equal(status, 1);
  assert.match(stderr, /invalid_grant.*\nhint: if fetchtoken login began this session, run it/);
});

test('a user who refuses is not signed in', async () => {
  await run('logout');
  its.user.agrees = false;
  try {
    const { said, end } = await login();
    const redirectUri = String(new URL(said.url).searchParams.get('redirect_uri'));
    const page = await fetch(await browse(said.url, redirectUri));
    assert.equal(page.status, 400);
    const { status, stderr } = await end;
    assert.equal(status, 1);
    assert.match(stderr, /access_denied: the user said no/);
  } finally {
    its.user.agrees = true;
  }
});

test('a code on another device signs in', async () => {
  const { said, end } = await login('--device');
  assert.match(await browse(said.verification_uri_complete, '-'), /Sign-in Success/);
  const { status, stderr } = await end;
  assert.equal(status, 0, stderr);
  const [first, second] = [await tokenOf(), await tokenOf('--scope', 'openid')];
  assert.notEqual(first.refresh_token, second.refresh_token);
  assert.equal((await run('logout')).status, 0);
  assert.equal(await lives(second.refresh_token), false);
});
