// make mutate: breaks each rule of support/mutations.js once, in a copy of the tree, and runs the
// test that has to notice. What nobody notices is a failure. Arguments choose rules by a part of
// their name or of their file.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { mutations } from './support/mutations.js';

/** Seconds that tests may take. Without a rule that bounds time they may wait, which is noticed. */
const LONGEST = '300';

const root = fileURLToPath(new URL('../..', import.meta.url));
const chosen = process.argv.slice(2);
const copy = mkdtempSync(join(tmpdir(), 'fetchtoken-mutate-'));

/** Whether a command succeeds. After its time its children end too. @param {string} command */
const succeeds = (command) => {
  const args = ['--signal=KILL', LONGEST, ...command.split(' ')];
  return spawnSync('timeout', args, { cwd: copy, stdio: 'ignore' }).status === 0;
};

try {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = spawnSync('git', list, { cwd: root });
  for (const name of listed.stdout.toString().split('\0').filter((name) => name !== '')) {
    cpSync(join(root, name), join(copy, name));
  }
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

  /** Whether the tests pass while nothing is broken. @type {Map<string, boolean>} */
  const sound = new Map();
  const unnoticed = [];
  for (const { rule, file, text, becomes, tests } of mutations) {
    if (chosen.length > 0 && !chosen.some((word) => rule.includes(word) || file.includes(word))) {
      continue;
    }
    const path = join(copy, file);
    const whole = readFileSync(path, 'utf8');
    if (!sound.has(tests)) {
      sound.set(tests, succeeds(tests));
    }
    let seen = 'the tests fail anyway';
    if (whole.split(text).length !== 2) {
      seen = 'its text does not occur once';
    } else if (sound.get(tests)) {
      writeFileSync(path, whole.replace(text, () => becomes));
      seen = succeeds(tests) ? 'UNNOTICED' : 'noticed';
      writeFileSync(path, whole);
    }
    if (seen !== 'noticed') {
      unnoticed.push(rule);
    }
    console.log(`${seen.padEnd(9)}  ${rule} (${file}): ${tests}`);
  }
  console.log(`${unnoticed.length} unnoticed${unnoticed.map((rule) => `\n  ${rule}`).join('')}`);
  process.exitCode = unnoticed.length === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
