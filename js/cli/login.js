// fetchtoken login: signs a user in, by a browser of this machine (RFC 8252) or by a code on
// another device (RFC 8628), and keeps the session for the other commands.

import { isDeepStrictEqual } from 'node:util';

import { ask, identityOf } from '../fetch_token.js';
import { authorizationUrl, parseCallback, TokenError } from '../node.js';
import { askForCodes } from '../sign_in.js';
import { ONCE, renew } from '../token/renew.js';
import { milliseconds } from './arguments.js';
import { openBrowser } from './browser.js';
import { CallbackListener } from './callback.js';
import { readConfiguration } from './configuration.js';
import { maskInLogs } from './log_mask.js';
import { HOW_TO_GIVE_A_SECRET } from './options.js';
import { complain } from './output.js';
import { printableJSON } from './printable.js';
import { hasGrant, keepSignIn, scopeOf, sessionOf, signInOf } from './sign_in.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */
/** @typedef {Awaited<ReturnType<typeof renew>>} Renewed */

/** Milliseconds that the browser may take to come back. */
const PATIENCE = 600_000;

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals: [file], values }) {
  const { device = false, json = false, 'no-browser': noBrowser = false } = values;
  if (!device && !json && !noBrowser && !process.stderr.isTTY) {
    throw new UsageError(
      'there is no terminal, so perhaps nobody to sign in',
      'give --device or --no-browser, which print an address on standard error, or --json, which ' +
      'prints it on standard output',
    );
  }
  const config = await readConfiguration({ file, values, asks: false }).catch((error) => {
    throw error.hint === HOW_TO_GIVE_A_SECRET
      ? new UsageError(error.message, `${error.hint}; if it has none, say --client-auth none`)
      : error;
  });
  if (hasGrant(config)) {
    throw new UsageError(
      'login gets the grant from the user, and another one is given',
      'leave the grant type and the parameter with that grant out',
    );
  }
  await (device ? byDevice(config, values) : byBrowser(config, values));
}

/**
 * Signs in by a browser that comes back to this machine.
 *
 * @param {Config} config
 * @param {Record<string, any>} values
 */
async function byBrowser(config, values) {
  const listener = await CallbackListener.open(values);
  try {
    const { redirectUri } = listener;
    const { parameters = {} } = config;
    const request = await authorizationUrl(config, { redirectUri, parameters });
    const { url } = request;
    tell(values, { url }, `open ${url}`);
    if (!values['no-browser'] && !values.json) {
      openBrowser(url);
    }
    const callback = await listener.callback(
      request.state, milliseconds(values.timeout) ?? PATIENCE,
    );
    try {
      const grant = await parseCallback(callback.url, request);
      await keep(config, await renew(ask(identityOf({ ...config, ...grant }), {}), ONCE));
    } catch (error) {
      await callback.show(false);
      throw error;
    }
    await callback.show(true);
  } finally {
    listener.close();
  }
}

/**
 * Signs in by a code that the user types on another device.
 *
 * @param {Config} config
 * @param {Record<string, any>} values
 */
async function byDevice(config, values) {
  const ms = milliseconds(values.timeout);
  const signal = ms === undefined ? undefined : AbortSignal.timeout(ms);
  const { shown, poll } = await askForCodes(config);
  const { user_code, verification_uri, verification_uri_complete: complete } = shown;
  tell(
    values,
    shown,
    `open ${verification_uri} on any device, and type the code ${user_code}` +
    `${complete === undefined ? '' : `; or open ${complete}, which has it, and compare it`}`,
  );
  await keep(config, await poll({ signal }).catch((error) => {
    throw signal?.aborted
      ? new TokenError('timeout', `nobody signed in in ${Number(ms) / 1000} s`)
      : error;
  }));
}

/**
 * Tells the user, or a program, where to sign in.
 *
 * @param {Record<string, any>} values
 * @param {Record<string, unknown>} fields
 * @param {string} text
 */
function tell({ json }, fields, text) {
  if (json) {
    process.stdout.write(`${printableJSON(fields)}\n`);
  } else {
    complain(text);
  }
}

/**
 * Keeps the session. It replaces the one before, whose records are removed.
 *
 * @param {Config} config
 * @param {Renewed} renewed
 */
async function keep(config, renewed) {
  maskInLogs(renewed.token);
  const before = await signInOf(config);
  const { refresh_token } = renewed.token;
  const scope = scopeOf(config);
  const isLasting = typeof refresh_token === 'string' && refresh_token !== '';
  // Without a refresh token the grant is only a name: its state says that it was used.
  /** @type {import('./sign_in.js').SignIn} */
  const signIn = isLasting
    ? { grantType: 'refresh_token', parameters: { refresh_token }, scope }
    : { grantType: 'authorization_code', parameters: { code: crypto.randomUUID() }, scope };
  const session = sessionOf(config, signIn);
  await session.forget(); // a server that never changes a refresh token gives the old one again
  await session.keep(renewed, isLasting ? '' : 'u');
  await keepSignIn(config, signIn);
  if (before !== undefined && !isDeepStrictEqual(before.parameters, signIn.parameters)) {
    await sessionOf(config, before).forget();
  }
  complain('signed in: with the same FILE and options, fetchtoken now gets tokens of this session');
  if (!isLasting) {
    complain(
      'the server gave no refresh token, so the session ends with its token',
      'many servers give one for --scope offline_access',
    );
  }
}
