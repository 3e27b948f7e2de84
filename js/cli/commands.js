// The table of the commands. The command line, the help and the completion take everything about a
// command from here.

import { byName, OPTION_GROUPS } from './options.js';
import { TABLE } from './texts.js';

/** @typedef {import('./options.js').Option} Option */

/**
 * A command: a summary of a line, its own options, the shared groups of options, the options of
 * these that it doesn't take, and the most positional arguments. `runs` says whether a program of
 * the user's follows behind `--`.
 *
 * @typedef {{ summary: string, options: Record<string, Option>, groups: string[],
 *   without?: string[], positionals: number, runs?: boolean,
 *   load: () => Promise<{ run(given: import('./arguments.js').Arguments): Promise<unknown> }> }}
 *   Command
 */

/** The commands with a name. @type {Record<string, Command>} */
export const COMMANDS = Object.fromEntries(
  TABLE.commands.map(
    (/** @type {any} */ { name, options, ...command }) => [
      name,
      { ...command, options: byName(options), load: () => import(`./${name}.js`) },
    ],
  ),
);

/** The command without a name. @type {Omit<Command, 'summary' | 'load'>} */
const PLAIN = {
  options: {},
  groups: OPTION_GROUPS.map(([name]) => name),
  positionals: 1,
};

/** Returns a command. Without a name it is the unnamed command. @param {string} [name] */
export const commandOf = (name) => (name === undefined ? PLAIN : COMMANDS[name]);

/**
 * The options of a command, in the groups and the order of the help.
 *
 * @param {string} [name]
 * @returns {[name: string, options: Record<string, Option>][]}
 */
export function groupsOf(name) {
  const { options, groups, without = [] } = commandOf(name);
  const own = Object.keys(options).length > 0 ? [[String(name), options]] : [];
  const shared = OPTION_GROUPS.filter(([group]) => groups.includes(group)).map(
    ([group, all]) => [
      group,
      Object.fromEntries(Object.entries(all).filter(([option]) => !without.includes(option))),
    ],
  );
  return /** @type {any} */ ([...own, ...shared]);
}

/**
 * The options of a command, by their names.
 *
 * @param {string} [name]
 * @returns {Record<string, Option>}
 */
export const optionsOf = (name) =>
  Object.assign({}, ...groupsOf(name).map(([, options]) => options));
