// Reads the command line. It is stricter than parseArgs, whose errors would repeat arguments.

import { parseArgs } from 'node:util';

import { distance } from '../lib/options.js';
import { HOW_TO_GIVE_A_SECRET, OPTIONS } from './options.js';
import { UsageError } from './usage_error.js';

/**
 * The options in the form of parseArgs.
 *
 * @type {Record<string, { type: 'string' | 'boolean', multiple: boolean, short?: string }>}
 */
const PARSED = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { value, multiple = false, short }]) => [
    name,
    {
      type: value === undefined ? 'boolean' : 'string',
      multiple,
      ...(short && { short }),
    },
  ]),
);

/**
 * Sorts the command line into options and names.
 *
 * @param {string[]} args
 * @returns {{ file: string | undefined, values: Record<string, any> }}
 */
export function readArguments(args) {
  const { values, positionals, tokens } = parseArgs({
    args,
    options: PARSED,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set();
  for (const token of tokens) {
    if (token.kind === 'option') {
      checkOption(token, seen);
      seen.add(token.name);
    }
  }
  if (positionals.length > 1) {
    throw new UsageError(
      'there is more than one FILE',
      'quote a path with blanks; fetchtoken --help lists the options',
    );
  }
  checkTogether(values);
  return { file: positionals[0], values };
}

/**
 * @param {{ name: string, index: number, rawName: string, value?: string, inlineValue?: boolean }}
 *   token
 * @param {Set<string>} seen the names before it
 */
function checkOption({ name, index, rawName, value, inlineValue }, seen) {
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (option === undefined) {
    throw unknownOption(name, index + 1);
  }
  const isSwitch = option.value === undefined;
  if (isSwitch ? value !== undefined : value === undefined) {
    throw new UsageError(
      `${rawName} ${isSwitch ? 'takes no value' : 'wants a value'}`,
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
}

/** @param {Record<string, any>} values */
function checkTogether(values) {
  if (values['show-secrets'] && !values.explain && !values.curl) {
    throw new UsageError('--show-secrets belongs to --explain or --curl');
  }
  if (values.cache && (values.explain || values.curl)) {
    throw new UsageError('--cache is for tokens, and --explain and --curl ask for none');
  }
  if (values.cache && values['no-retry']) {
    throw new UsageError('--cache and --no-retry exclude each other', 'leave one of them out');
  }
}

/**
 * The error doesn't repeat the name: in --client-secretVALUE it contains the secret.
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
 * Returns the option whose name begins with or contains the given one, or else the nearest one, if
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
    (plain(option).length >= 4 && name.includes(plain(option)));
  const [[best, least]] = known
    .map((option) => /** @type {const} */ ([option, distance(name, plain(option))]))
    .sort((a, b) => a[1] - b[1]);
  return known.find(alike) ?? (least <= 2 && least < name.length / 2 ? best : undefined);
}

/**
 * Returns the seconds of --timeout in milliseconds.
 *
 * @param {string | undefined} seconds
 */
export function milliseconds(seconds) {
  if (seconds === undefined) {
    return undefined;
  }
  const ms = /^\d{1,7}(\.\d{1,9})?$/.test(seconds) ? Math.round(Number(seconds) * 1000) : 0;
  if (ms < 1 || ms > 2 ** 31 - 1) {
    throw new UsageError('--timeout wants a number of seconds, from 0.001 to 2147483');
  }
  return ms;
}
