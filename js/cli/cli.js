#!/usr/bin/env node
// The command: prints an access token, and nothing else, on standard output. HELP describes it.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

import { curlCommand, explanationText, lifeOf } from './cli_explain.js';
import { readNamed, whyUnreadable } from '../credentials/credentials_file.js';
import { findCredentials } from '../find_credentials.js';
import { createClient, explain, fetchToken, loadCredentials, TokenError } from '../node.js';
import { distance } from '../lib/options.js';
import { printable, printableJSON } from './printable.js';
import { mayGo } from './secret_rule.js';
import { fileStore } from '../stores/file.js';

const HELP = `usage: fetchtoken [FILE] [options]
       fetchtoken --provider NAME --client-id ID [options]

Prints an access token: export TOKEN=$(npx fetchtoken credentials.properties)

FILE is what the platform gave you, whatever its name: credentials.zip or treehub.json of HERE OTA
Connect, credentials.properties or credentials.ini of HERE, the private key JSON of High Mobility, a
service account's JSON key of Google, a .env file, or one line CLIENT_ID:CLIENT_SECRET; - is
standard input. iotspot and OS Data Hub give no file, so say --provider and --client-id. An option
overrides what FILE says.

Without FILE, --provider and --endpoint, the first of these counts: the environment, if
FETCHTOKEN_CLIENT_ID (and other fields, such as FETCHTOKEN_PROVIDER) or HERE_ACCESS_KEY_ID is set; a
file credentials.zip, .json, .properties, .ini or .env in this folder; ~/.here/credentials.ini or
.properties; ~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json. What is taken from this
folder is said on standard error, and gets no secret and no key of yours where it names an endpoint:
if you trust the file, give it as FILE.

  --json                     print the whole token response, as JSON
  --provider NAME            here, ota-connect, iotspot, high-mobility, os-data-hub, cognito,
                             apigee, google or oauth2
  --environment NAME         sandbox or live of high-mobility, where neither FILE nor --endpoint
                             names an endpoint
  --endpoint URL             the token endpoint
  --client-id ID             the client id; HERE's access key id, OS Data Hub's project API key
  --client-secret-file PATH  a file with the client secret, whose last line break doesn't count; -
                             is standard input
  --private-key-file PATH    a file with the private key; - is standard input
  --key-id ID                the kid of that key, where the server wants it
  --scope SCOPE              the scope to ask for; may be given several times
  --client-auth METHOD       client_secret_basic, client_secret_post, client_secret_jwt,
                             private_key_jwt, oauth1 or none
  --profile NAME             the section of a credentials.ini (default: default)
  --explain                  send nothing: print the request, without its secrets, and who decided
                             what
  --curl                     send nothing: print the request as a curl command, without its secrets
  --show-secrets             with --explain or --curl: print the secrets too
  --cache                    keep the token in a file, and print that one again until a minute or a
                             quarter of its life is left
  --timeout SECONDS          until the whole answer must be there, fractions allowed (default: 30)
  --verbose                  say on standard error where credentials and token come from, and why
                             from nowhere else
  -h, --help                 print this
  --version                  print the version

The client secret is never taken from the command line, which other users of the machine can read
and the shell writes down. It is what --client-secret-file names; else the environment variable
FETCHTOKEN_CLIENT_SECRET, if there is a --client-id or FILE has no secret; else FILE's; else what
comes from standard input, unless that is a terminal. The private key is what --private-key-file
names; else FILE's; else, where there is no secret or --client-auth wants a key,
FETCHTOKEN_PRIVATE_KEY. FETCHTOKEN_PASSPHRASE opens the first and the last.

--cache keeps tokens in $XDG_CACHE_HOME/fetchtoken, else ~/.cache/fetchtoken, for you alone to read,
and sealed with the secret or the private key: who has not got that can not open them. Several
processes at once ask for one token. To forget all, remove the folder.

exit status:
  0    there is a token
  1    the server refused, or its answer holds no usable token
  2    the command line, the configuration, the key or the credentials file can't be used; nothing
       was sent
  3    the network failed, the answer didn't come in time, or the endpoint redirects
  4    something else: the WebAssembly module doesn't start, standard output can't be written
  130  interrupted
  141  nobody reads standard output
`;

/**
 * The options, and the field of the configuration that each sets.
 *
 * @type {Record<string, { type: 'string' | 'boolean', multiple?: boolean, short?: string, field?:
 *   string }>}
 */
