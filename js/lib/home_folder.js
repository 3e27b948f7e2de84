import { homedir } from 'node:os';

/** The folder of the user, for Node, or '' if there is none. */
export function homeFolder() {
  try {
    return homedir();
  } catch {
    return ''; // neither HOME nor an entry in the list of users
  }
}
