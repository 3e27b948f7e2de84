// make mutate: breaks each rule of support/mutations.js once, in a copy of the tree, and runs the
// test that has to notice. What nobody notices is a failure. Arguments choose rules by a part of
// their name or of their file.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { mutations } from './support/mutations.js';

/** Seconds that tests may take while nothing is broken. */
const LONGEST = 300;
/**
 * Seconds that tests may take beyond five times that. Without a rule that bounds time they may wait
 * for ever, which is noticed.
 */
const SPARE = 30;

const root = fileURLToPath(new URL('../..', import.meta.url));
const chosen = process.argv.slice(2);
const copy = mkdtempSync(join(tmpdir(), 'fetchtoken-mutate-'));

/**
 * Runs a command. After its time its children end too.
 *
 * @param {string[]} command
 * @param {number} [seconds]
 */
function run(command, seconds = LONGEST) {
  const { status, stdout } = spawnSync('timeout', ['--signal=KILL', String(seconds), ...command], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // what doesn't compile fails every test of Go
  return { succeeds: status === 0, builds: !stdout.includes('[build failed]') };
}

/**
 * How many seconds tests take while nothing is broken, or undefined if they fail.
 *
 * @type {Map<string, number | undefined>}
 */
const taken = new Map();

/** @param {string[]} tests */
function timeOf(tests) {
  const name = tests.join(' ');
  if (!taken.has(name)) {
    const start = performance.now();
    taken.set(name, run(tests).succeeds ? (performance.now() - start) / 1000 : undefined);
  }
  return taken.get(name);
}

/**
 * Breaks a rule, says what becomes of it, and mends it.
 *
 * @param {import('./support/mutations.js').Mutation} mutation
 */
function broken({ file, text, becomes, tests }) {
  const path = join(copy, file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(text).length !== 2) {
    return 'its text does not occur once';
  }
  const seconds = timeOf(tests);
  if (seconds === undefined) {
    return 'the tests fail anyway';
  }
  writeFileSync(path, whole.replace(text, () => becomes));
  try {
    const { succeeds, builds } = run(tests, Math.ceil(5 * seconds + SPARE));
    const isProgram = builds && (file.endsWith('.go') || run(['node', '--check', file]).succeeds);
    return !isProgram ? 'no program any more' : succeeds ? 'UNNOTICED' : 'noticed';
  } finally {
    writeFileSync(path, whole);
  }
}

try {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = spawnSync('git', list, { cwd: root });
  for (const name of listed.stdout.toString().split('\0').filter((name) => name !== '')) {
    cpSync(join(root, name), join(copy, name));
  }
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  for (const modules of ['node_modules', 'examples/token-server/node_modules']) {
    symlinkSync(join(root, modules), join(copy, modules));
  }

  const rules = mutations.filter(
    ({ rule, file }) =>
      chosen.length === 0 || chosen.some((word) => rule.includes(word) || file.includes(word)),
  );
  const unnoticed = [];
  for (const mutation of rules) {
    const start = performance.now();
    const seen = broken(mutation);
    const { rule, file, tests } = mutation;
    if (seen !== 'noticed') {
      unnoticed.push(`${rule} (${file}): ${seen}`);
    }
    console.log(
      `${seen.padEnd(9)}  ${rule} (${file}), ${Math.round((performance.now() - start) / 1000)} ` +
      `s: ${tests.join(' ')}`,
    );
  }
  console.log(
    `${rules.length} rules broken, ${rules.length - unnoticed.length} noticed${unnoticed.map((line) => `\n  ${line}`).join('')}`,
  );
  process.exitCode = rules.length > 0 && unnoticed.length === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
