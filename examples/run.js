// The demo gets tokens from the five systems, in each way that they offer.
//
//   node examples/run.js
//   node examples/run.js --spoil here        with a wrong secret for HERE, to see how it fails
//
// It starts the bundled token server, and sends nothing elsewhere. With a credentials file it gets
// one token from the file's system:
//
//   node examples/run.js FILE [--provider NAME] [--environment NAME]
//
// The exit status is 0 if all tokens were got.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fetchToken, loadCredentials, ready } from 'fetchtoken';

const OPTIONS = /** @type {const} */ ({
  provider: { type: 'string' },
  environment: { type: 'string' },
  spoil: { type: 'string' },
});
const WIDTHS = [24, 29, 23, 18];

try {
  const { values, positionals: [file] } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const started = performance.now();
  await ready();
  console.log(`The module is ready after ${milliseconds(started)} ms.\n`);
  process.exitCode = (await (file === undefined ? demo(values) : real(file, values))) ? 0 : 1;
} catch (error) {
  explain(error);
  process.exitCode = 1;
}

/** Gets the tokens of the demo. */
async function demo({ spoil }) {
  const { startTokenServer } = await import('./token-server/server.js');
  const server = await startTokenServer();
  try {
    const configs = configsOf(server.systems);
    if (spoil !== undefined && !configs.some(({ provider }) => provider === spoil)) {
      throw new Error(
        `--spoil wants one of ${[...new Set(configs.map(({ provider }) => provider))].join(', ')}`,
      );
    }
    return await table(
      configs.map((config) => (config.provider === spoil ? spoilt(config) : config)),
    );
  } finally {
    await server.close();
  }
}

/** Gets a token with a credentials file. */
async function real(file, { provider, environment }) {
  const config = await loadCredentials(await readFile(file));
  return table([
    {
      ...config,
      provider: provider ?? config.provider,
      environment: environment ?? config.environment,
    },
  ]);
}

/**
 * The five systems. iotspot and OS Data Hub have one kind of token request; the others have
 * several.
 */
function configsOf(systems) {
  const {
    here,
    'ota-connect': ota,
    iotspot,
    'high-mobility': { sandbox, live },
    'os-data-hub': os,
  } = systems;
  const secret = ({ tokenEndpoint, clientId, clientSecret }) => ({
    tokenEndpoint,
    clientId,
    clientSecret,
  });
  const key = ({ tokenEndpoint, clientId, privateKey, keyId }) => ({
    tokenEndpoint,
    clientId,
    privateKey,
    keyId,
  });
  return [
    { provider: 'here', ...secret(here) },
    { provider: 'here', ...secret(here), bodyFormat: 'json' },
    { provider: 'ota-connect', ...secret(ota), scope: ota.scope },
    { provider: 'iotspot', ...secret(iotspot) },
    { provider: 'high-mobility', environment: 'sandbox', ...secret(sandbox) },
    { provider: 'high-mobility', environment: 'sandbox', ...key(sandbox) },
    { provider: 'high-mobility', environment: 'live', ...key(live) },
    { provider: 'os-data-hub', ...secret(os) },
  ];
}

/** Returns the configuration with wrong credentials. */
function spoilt({ clientSecret, ...config }) {
  return clientSecret === undefined
    ? { ...config, clientId: 'nobody-of-that-name' }
    : { ...config, clientSecret: 'not-the-secret' };
}

/** Gets a token for each configuration, prints a line for each, and says whether all succeeded. */
async function table(configs) {
  line('system', 'authentication', 'token', 'lifetime', 'ms');
  line(...WIDTHS.map((width) => '-'.repeat(width - 2)), '------');
  let failed = 0;
  for (const config of configs) {
    const { provider, environment } = config;
    const system = environment ? `${provider} ${environment}` : provider;
    let authentication = '';
    const started = performance.now();
    try {
      const token = await fetchToken(config, {
        fetch(url, request) {
          authentication = authenticationOf(request);
          return fetch(url, request);
        },
      });
      line(
        system,
        authentication,
        masked(token.access_token),
        lifetime(token.expires_in),
        milliseconds(started),
      );
    } catch (error) {
      failed++;
      line(system, authentication, `none: ${error.code}`, '', milliseconds(started));
      explain(error);
    }
  }
  console.log(failed === 0 ? '\nEvery token was got.' : `\n${failed} of ${configs.length} failed.`);
  return failed === 0;
}

/** Names the client authentication of the request. */
function authenticationOf({ headers, body }) {
  const format = headers['Content-Type'].endsWith('json') ? 'JSON' : 'form';
  const [scheme] = headers.Authorization?.split(' ') ?? [];
  if (scheme !== undefined) {
    return `${scheme === 'OAuth' ? 'OAuth 1.0 signature' : scheme}, ${format}`;
  }
  return `${body.includes('client_assertion') ? 'JWT signed by a key' : 'secret in the body'}, ` +
    `${format}`;
}

/** Shortens a token, so that it can be recognized but not used. */
function masked(token) {
  return `${token.slice(0, 6)}… (${token.length})`;
}

function lifetime(seconds) {
  if (seconds === undefined) {
    return 'not said';
  }
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  return (
    parts
      .filter(([count]) => count > 0)
      .map((part) => part.join(' '))
      .join(' ') || '0 s'
  );
}

function milliseconds(started) {
  return (performance.now() - started).toFixed(1);
}

function line(...cells) {
  const last = cells.pop();
  console.log(cells.map((cell, i) => cell.padEnd(WIDTHS[i])).join('') + last.padStart(6));
}

function explain(error) {
  console.error(`  ${error.message}`);
  if (error.hint) {
    console.error(`  What to do: ${error.hint}`);
  }
}
