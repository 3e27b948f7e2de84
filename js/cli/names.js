// Turns the core's messages, which name the fields of JavaScript, into messages with the command's
// options.

import { FIELDS } from './options.js';

/** Fields without an option, and their names in a sentence. @type {Map<string, string>} */
const NOUNS = new Map([
  ['clientSecret', 'client secret'],
  ['privateKey', 'private key'],
]);

/** The options of the members of `assertion`. @type {Record<string, string>} */
const MEMBERS = {
  type: '--assertion-type',
  claims: '--assertion-claim',
  header: '--assertion-header',
  lifetime: '--assertion-lifetime',
};

/**
 * Field names that are also words. They mean the field at the beginning of a text and after "set".
 */
const WORDS = ['provider', 'environment', 'alg', 'issuer', 'scope', 'resource', 'audience'];

/** The advice for users of JavaScript, and the advice for users of the command. */
const PHRASES = Object.entries({
  'give createClient the option dpop': 'the command sends none, use the library',
  'send the request by a fetch, in Go by an HTTPClient, that presents one':
    'the command has none, use the library',
  'check which one the fetch, in Go the HTTPClient, presents':
    'the command has none, use the library',
  '(Node: NODE_USE_ENV_PROXY=1 and HTTPS_PROXY, or a fetch of your own)':
    '(by NODE_USE_ENV_PROXY=1 and HTTPS_PROXY)',
  'made by clientAuth, bodyFormat, the option dpop or the HTTP client':
    'made by --client-auth, --body-format or the command itself',
  'name one of its sections as "profile"': 'name one of its sections by --profile',
  'leave "profile" out': 'leave --profile out',
  'set provider, clientId and clientSecret': 'say --provider and --client-id',
  ', and environment: ': ', and --environment: ',
  'with provider or tokenEndpoint': 'with --provider or --endpoint',
  "and alg don't fit each other": "and --alg don't fit each other",
  'a clientSecret, privateKey or sign is given': 'a client secret or a private key is given',
  'as clientSecret': 'by --client-secret-file',
  'as privateKey': 'by --private-key-file',
  'than maxBody allows': 'than 1 MiB',
});

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

/** The messages of these codes quote a server or a host, so they stay as they are. */
const OTHERS = ['error_response', 'http_error', 'invalid_response', 'network', 'internal'];

/**
 * Returns the message of an error with the command's names.
 *
 * @param {{ code: string, message: string }} error
 */
export const messageOf = ({ code, message }) =>
  OTHERS.includes(code) ? message : nameForCommand(message);
