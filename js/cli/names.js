// Turns the core's messages, which name the fields of JavaScript, into messages with the command's
// options.

import { FIELDS } from './options.js';
import { NAMES } from './texts.js';

/** Fields without an option, and their names in a sentence. @type {Map<string, string>} */
const NOUNS = new Map(Object.entries(NAMES.nouns));

/** The options of the members of `assertion`. @type {Record<string, string>} */
const MEMBERS = NAMES.members;

/**
 * Field names that are also words. They mean the field at the beginning of a text and after "set".
 *
 * @type {string[]}
 */
const WORDS = NAMES.words;

/**
 * The advice for users of JavaScript, and the advice for users of the command.
 *
 * @type {[theirs: string, ours: string][]}
 */
const PHRASES = NAMES.phrases;

/**
 * Matches a quotation, a URL or a placeholder, which stay as they are, or a name with its value.
 */
const AS_IT_IS = /"[^"]*"|\bhttps?:\/\/\S+|\{\w+\}/.source;
const FIELD = /\b((?:parameters|headers|assertion|response)\.[\w.-]*\w|[a-z]\w*)/.source;
const NAME = new RegExp(
  `${AS_IT_IS}|((?:\\b(?:a|its|set) )?)${FIELD}(?:(?::| is) '([^']*)')?`,
  'g',
);

/** Returns a message of the core with options instead of fields. @param {string} text */
export function nameForCommand(text) {
  for (const [theirs, ours] of PHRASES) {
    text = text.replaceAll(theirs, ours);
  }
  return text.replaceAll(NAME, (whole, before, name, value, offset) => {
    if (name === undefined) {
      return whole;
    }
    const isField = !WORDS.includes(name) || before === 'set ' || (offset === 0 && before === '');
    const noun = NOUNS.get(name);
    if (noun !== undefined) {
      return before === 'a ' || before === 'its ' ? `${before}${noun}` : `${before}the ${noun}`;
    }
    const option = isField ? optionOf(name) : undefined;
    return option === undefined
      ? whole
      : `${before}${option}${value === undefined ? '' : ` ${value}`}`;
  });
}

/**
 * Returns the option of a field, or of a member of `parameters` or `assertion`.
 *
 * @param {string} name
 */
function optionOf(name) {
  const [field, member, ...rest] = name.split('.');
  if ((field === 'parameters' || field === 'headers') && member !== undefined) {
    return `--${field.slice(0, -1)} ${[member, ...rest].join('.')}`;
  }
  if (field === 'assertion' && Object.hasOwn(MEMBERS, member ?? '')) {
    return [MEMBERS[member], ...rest].join(' ');
  }
  return FIELDS.get(name)?.option;
}

/**
 * The messages of these codes quote a server or a host, so they stay as they are.
 *
 * @type {string[]}
 */
const QUOTED = NAMES.quoted;

/**
 * Returns the message of an error with the command's names.
 *
 * @param {{ code: string, message: string }} error
 */
export const messageOf = ({ code, message }) =>
  QUOTED.includes(code) ? message : nameForCommand(message);
