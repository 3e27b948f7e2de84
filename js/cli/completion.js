// fetchtoken completion: prints the completion of a shell. js/build/completion.js has made it.

import { textOf } from './texts.js';
import { UsageError } from './usage_error.js';

const SHELLS = ['bash', 'zsh', 'fish'];

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals: [shell] }) {
  if (!SHELLS.includes(shell)) {
    throw new UsageError(`completion wants one of ${SHELLS.join(', ')}`);
  }
  process.stdout.write(textOf(`completion/${shell}.txt`));
}
