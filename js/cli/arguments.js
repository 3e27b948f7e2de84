// Reads the command line. It is stricter than parseArgs, whose errors would repeat arguments.

import { parseArgs } from 'node:util';

import { distance } from '../lib/options.js';
import { COMMANDS, commandOf, optionsOf } from './commands.js';
import { HOW_TO_GIVE_A_SECRET } from './options.js';
import { TABLE } from './texts.js';
import { UsageError } from './usage_error.js';

/**
 * A command line: the name of the command, if it has one, its positional arguments and its options,
 * and the user's program behind `--`.
 *
 * @typedef {{ command: string | undefined, positionals: string[], values: Record<string, any>,
 *   program: string[] }} Arguments
 */

/**
 * Returns the options of a command in the form of parseArgs.
 *
 * @param {string | undefined} command
 * @returns {Record<string, { type: 'string' | 'boolean', multiple: boolean, short?: string }>}
 */
const parsedOf = (command) =>
  Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, { value, multiple = false, short }]) => [
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
 * @param {string[]} line
 * @returns {Arguments}
 */
export function readArguments(line) {
  const command = Object.hasOwn(COMMANDS, line[0] ?? '') ? line[0] : undefined;
  const { positionals: most, runs = false } = commandOf(command);
  const first = command === undefined ? 0 : 1;
  const end = runs && line.includes('--') ? line.indexOf('--') : line.length;
  const { values, positionals, tokens } = parseArgs({
    args: line.slice(first, end),
    options: parsedOf(command),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set();
  for (const token of tokens) {
    if (token.kind === 'option') {
      checkOption({ ...token, index: token.index + first }, seen, command);
      seen.add(token.name);
    }
  }
  if (positionals.length > most) {
    throw new UsageError(
      most === 0 ? `fetchtoken ${command} takes no FILE` : 'there is more than one FILE',
      meantBy(positionals[0]) ?? `quote a path with blanks; ${help(command)} lists the options`,
    );
  }
  checkTogether(values, command);
  return { command, positionals, values, program: line.slice(end + 1) };
}

/** Returns the line that prints the help of a command. @param {string | undefined} command */
const help = (command) => ['fetchtoken', command, '--help'].filter(Boolean).join(' ');

/**
 * @param {{ name: string, index: number, rawName: string, value?: string, inlineValue?: boolean }}
 *   token
 * @param {Set<string>} seen the names before it
 * @param {string | undefined} command
 */
function checkOption({ name, index, rawName, value, inlineValue }, seen, command) {
  const options = optionsOf(command);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    throw unknownOption(name, index + 1, command);
  }
  const isSwitch = option.value === undefined;
  if (isSwitch ? value !== undefined : value === undefined) {
    throw new UsageError(
      `${rawName} ${isSwitch ? 'takes no value' : 'wants a value'}`,
      `${help(command)} tells more`,
    );
  }
  if (value?.startsWith('-') && value !== '-' && !inlineValue) {
    throw new UsageError(
      `${rawName} wants a value`,
      `a value that begins with - is written ${rawName}${rawName.startsWith('--') ? '=' : ''}-…`,
    );
  }
  if (seen.has(name) && !option.multiple) {
    throw new UsageError(`${rawName} is given twice`);
  }
}

/** Pairs of options that exclude each other. */
const EXCLUDING = [
  ['cache', 'no-retry'],
  ['cache', 'no-cache'],
  ['format', 'json'],
  ['port', 'redirect-uri'],
];

/** @param {Record<string, any>} values @param {string | undefined} command */
function checkTogether(values, command) {
  const showsRequest = values.explain || values.curl;
  if (values['show-secrets'] && !showsRequest) {
    throw new UsageError('--show-secrets belongs to --explain or --curl');
  }
  if (values.cache && showsRequest) {
    throw new UsageError('--cache is for tokens, and --explain and --curl ask for none');
  }
  for (const [one, other] of EXCLUDING) {
    if (values[one] && values[other]) {
      throw new UsageError(`--${one} and --${other} exclude each other`, 'leave one of them out');
    }
  }
  if (values.as !== undefined && command === undefined && values.format !== 'env') {
    throw new UsageError('--as belongs to --format env');
  }
}

/**
 * The error doesn't repeat the name: in --client-secretVALUE it contains the secret.
 *
 * @param {string} name
 * @param {number} position
 * @param {string | undefined} command
 */
function unknownOption(name, position, command) {
  if (plain(name).startsWith('clientsecret')) {
    return new UsageError(
      'the client secret is not taken from the command line, which other users of the machine ' +
      'can read and the shell writes down',
      HOW_TO_GIVE_A_SECRET,
    );
  }
  const near = nearest(name, Object.keys(optionsOf(command)));
  return new UsageError(
    `argument ${position} is an unknown option${near ? `: did you mean --${near}?` : ''}`,
    `${help(command)} lists the options`,
  );
}

/** @param {string} name */
const plain = (name) => name.toLowerCase().replaceAll(/[-_]/g, '');

/**
 * Returns the option whose name begins with or contains the given one, or else the nearest one, if
 * it differs little.
 *
 * @param {string} unknown
 * @param {string[]} known
 */
function nearest(unknown, known) {
  const name = plain(unknown);
  const alike = (/** @type {string} */ option) =>
    (name.length >= 3 && plain(option).startsWith(name)) ||
    (name.length >= 4 && plain(option).includes(name)) ||
    (plain(option).length >= 4 && name.includes(plain(option)));
  return known.find(alike) ?? closest(name, known);
}

/**
 * Returns the known name that differs least, if it differs little.
 *
 * @param {string} name
 * @param {string[]} known
 */
function closest(name, known) {
  const [[best, least]] = known
    .map((each) => /** @type {const} */ ([each, distance(name, plain(each))]))
    .sort((a, b) => a[1] - b[1]);
  return least <= 2 && least < name.length / 2 ? best : undefined;
}

/**
 * Says what the user meant by a word in the place of FILE, if it is the name of something else.
 *
 * @param {string} word
 */
export function meantBy(word) {
  if (Object.hasOwn(TABLE.words, word)) {
    return `did you mean ${TABLE.words[word]}?`;
  }
  const near = closest(word, Object.keys(COMMANDS));
  return near && `did you mean fetchtoken ${near}?`;
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