const OPTIONS = {
  json: { type: 'boolean' },
  provider: { type: 'string', field: 'provider' },
  environment: { type: 'string', field: 'environment' },
  endpoint: { type: 'string', field: 'tokenEndpoint' },
  'client-id': { type: 'string', field: 'clientId' },
  'client-secret-file': { type: 'string' },
  'private-key-file': { type: 'string' },
  'key-id': { type: 'string', field: 'keyId' },
  scope: { type: 'string', multiple: true, field: 'scope' },
  'client-auth': { type: 'string', field: 'clientAuth' },
  profile: { type: 'string' },
  explain: { type: 'boolean' },
  curl: { type: 'boolean' },
  'show-secrets': { type: 'boolean' },
  cache: { type: 'boolean' },
  timeout: { type: 'string' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
};

const SECRET = 'FETCHTOKEN_CLIENT_SECRET';
const KEY = 'FETCHTOKEN_PRIVATE_KEY';
const PASSPHRASE = 'FETCHTOKEN_PASSPHRASE';
const HOW_TO_GIVE_A_SECRET = `give it by --client-secret-file PATH, by the environment variable ` +
  `${SECRET}, or by standard input`;

/** The exit status of a TokenError. @type {Record<string, number>} */
const STATUS = {
  error_response: 1, http_error: 1, invalid_response: 1, response_too_large: 1,
  invalid_config: 2, invalid_key: 2, invalid_credentials: 2,
  network: 3, timeout: 3, redirect: 3,
};

/**
 * What a user can put right. Its message holds no argument but the name of an option: any other may
 * be a secret in the wrong place.
 */
class UsageError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** The version of this package. @returns {string} */
function version() {
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** @param {string[]} args */
async function main(args) {
  const { file, values } = readArguments(args);
  if (values.help || values.version) {
    process.stdout.write(values.help ? HELP : `${version()}\n`);
    return;
  }
  if (values['show-secrets'] && !values.explain && !values.curl) {
    throw new UsageError('--show-secrets belongs to --explain or --curl');
  }
  if (values.cache && (values.explain || values.curl)) {
    throw new UsageError('--cache is for tokens, and --explain and --curl ask for none');
  }
  const timeout = values.timeout === undefined ? undefined : milliseconds(values.timeout);
  const { config, found } = await configOf(file, values);
  for (const [name, { field }] of Object.entries(OPTIONS)) {
    if (field !== undefined && values[name] !== undefined) {
      config[field] = values[name];
    }
  }
  if (config.clientId === undefined) {
    throw new UsageError('clientId is missing', 'give it by --client-id ID');
  }
  /**
   * Refuses what the user keeps from going where a file of the working directory wants.
   *
   * @param {string} what it is, as the subject of a sentence
   */
  const guard = (what) => {
    if (
      !mayGo(
        'user',
        values.endpoint !== undefined || found === undefined
          ? 'user'
          : config.tokenEndpoint === undefined
            ? 'preset'
            : 'found',
      )
    ) {
      throw new UsageError(
        `${what} is not sent to the endpoint of ${found}, which was only found in this folder`,
        `if you trust it: fetchtoken ${found}`,
      );
    }
  };
  await addPrivateKey(config, values, guard);
  config.clientSecret = await clientSecret(config, values, file, guard);

  if (values.explain || values.curl) {
    return printRequest(config, values);
  }
  const token = await (values.cache
    ? cachedToken(config, timeout, values.verbose)
    : fetchToken(config, { timeout }));
  // parse takes no token that isn't printable ASCII
  process.stdout.write(`${values.json ? printableJSON(token, 2) : token.access_token}\n`);
}

/**
 * Returns a token that is kept in a file, or a new one, which is then kept.
 *
 * @param {import('../types.js').Config} config
 * @param {number} [timeout] for all requests together, in milliseconds
 * @param {boolean} [verbose]
 */
async function cachedToken(config, timeout = 30_000, verbose = false) {
  if (config.clientSecret === undefined && config.privateKey === undefined) {
    throw new UsageError(
      '--cache seals the token with the secret or the private key, and this client has neither',
      'leave --cache out',
    );
  }
  const failures = new Set();
  /** @param {import('../types.js').TokenEvent} event */
  const onEvent = (event) => {
    if (event.type === 'store_failed') {
      const { code, name } = /** @type {NodeJS.ErrnoException} */ (event.error);
      failures.add(code ?? name);
    } else if (verbose && (event.type === 'shared' || event.type === 'renewed')) {
      const source = event.type === 'shared' ? 'the cache' : 'the server';
      complain(`the token: from ${source}`);
    }
  };
  const token = await createClient(config, {
    store: fileStore(),
    timeout,
    deadline: timeout,
    onEvent,
  }).getToken();
  if (failures.size > 0) {
    complain(`the cache can't be used: ${[...failures].join(', ')}`);
  }
  return token;
}

/**
 * Prints the request instead of sending it.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 */
async function printRequest(config, { curl, explain: text, 'show-secrets': showSecrets = false }) {
  const explanation = await explain(config, { showSecrets });
  const parts = [...(text ? [explanationText(explanation)] : [])];
  if (curl) {
    parts.push(curlCommand(explanation));
  }
  process.stdout.write(parts.join('\n'));
  if (curl) {
    complain(
      showSecrets
        ? lifeOf(explanation)
        : 'the secrets are left out: --show-secrets prints a command that works',
    );
  }
}

/**
 * Sorts the command line. It is stricter than parseArgs, whose errors would repeat what was given.
 *
 * @param {string[]} args
 * @returns {{ file: string | undefined, values: Record<string, any> }}
 */
function readArguments(args) {
  const { values, positionals, tokens } = parseArgs({
    args,
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set();
  for (const token of tokens) {
    if (token.kind !== 'option') {
      continue;
    }
    const { name, index, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (option === undefined) {
      throw unknownOption(name, index + 1);
    }
    if (option.type === 'boolean' ? value !== undefined : value === undefined) {
      throw new UsageError(
        `${rawName} ${option.type === 'boolean' ? 'takes no value' : 'wants a value'}`,
        'fetchtoken --help tells more',
      );
    }
    if (value?.startsWith('-') && value !== '-' && !inlineValue) {
      throw new UsageError(
        `${rawName} wants a value`,
        `a value that begins with - is written ${rawName}=-…`,
      );
    }
    if (seen.has(name) && !option.multiple) {
      throw new UsageError(`${rawName} is given twice`);
    }
    seen.add(name);
  }
  if (positionals.length > 1) {
    throw new UsageError(
      'there is more than one FILE',
      'quote a path with blanks; fetchtoken --help lists the options',
    );
  }
  const scope = /** @type {string[] | undefined} */ (values.scope);
  return {
    file: positionals[0],
    values: scope?.length === 1 ? { ...values, scope: scope[0] } : values,
  };
}

/**
 * Its name is not repeated: what was typed behind --client-secret without a blank is a part of it.
 *
 * @param {string} name
 * @param {number} position
 */
function unknownOption(name, position) {
  if (plain(name).startsWith('clientsecret')) {
    return new UsageError(
      'the client secret is not taken from the command line, which other users of the machine ' +
      'can read and the shell writes down',
      HOW_TO_GIVE_A_SECRET,
    );
  }
  const near = nearest(name);
  return new UsageError(
    `argument ${position} is an unknown option${near ? `: did you mean --${near}?` : ''}`,
    'fetchtoken --help lists the options',
  );
}

/** @param {string} name */
const plain = (name) => name.toLowerCase().replaceAll(/[-_]/g, '');

/**
 * Returns the option whose name begins as that one or holds it, else the one that differs least, if
 * it differs little.
 *
 * @param {string} unknown
 */
function nearest(unknown) {
  const name = plain(unknown);
  const known = Object.keys(OPTIONS);
  const alike = (/** @type {string} */ option) =>
    (name.length >= 3 && plain(option).startsWith(name)) ||
    (name.length >= 4 && plain(option).includes(name)) ||
    name.includes(plain(option));
  const [[best, least]] = known
    .map((option) => /** @type {const} */ ([option, distance(name, plain(option))]))
    .sort((a, b) => a[1] - b[1]);
  return known.find(alike) ?? (least <= 2 && least < name.length / 2 ? best : undefined);
}

/** @param {string} seconds */
function milliseconds(seconds) {
  const ms = /^\d{1,7}(\.\d{1,9})?$/.test(seconds) ? Math.round(Number(seconds) * 1000) : 0;
  if (ms < 1 || ms > 2 ** 31 - 1) {
    throw new UsageError('--timeout wants a number of seconds, from 0.001 to 2147483');
  }
  return ms;
}

/**
 * Returns what FILE says, or what is found where HELP says, or nothing if the command line has it
 * all; and the file's name, if that is one of the working directory.
 *
 * @param {string | undefined} file
 * @param {Record<string, any>} values
 * @returns {Promise<{ config: any, found?: string }>}
 */
async function configOf(file, { profile, verbose, ...values }) {
  const say = (/** @type {string} */ text) => verbose && complain(text);
  const input = Object.entries({
    FILE: file,
    '--client-secret-file': values['client-secret-file'],
    '--private-key-file': values['private-key-file'],
  });
  const fromInput = input.filter(([, path]) => path === '-').map(([name]) => name);
  if (fromInput.length > 1) {
    throw new UsageError(`${fromInput.join(' and ')} are both standard input`);
  }
  if (file !== undefined) {
    const config = await loadCredentials(await read(file, 'FILE'), {
      profile,
      filename: file === '-' ? undefined : basename(file),
    });
    say('FILE: taken');
    say('the environment and other files: not looked at, for FILE is given');
    return { config };
  }
  const given = ['provider', 'endpoint']
    .filter((name) => name in values)
    .map((name) => `--${name}`);
  if (given.length === 0) {
    /** @type {string | undefined} */
    let found;
    const config = await findCredentials({
      profile,
      report({ source, inWorkingDirectory, taken, why }) {
        found = taken && inWorkingDirectory ? source : found;
        say(`${source}: ${taken ? 'taken' : why}`);
      },
    });
    if (found !== undefined) {
      complain(
        `${found} of this folder says who the client is, and where its token comes from: ` +
        `${whereto(config)}`,
      );
    }
    return { config, found };
  }
  if (profile !== undefined) {
    throw new UsageError(
      '--profile is for a credentials.ini, and none is read',
      `leave it out, or give FILE, or leave ${given.join(', ')} out`,
    );
  }
  say(`the command line: taken`);
  say(
    `the environment and files: not looked at but for a secret or a key, for ${given.join(', ')} ` +
    `${given.length > 1 ? 'are' : 'is'} given`,
  );
  return { config: {} };
}

/**
 * Where the token of a configuration comes from; of an endpoint its origin, for a path may be a
 * secret.
 *
 * @param {import('../types.js').Config} config
 */
function whereto({ tokenEndpoint, provider, environment }) {
  if (tokenEndpoint === undefined) {
    return (
      [provider, environment].filter((name) => name !== undefined).join(' ') || 'it does not say'
    );
  }
  return URL.canParse(tokenEndpoint) ? new URL(tokenEndpoint).origin : 'no URL';
}

/**
 * Reads a file, or standard input for -.
 *
 * @param {string} path
 * @param {string} what it is, for an error
 */
async function read(path, what) {
  try {
    return await readNamed(path);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const why = whyUnreadable(error);
    if (code === 'EFBIG' || code === 'ETIMEDOUT') {
      throw new UsageError(what + why.replace(/^it/, ''));
    }
    const hint =
      what === 'FILE'
        ? 'FILE is the path of a credentials file, not its content'
        : 'PATH is that of a file with the secret, not the secret';
    throw new UsageError(
      `${what} can't be read: ${why}`,
      code === 'EISDIR' || code === 'EACCES' ? undefined : hint,
    );
  }
}

/**
 * Adds the private key from where HELP says that it comes from.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {(what: string) => void} guard
 */
async function addPrivateKey(config, values, guard) {
  const path = values['private-key-file'];
  const { clientAuth } = config;
  if (path !== undefined) {
    guard('the key of --private-key-file');
    const bytes = await read(path, '--private-key-file');
    if (bytes.length === 0) {
      throw new UsageError('--private-key-file holds no key: it is empty');
    }
    config.privateKey = textOf(bytes) ?? new Uint8Array(bytes); // PEM and JWK are text, DER is not
    config.clientSecret = undefined;
  } else {
    const noSecret =
      config.clientSecret === undefined &&
      values['client-secret-file'] === undefined &&
      process.env[SECRET] === undefined;
    const key = process.env[KEY];
    if (
      key === undefined ||
      config.privateKey !== undefined ||
      !(clientAuth === 'private_key_jwt' || (clientAuth === undefined && noSecret))
    ) {
      return;
    }
    guard(`the key of ${KEY}`);
    if (key === '') {
      throw new UsageError(`the environment variable ${KEY} is empty`);
    }
    config.privateKey = key;
  }
  config.passphrase = process.env[PASSPHRASE] || undefined;
}

/**
 * Returns the client secret from where HELP says that it comes from, or undefined if none is
 * needed.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 * @param {string | undefined} file
 * @param {(what: string) => void} guard
 */
async function clientSecret(config, values, file, guard) {
  const path = values['client-secret-file'];
  if (path !== undefined) {
    guard('the secret of --client-secret-file');
    return secretText(await read(path, '--client-secret-file'), '--client-secret-file');
  }
  if (
    config.clientAuth === undefined
      ? config.privateKey !== undefined
      : ['private_key_jwt', 'none'].includes(config.clientAuth)
  ) {
    return config.clientSecret;
  }
  const fromEnvironment = process.env[SECRET];
  if (
    fromEnvironment !== undefined &&
    (config.clientSecret === undefined || values['client-id'] !== undefined)
  ) {
    guard(`the secret of ${SECRET}`);
    if (fromEnvironment === '') {
      throw new UsageError(`the environment variable ${SECRET} is empty`);
    }
    return fromEnvironment;
  }
  if (config.clientSecret !== undefined) {
    return config.clientSecret;
  }
  guard('a secret from standard input');
  if (file === '-' || values['private-key-file'] === '-' || process.stdin.isTTY) {
    throw await missingSecret(config, 'the client secret is missing');
  }
  const impatience = setTimeout(complain, 1000, 'waiting for the client secret on standard input');
  try {
    const bytes = await read('-', 'standard input');
    if (bytes.length === 0) {
      throw await missingSecret(config, 'the client secret is missing: standard input is empty');
    }
    return secretText(bytes, 'standard input');
  } finally {
    clearTimeout(impatience);
  }
}

/**
 * Returns the error that the secret is missing. What else is wrong with the configuration is
 * thrown, for a secret wouldn't help.
 *
 * @param {import('../types.js').Config} config
 * @param {string} message
 */
async function missingSecret(config, message) {
  await explain({ ...config, clientSecret: 'any' });
  return new UsageError(message, HOW_TO_GIVE_A_SECRET);
}

/** @param {Uint8Array} bytes @param {string} what */
function secretText(bytes, what) {
  const text = textOf(bytes);
  if (text === undefined) {
    throw new UsageError(`${what} is not text in UTF-8`);
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') {
    throw new UsageError(`${what} holds no secret: it is empty`);
  }
  return secret;
}

/** Returns text in UTF-8, or undefined for what is none. @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What a user of the command can do about a field that a TokenError is about.
 *
 * @type {Record<string, string>}
 */
const FIELD_HINTS = {
  clientSecret: HOW_TO_GIVE_A_SECRET,
  privateKey: '--private-key-file sets it',
  ...Object.fromEntries(
    Object.entries(OPTIONS).flatMap(([name, { field }]) =>
      field ? [[field, `--${name} sets it`]] : [],
    ),
  ),
};

/**
 * Says on standard error why there is no token, and returns the exit status.
 *
 * @param {unknown} error
 */
function giveUp(error) {
  if (error instanceof UsageError) {
    complain(error.message, error.hint);
    return 2;
  }
  if (error instanceof TokenError) {
    complain(error.message, hintOf(/** @type {any} */ (error)));
    return STATUS[error.code] ?? 4;
  }
  // the message could hold anything
  complain(`unexpected ${error instanceof Error ? error.name : typeof error}: please report it`);
  return 4;
}

/** @param {import('../types.js').TokenError} error */
function hintOf({ code, message, hint, retryAfter }) {
  if (hint === undefined && code === 'invalid_config' && !message.includes(': leave it out')) {
    return FIELD_HINTS[message.split(' ')[0]];
  }
  if (hint === undefined && code === 'invalid_credentials' && message.includes('unknown kind')) {
    return 'for a system that gives no file, say --provider and --client-id';
  }
  if (hint === undefined && message.startsWith('no credentials were found')) {
    return 'give FILE, or --provider and --client-id; fetchtoken --help tells more';
  }
  return hint ?? (retryAfter === undefined ? undefined : `the server asks to wait ${retryAfter} s`);
}

/**
 * Says something on standard error: all that is said there.
 *
 * @param {string} message
 * @param {string} [hint]
 */
function complain(message, hint) {
  process.stderr.write(
    `fetchtoken: ${printable(message)}\n${hint ? `hint: ${printable(hint)}\n` : ''}`,
  );
}

process.once('SIGINT', () => process.exit(130));
process.stdout.on('error', ({ code }) => {
  if (code !== 'EPIPE') {
    complain(`standard output can't be written: ${code}`);
  }
  process.exit(code === 'EPIPE' ? 141 : 4);
});
process.stderr.on('error', () => {}); // nobody reads it

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = giveUp(error);
}
