import { homedir } from 'node:os';

/** Returns the user's folder in Node, or '' if there is none. */
export function homeFolder() {
  try {
    return homedir();
  } catch {
    return ''; // HOME is not set, and the list of users has no entry
  }
}
