import { HIDDEN } from '../lib/config_fields.js';
import { perform } from '../module/module.js';
import { readOptions, TEXT } from '../lib/options.js';
import { bytesOf, jsonOf, ownOf } from '../lib/own.js';
import { randomBytes } from '../lib/random.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { CREDENTIALS, fieldsOf } from '../module/wire.js';

/** The type of each option. @type {import('../lib/options.js').Known} */
const OPTIONS = { filename: TEXT, profile: TEXT };

/** Node, Deno, Bun and workerd call this method when they print an object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Makes a configuration from the bytes of a credentials file or from an environment. types.d.ts
 * lists the known files.
 *
 * @param {Uint8Array | string | Record<string, unknown>} source
 * @param {import('../types.js').LoadCredentialsOptions} [options]
 * @returns {Promise<import('../types.js').Config>}
 */
export async function loadCredentials(source, options) {
  const given = readOptions(options, OPTIONS);
  const rest = fieldsOf('options', given);
  const tag = tagOf(source);
  switch (tag) {
    case 'String':
      return configOf(await performOn(['a', 'file', String(source), ...rest]));
    case 'Uint8Array': {
      const file = bytesOf(/** @type {Uint8Array} */ (source));
      if (!isZIP(file)) {
        return configOf(await performOn(['a', 'file', file, ...rest]));
      }
      const { treehubOf } = await import('./archive.js');
      return configOf(
        await performOn([
          'a',
          'file',
          treehubOf(file),
          ...fieldsOf('options', { ...given, filename: 'treehub.json' }),
        ]),
      );
    }
    case 'Object':
      if (isParsed(/** @type {Record<string, unknown>} */ (source))) {
        return loadCredentials(String(jsonOf(source)), options);
      }
      return configOf(
        await performOn([
          ...fieldsOf('config', environmentOf(/** @type {Record<string, unknown>} */ (source))),
          ...rest,
        ]),
      );
    case 'Blob':
    case 'File':
      throw notBytes(`a ${tag}`, 'await file.arrayBuffer()');
    case 'ArrayBuffer':
      throw notBytes('an ArrayBuffer', 'buffer');
    default:
      throw invalid(
        'the credentials must be given as a Uint8Array or a string, the content of a file, or as ' +
        'an object, an environment',
      );
  }
}

/** Members of the JSON files, which no environment has. */
const OF_FILES = ['oauth2', 'ostree', 'private_key', 'client_id', 'client_secret', 'type'];

/**
 * Says whether an object is the parsed JSON of a file, and no environment.
 *
 * @param {Record<string, unknown>} source
 */
const isParsed = (source) =>
  OF_FILES.some((name) => Object.hasOwn(source, name)) &&
  !Object.keys(source).some((name) => /^(FETCHTOKEN|HERE)_/.test(name));

/** @param {string} message */
const invalid = (message) => new TokenError('invalid_credentials', message);

/**
 * @param {string} what the name of the argument
 * @param {string} buffer the object that has its bytes
 */
const notBytes = (what, buffer) =>
  invalid(
    `the credentials file must be given as a Uint8Array or as a string, not as ${what}: new ` +
    `Uint8Array(${buffer})`,
  );

/**
 * Has the module read credentials. Random bytes seed the module's maps, so that no file can choose
 * names that make them slow.
 *
 * @param {import('../module/wire.js').Fields} fields
 */
const performOn = (fields) => perform(CREDENTIALS, fields.concat('a', 'random', randomBytes(8)));

/** Says whether a file is intact but of an unknown kind. @param {Uint8Array} file */
export async function isOther(file) {
  return !isZIP(file) && (await performOn(['a', 'isOther', file])).values.isOther === 'true';
}

/** Says whether a file begins like a ZIP archive. @param {Uint8Array} file */
export const isZIP = (file) =>
  file[0] === 0x50 &&
  file[1] === 0x4b &&
  ((file[2] === 3 && file[3] === 4) || (file[2] === 5 && file[3] === 6));

/**
 * Keeps the variables that are read. Other variables, secret or not, never reach the module.
 *
 * @param {Record<string, unknown>} environment
 */
function environmentOf(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        name.startsWith('FETCHTOKEN_') ||
        (/^(HERE|AZURE)_/.test(name) && typeof value === 'string'),
    ),
  );
}

/**
 * Makes the configuration from the module's fields. A spread copies its secrets, but printing
 * doesn't show them: they are accessors, which a browser's console doesn't call; JSON.stringify
 * calls toJSON; and Node, Deno, Bun and workerd call INSPECT, also on a copy.
 *
 * @param {import('../module/wire.js').Answer} answer
 * @returns {import('../types.js').Config}
 */
function configOf({ values }) {
  /** @type {any} */
  const config = {};
  for (const [name, first] of Object.entries(values)) {
    /** @type {any} */
    let value = first; // a text, or of some fields an object
    const holdsSecret =
      HIDDEN.includes(name) ||
      (typeof first === 'string' && withoutSecret(first, values.clientSecret ?? '') !== first);
    Object.defineProperty(
      config,
      name,
      ownOf(
        holdsSecret
          ? {
              get: () => value,
              set: (/** @type {unknown} */ next) => (value = next),
              enumerable: true,
              configurable: true,
            }
          : { value, enumerable: true, configurable: true, writable: true },
      ),
    );
  }
  Object.defineProperty(
    config,
    'toJSON',
    ownOf({ value: redacted, configurable: true, writable: true }),
  );
  Object.defineProperty(
    config,
    INSPECT,
    ownOf({ value: redacted, enumerable: true, configurable: true, writable: true }),
  );
  return config;
}

/** Returns the masked configuration that is printed. @this {Record<string, unknown>} */
function redacted() {
  const { clientSecret } = this;
  const shown = (/** @type {unknown} */ value) =>
    typeof value === 'string' && typeof clientSecret === 'string' && clientSecret.isWellFormed()
      ? withoutSecret(value, clientSecret)
      : value;
  return Object.fromEntries(
    Object.entries(this).map(([name, value]) => [
      name,
      HIDDEN.includes(name) && value !== undefined ? '[redacted]' : shown(value),
    ]),
  );
}

/**
 * Masks the secret wherever else it occurs, such as in the query of an endpoint.
 *
 * @param {string} text
 * @param {string} secret
 */
function withoutSecret(text, secret) {
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [encodeURIComponent(secret), form, secret].filter((part) => part.length >= 4)
    .reduce((left, part) => left.replaceAll(part, '[redacted]'), text);
}
