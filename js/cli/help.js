// Fills the commands and the options into a help text, at most 100 columns wide.

import { COMMANDS, groupsOf } from './commands.js';
import { textOf } from './texts.js';

const WIDTH = 100;

/** @param {string} text */
const capitalized = (text) => text[0].toUpperCase() + text.slice(1);

/** Returns the help of a command. @param {string} [name] */
export function helpText(name = 'fetchtoken') {
  const groups = groupsOf(name === 'fetchtoken' ? undefined : name).map(
    ([group, options]) => `${capitalized(group)}\n${Object.entries(options).map(entry).join('')}`,
  );
  return textOf(`help/${name}.txt`)
    .replace('{commands}\n', commandList())
    .replace('{options}\n', groups.join('\n'));
}

/** Returns the list of the commands with a name. */
function commandList() {
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(12)}${summary}\n`,
  );
  return lines.join('');
}

/** The width of an option and its value, in columns. */
const LEFT = 30;

/** @param {[name: string, option: import('./options.js').Option]} option */
function entry([name, { value, short, help }]) {
  const left = `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
  const lines = wrapped(help, WIDTH - LEFT);
  const isLong = left.length > LEFT - 2;
  const first = isLong ? `${left}\n${' '.repeat(LEFT)}` : left.padEnd(LEFT);
  return `${first}${lines.join(`\n${' '.repeat(LEFT)}`)}\n`;
}

/**
 * Breaks a text into lines of at most that many columns.
 *
 * @param {string} text
 * @param {number} columns
 */
function wrapped(text, columns) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last].length + word.length < columns) {
      lines[last] += lines[last] && ' ';
      lines[last] += word;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
