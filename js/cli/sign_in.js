// What `fetchtoken login` keeps of a client: the grant that began the session. The session itself,
// with its newest refresh token, is kept as of every client with a store (client/session.js).
//
// The record is in the file store, under a key that identifies the server and the client. A random
// key seals it. That key is a file in another folder, $XDG_STATE_HOME/fetchtoken, so that a copy of
// the cache alone opens no session. A client's own secret wouldn't do: a public client has none.

import { link, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { KeptSession } from '../client/kept_session.js';
import { sealerOf, SESSION_FIELDS, storeKeyOf } from '../client/seal.js';
import { SECRET_PARAMETERS } from '../lib/config_fields.js';
import { xdgFolder } from '../lib/home_folder.js';
import { ownOf } from '../lib/own.js';
import { randomBytes } from '../lib/random.js';
import { readRegular } from '../lib/read_regular.js';
import { fieldsOf } from '../module/wire.js';
import { fileStore } from '../stores/file.js';
import { TokenError } from '../node.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * A grant: its type, its parameters, and the scope that was asked for, as one text.
 *
 * @typedef {{ grantType: string, parameters: Record<string, string>, scope: string }} SignIn
 */

/** The grant types that begin or continue a session. */
const OF_A_USER = [
  'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code',
];

/** Milliseconds that a record is kept after a renewal: less than a session, which is 90 days. */
const LIFETIME = 89 * 86_400_000;

/**
 * Milliseconds that a token lives if the server gave neither its end nor a refresh token: the
 * longest time that a client takes.
 */
const LONGEST = 2 ** 31 - 1;

/** The fewest and the most bytes of the file with the key. */
const SHORTEST_KEY = 16;
const LONGEST_KEY = 1 << 10;

/**
 * Returns the sign-in of a configuration's client; undefined if nobody is signed in, or if the
 * configuration has a grant of its own.
 *
 * @param {Config} config
 * @returns {Promise<SignIn | undefined>}
 */
export async function signInOf(config) {
  return hasGrant(config) ? undefined : orUsageError(async () => {
    const key = await sealingKey();
    if (key === undefined) {
      return undefined;
    }
    const { store, storeKey, open } = await recordOf(config, key);
    const record = await store.get(storeKey);
    return /** @type {any} */ (record && (await open(record)));
  });
}

/**
 * Says whether a configuration has a grant that isn't of a sign-in. Its parameters must not become
 * a part of an address.
 *
 * @param {Config} config
 */
export const hasGrant = ({ grantType = OF_A_USER[0], parameters = {} }) =>
  !OF_A_USER.includes(grantType) ||
  SECRET_PARAMETERS.some((name) => Object.hasOwn(parameters, name));

/**
 * Keeps a sign-in. It replaces the one before.
 *
 * @param {Config} config
 * @param {SignIn} signIn
 */
export const keepSignIn = (config, signIn) =>
  orUsageError(async () => {
    const key = (await sealingKey()) ?? (await makeSealingKey());
    const { store, storeKey, seal } = await recordOf(config, key);
    await store.set(storeKey, await seal(signIn), LIFETIME);
  });

/** Removes the sign-in of a configuration's client. @param {Config} config */
export const forgetSignIn = (config) =>
  orUsageError(async () => fileStore().delete(await keyOf(identityOf(config))));

/**
 * Returns the session of a sign-in.
 *
 * @param {Config} config
 * @param {SignIn} signIn
 */
export function sessionOf(config, signIn) {
  const options = { store: fileStore(), ...optionsOf(signIn) };
  const session = new KeptSession(withSession(config, signIn), options);
  return {
    /** @param {Parameters<KeptSession['keep']>} args */
    keep: (...args) => orUsageError(() => session.keep(...args)),
    /** @param {Parameters<KeptSession['end']>} args */
    end: (...args) => orUsageError(() => session.end(...args)),
    forget: () => orUsageError(() => session.forget()),
  };
}

/**
 * Returns a configuration with the grant of a sign-in. Its requests have a scope only if it isn't
 * the scope of the sign-in, which a refresh token has anyway (RFC 6749 section 6).
 *
 * @param {Config} config
 * @param {SignIn} signIn
 * @returns {Config}
 */
export function withSession(config, { grantType, parameters, scope }) {
  const asked = scopeOf(config);
  return { ...config, grantType, parameters, scope: asked === scope ? '' : asked };
}

/** Returns the scope of a configuration as one text. @param {Config} config */
export const scopeOf = ({ scope = [] }) => [scope].flat().join(' ');

/**
 * Returns the options of a client that uses a sign-in.
 *
 * @param {SignIn} signIn
 */
export const optionsOf = ({ grantType }) =>
  grantType === 'refresh_token' ? {} : { lifetime: LONGEST };

/** @param {Record<string, any>} config */
const identityOf = (config) =>
  fieldsOf('config', ownOf(Object.fromEntries(
    SESSION_FIELDS.filter((name) => config[name] !== undefined).map((name) => [name, config[name]]),
  )));

/** @param {import('../module/wire.js').Fields} identity */
const keyOf = (identity) => storeKeyOf(identity, 'sign-in');

/** @param {Config} config @param {string} key */
async function recordOf(config, key) {
  const identity = identityOf(config);
  const storeKey = await keyOf(identity);
  return { store: fileStore(), storeKey, ...(await sealerOf(identity, storeKey, key)) };
}

/** Returns the path of the file with the key. */
function keyFile() {
  const state = xdgFolder('XDG_STATE_HOME', join('.local', 'state'));
  return state && join(state, 'fetchtoken', 'sealing-key');
}

/** Returns the key; undefined if there is none yet. */
async function sealingKey() {
  const path = keyFile();
  const key = path && (await readKey(path));
  if (key !== undefined && key.length < SHORTEST_KEY) {
    throw new UsageError(
      "the files of the session can't be used: sealing-key holds no key",
      'remove that file, and run fetchtoken login again',
    );
  }
  return key?.toString();
}

/** @param {string} path */
async function readKey(path) {
  try {
    return await readRegular(path, () => LONGEST_KEY);
  } catch (error) {
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    // there is none either where the home folder is none, such as /dev/null, or is somebody else's
    if (['ENOENT', 'ENOTDIR'].includes(code) || (code === 'EACCES' && (await isOutOfReach(path)))) {
      return undefined;
    }
    if (['EFBIG', 'ENOTREG'].includes(code)) {
      return Buffer.alloc(0); // no key
    }
    throw error;
  }
}

/** Says whether the folder of a file may not be entered. @param {string} path */
const isOutOfReach = (path) =>
  lstat(path).then(() => false, ({ code }) => code === 'EACCES');

/** Makes the key, unless another process makes it at the same time. */
async function makeSealingKey() {
  const path = keyFile();
  if (path === undefined) {
    throw new UsageError(
      'there is no home folder for the session',
      'set HOME or XDG_STATE_HOME to a path from the root',
    );
  }
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const written = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const key = Buffer.from(randomBytes(32)).toString('base64url');
    await writeFile(written, key, { flag: 'wx', mode: 0o600, flush: true });
    await link(written, path).catch((error) => {
      if (error.code !== 'EEXIST') {
        throw error;
      }
    });
  } finally {
    await rm(written, { force: true });
  }
  return /** @type {string} */ (await sealingKey());
}

/**
 * Does something with the files of a session.
 *
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
async function orUsageError(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof UsageError || error instanceof TokenError) {
      throw error;
    }
    const { code, name } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(`the files of the session can't be used: ${code ?? name}`);
  }
}
