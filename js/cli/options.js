// The options of the command. The command line, the environment, the help and the hints are all
// made from the table commands.json.

import { TABLE } from './texts.js';

/**
 * An option: the name of its value in the help (a switch has none), its text in the help, the field
 * of the configuration that it sets, the member of one, such as response.token, or the field whose
 * file it names, whether no variable sets that field, and whether the option may be given several
 * times.
 *
 * @typedef {{ value?: string, help: string, field?: string, source?: string,
 *   optionOnly?: boolean, multiple?: boolean, short?: string }} Option
 */

/**
 * Returns the options of a list by their names.
 *
 * @param {(Option & { name: string })[]} list
 * @returns {Record<string, Option>}
 */
export const byName = (list) =>
  Object.fromEntries(list.map(({ name, ...option }) => [name, option]));

/**
 * The options of each group, in the order of the help.
 *
 * @type {[name: string, options: Record<string, Option>][]}
 */
export const OPTION_GROUPS = TABLE.groups.map(
  (/** @type {{ name: string, options: any[] }} */ { name, options }) => [name, byName(options)],
);

/** All options by name. @type {Record<string, Option>} */
export const OPTIONS = Object.assign(
  {},
  ...OPTION_GROUPS.map(([, options]) => options),
);

/**
 * The options that set a field, by that field.
 *
 * @type {Map<string, { option: string, variable: string | undefined }>}
 */
export const FIELDS = new Map(
  Object.entries(OPTIONS).flatMap(([option, { field, optionOnly }]) =>
    field === undefined
      ? []
      : [[field, { option: `--${option}`, variable: optionOnly ? undefined : variableOf(field) }]],
  ),
);

/**
 * The fields that an option names a file of: with that option, the variable that names a file, too,
 * and the variable that holds the text itself.
 */
export const SOURCES = Object.entries(OPTIONS).flatMap(([option, { source }]) =>
  source === undefined
    ? []
    : [{ field: source, option, file: `${variableOf(source)}_FILE`, text: variableOf(source) }],
);

/**
 * Returns the variable of a field: FETCHTOKEN_CLIENT_ID for clientId, FETCHTOKEN_RESPONSE_TOKEN for
 * response.token.
 *
 * @param {string} field
 */
function variableOf(field) {
  return `FETCHTOKEN_${field.replaceAll(/[A-Z]/g, '_$&').replace('.', '_').toUpperCase()}`;
}

/**
 * Returns the value of a field, or of a member of one.
 *
 * @param {Record<string, any>} config
 * @param {string} field
 */
export function fieldOf(config, field) {
  const [name, member] = field.split('.');
  return member === undefined ? config[name] : config[name]?.[member];
}

/**
 * Sets a field, or a member of one.
 *
 * @param {Record<string, any>} config
 * @param {string} field
 * @param {unknown} value
 */
export function setField(config, field, value) {
  const [name, member] = field.split('.');
  config[name] = member === undefined ? value : { ...config[name], [member]: value };
}

/** The variables that hold a secret. The help says when they are used. */
export const SECRET = variableOf('clientSecret');
export const KEY = variableOf('privateKey');
export const PASSPHRASE = variableOf('passphrase');
/** That of the private key's certificate: no secret, but it belongs to the key. */
export const CERTIFICATE = variableOf('certificate');

export const HOW_TO_GIVE_A_SECRET = `give it by --client-secret-file PATH, by the environment ` +
  `variable ${SECRET}, or by standard input`;
