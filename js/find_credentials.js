// Looks for credentials in their usual places. Node and the command use it.

import { basename, isAbsolute, join } from 'node:path';

import { isOther, loadCredentials } from './credentials/credentials.js';
import { readFile, whyUnreadable } from './credentials/credentials_file.js';
import { keyFileOf, withKeyFile } from './credentials/key_file.js';
import { SOURCES } from './lib/config_fields.js';
import { homeFolder } from './lib/home_folder.js';
import { TokenError } from './node.js';
import { FUNCTION, readOptions, TEXT } from './lib/options.js';
import { ownOf } from './lib/own.js';

/** The file names in the working directory, in the order in which they are tried. */
const NAMES = [
  'credentials.zip',
  'credentials.json',
  'credentials.properties',
  'credentials.ini',
  'credentials.env',
];

/** An environment without all of these variables has no credentials. */
const VARIABLES = [
  'FETCHTOKEN_CLIENT_ID',
  'HERE_ACCESS_KEY_ID',
  'HERE_ACCESS_KEY_SECRET',
  'AZURE_CLIENT_ID',
];

/** The type of each option. @type {import('./lib/options.js').Known} */
const OPTIONS = {
  env: [(env) => typeof env === 'object' && env !== null, 'an object such as process.env'],
  cwd: TEXT, home: TEXT, profile: TEXT,
  report: FUNCTION('a function'),
};

/** The result of a place without credentials: why there are none. */
class Nothing {
  /** @param {string} why */
  constructor(why) {
    this.why = why;
  }
}

/**
 * Looks for credentials in one place after another. find_credentials_types.d.ts lists the places.
 *
 * @param {import('./find_credentials_types.js').FindCredentialsOptions} [options]
 * @returns {Promise<import('./types.js').Config>}
 */
export async function findCredentials(options) {
  const {
    env = process.env,
    cwd = '.',
    home = homeFolder(),
    profile,
    report = () => {},
  } = readOptions(options, OPTIONS);
  const ofHome = (/** @type {string[]} */ ...path) => ({
    source: ['~', ...path].join('/'),
    inWorkingDirectory: false,
    // A relative path would lead to files of the working directory.
    load: async () =>
      isAbsolute(home)
        ? fromFile(join(home, ...path), profile)
        : new Nothing('there is no home folder'),
  });
  const places = [
    {
      source: 'the environment',
      inWorkingDirectory: false,
      load: () => fromEnvironment(env, profile),
    },
    ...NAMES.map((name) => ({
      source: `./${name}`,
      inWorkingDirectory: true,
      load: async () => whole(await fromFile(join(cwd, name), profile)),
    })),
    // as in ClientAuthorizationProviderChain.java of HERE's SDK
    ofHome('.here', 'credentials.ini'),
    ofHome('.here', 'credentials.properties'),
    // as in BaseTest.kt of High Mobility's SDK
    ofHome('.config', 'high-mobility', 'fleet-sdk', 'credentialsPrivateKey.json'),
  ];
  /** The places without credentials, by reason. @type {Map<string, string[]>} */
  const nothing = new Map();
  for (const [i, { source, inWorkingDirectory, load }] of places.entries()) {
    let found;
    try {
      found = await load();
      if (!(found instanceof Nothing)) {
        await withKeyFile(found);
      }
    } catch (error) {
      if (!(error instanceof TokenError)) {
        throw error;
      }
      report({ source, inWorkingDirectory, taken: false, why: error.message });
      throw new TokenError(error.code, `${source}: ${error.message}`, { cause: error.cause });
    }
    if (!(found instanceof Nothing)) {
      report({ source, inWorkingDirectory, taken: true });
      const why = 'not looked at, for an earlier one was taken';
      places
        .slice(i + 1)
        .forEach(({ source, inWorkingDirectory }) =>
          report({ source, inWorkingDirectory, taken: false, why }),
        );
      return found;
    }
    report({ source, inWorkingDirectory, taken: false, why: found.why });
    nothing.set(found.why, [...(nothing.get(found.why) ?? []), source]);
  }
  const looked = Array.from(nothing, ([why, sources]) => `${sources.join(', ')}: ${why}`).join(
    '; ',
  );
  throw new TokenError('invalid_credentials', `no credentials were found: ${looked}`);
}

/**
 * Returns a configuration from the working directory. If it names its own token endpoint, it must
 * contain its own secret. Otherwise the caller's secret would go to an endpoint that the maker of
 * the folder chose.
 *
 * @param {any} config
 */
function whole(config) {
  const own = ownOf(config);
  const { issuer, tokenEndpoint = issuer, clientSecret, privateKey, clientAuth } = own;
  const elsewhere =
    SOURCES.find((name) => typeof own[name] === 'object') ??
    (keyFileOf(config) === undefined ? undefined : 'privateKey');
  if (elsewhere !== undefined) { // or it would send any file of the user's to anywhere
    throw new TokenError(
      'invalid_credentials',
      `it names a file or a URL that holds its ${elsewhere}: ${NAME_IT}`,
    );
  }
  if (
    tokenEndpoint !== undefined &&
    clientSecret === undefined &&
    privateKey === undefined &&
    SOURCES.every((name) => own[name] === undefined) &&
    clientAuth !== 'none'
  ) {
    throw new TokenError(
      'invalid_credentials',
      `it names a token endpoint or an issuer, and has neither secret nor key: ${NAME_IT}`,
    );
  }
  return config;
}

/** The advice where a file of the working directory is not trusted enough. */
export const NAME_IT =
  'a file that was only found gets no secret but its own; if you trust it, load it by its name';

/** @param {Record<string, string | undefined>} env @param {string | undefined} profile */
async function fromEnvironment(env, profile) {
  if (!VARIABLES.some((name) => Object.hasOwn(env, name) && env[name] !== undefined)) {
    return new Nothing(`none of ${VARIABLES.join(', ')} is set`);
  }
  return profile === undefined ? loadCredentials(env) : new Nothing('it has no profiles');
}

/**
 * Loads a file. It skips a file that is missing or belongs to another program. A broken file is an
 * error, because its owner means it to be used.
 *
 * @param {string} path
 * @param {string | undefined} profile
 */
async function fromFile(path, profile) {
  let file;
  try {
    file = await readFile(path);
  } catch (error) {
    const why = whyUnreadable(error);
    if (
      ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENOTREG', 'ENXIO', 'EFBIG'].includes(
        /** @type {any} */ (error).code,
      )
    ) {
      return new Nothing(why);
    }
    throw new TokenError('invalid_credentials', `the credentials file can't be read: ${why}`);
  }
  if (profile !== undefined && !path.endsWith('.ini')) {
    return new Nothing('it has no profiles');
  }
  try {
    return await loadCredentials(file, { filename: basename(path), profile });
  } catch (error) {
    if (
      error instanceof TokenError &&
      error.code === 'invalid_credentials' &&
      (await isOther(file))
    ) {
      return new Nothing(error.message.replace(/; expected is .*/s, ''));
    }
    throw error;
  }
}
