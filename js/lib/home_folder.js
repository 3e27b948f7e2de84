import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Returns the user's folder in Node, or '' if there is none. */
export function homeFolder() {
  try {
    return homedir();
  } catch {
    return ''; // HOME is not set, and the list of users has no entry
  }
}

/**
 * Returns a folder of the XDG Base Directory Specification, which ignores relative paths. It is
 * undefined if there is no home folder.
 *
 * @param {string} variable such as XDG_CACHE_HOME
 * @param {string} byDefault the folder in the home folder
 */
export function xdgFolder(variable, byDefault) {
  const given = process.env[variable] ?? '';
  const home = homeFolder();
  return isAbsolute(given) ? given : isAbsolute(home) ? join(home, byDefault) : undefined;
}
