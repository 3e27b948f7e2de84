// A Node process and a Go process share tokens of 5 s by one Redis, with a server that fails now
// and then:
//
//   node js/test/soak.js [--seconds 60] [--callers 20]
//
// Each process has that many callers, who ask for two tokens again and again. One is of the client
// credentials: one in ten answers is a 503, and one in ten requests loses its connection. The other
// is of a session, whose refresh tokens the server takes once: one in ten answers is a 429, because
// after a failure that may have come after the refresh token nobody may send that again. It prints
// what it has counted, and ends with 1 if a rule was broken.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { startRedis } from './support/redis.js';
import { RefreshTokens } from './support/refresh_tokens.js';

/** Seconds that a token lives. */
const LIFETIME = 5;
/** Milliseconds from the moment a token has left the server until a call must find it. */
const ARRIVES = 1000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    callers: { type: 'string', default: '20' },
  },
});
const [seconds, callers] = [Number(values.seconds), Number(values.callers)];

const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-soak-'));
const program = join(folder, 'soak');
await promisify(execFile)('go', ['build', '-o', program, './soak'], {
  cwd: fileURLToPath(new URL('../../extra/stores', import.meta.url)),
});

const refreshTokens = new RefreshTokens();
/** What the server did, by the kind of the token. */
const kinds = { client: counts(), session: counts() };

function counts() {
  return {
    requests: 0, answered503: 0, answered429: 0, reset: 0,
    /** When each token left the server, and when it ends. @type {{ at: number, end: number }[]} */
    issued: [],
  };
}

const server = createServer(async (request, response) => {
  const form = await text(request);
  const isSession = form.includes('refresh_token');
  const its = isSession ? kinds.session : kinds.client;
  its.requests++;
  await setTimeout(20 + 80 * Math.random());
  const chance = Math.random();
  if (!isSession && chance < 0.1) {
    its.reset++;
    request.socket.resetAndDestroy();
    return;
  }
  if (chance < (isSession ? 0.1 : 0.2)) {
    its[isSession ? 'answered429' : 'answered503']++;
    response.writeHead(isSession ? 429 : 503).end();
    return;
  }
  const [status, body] = isSession
    ? refreshTokens.take(form)
    : [200, { access_token: `token-${its.requests}`, token_type: 'Bearer' }];
  const at = Date.now();
  if (status === 200) {
    its.issued.push({ at, end: at + LIFETIME * 1000 });
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...body, ...(status === 200 && { expires_in: LIFETIME }) }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const redis = await startRedis();

const config = { tokenEndpoint: `http://127.0.0.1:${port}/token`, clientSecret: 'a secret' };
const options = (/** @type {unknown} */ refreshToken) => JSON.stringify({
  redis: `127.0.0.1:${redis.port}`,
  callers,
  seconds,
  configs: {
    client: { ...config, clientId: 'client' },
    session: {
      ...config,
      clientId: 'session',
      grantType: 'refresh_token',
      parameters: { refresh_token: refreshToken },
    },
  },
});

/**
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 */
async function run(name, command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { name, .../** @type {Tally} */ (JSON.parse(said)) };
}

/**
 * @typedef {{
 *   calls: number, ended: number, tokens: string[], events: Record<string, number>,
 *   failed: { kind: 'client' | 'session', start: number, end: number, error: string }[],
 *   longest: number,
 * }} Tally
 */

const tallies = await Promise.all([
  run('Node', process.execPath, [
    fileURLToPath(new URL('support/soak_process.js', import.meta.url)), options('family.1'),
  ]),
  run('Go', program, [options(['family.1'])]),
]);
server.closeAllConnections();
server.close();
await redis.close();
await rm(folder, { recursive: true });

let broken = refreshTokens.replayed.length;
for (const [kind, { issued, ...counted }] of Object.entries(kinds)) {
  console.log(kind, { ...counted, tokens: issued.length });
}
for (const { name, calls, ended, tokens, failed, events, longest } of tallies) {
  // a token of the same kind had come, and lived until after the call
  const inVain = failed.filter(({ kind, start, end: until }) =>
    kinds[kind].issued.some(({ at, end }) => at + ARRIVES < start && until < end));
  broken += ended + inVain.length;
  console.log(name, {
    calls, tokens: tokens.length, ended, failed: failed.length,
    failedWhileATokenLived: inVain.length, longest, events,
  });
  for (const { kind, error } of failed.slice(0, 5)) {
    console.log(`  ${kind}: ${error}`);
  }
}
const all = tallies.flatMap(({ tokens }) => tokens);
console.log({
  seconds,
  callers,
  tokensOfBothProcesses: all.length - new Set(all).size,
  replayedRefreshTokens: refreshTokens.replayed.length,
  rulesBroken: broken,
});
process.exitCode = broken === 0 ? 0 : 1;
