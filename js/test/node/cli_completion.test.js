// fetchtoken completion, in the shells themselves.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { COMMANDS, optionsOf } from '../../cli/commands.js';
import { choicesOf, completionOf } from '../../build/completion.js';
import { FORMATS } from '../../cli/format.js';
import { OPTIONS } from '../../cli/options.js';
import { place } from '../support/command.js';

const here = await place();
after(() => here[Symbol.asyncDispose]());
const SHELLS = ['bash', 'zsh', 'fish'];
/** @param {string} shell */
const script = (shell) => join(here.folder, `script.${shell}`);

before(async () => {
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = await here.run(['completion', shell]);
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, completionOf(shell), 'make completion');
    await writeFile(script(shell), stdout);
  }
  await writeFile(join(here.folder, 'a-file.json'), '{}');
});

/** @param {string[]} words the last one is being completed */
async function bash(...words) {
  const line = ['fetchtoken', ...words].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = await here.run(['--norc', '-c', `source '${script('bash')}'
    COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _fetchtoken; printf '%s\n' "\${COMPREPLY[@]}"`], { program: ['bash'] });
  assert.equal(stderr, '');
  return stdout.trim().split('\n').filter(Boolean);
}

/** @param {string[]} words */
async function fish(...words) {
  const line = `source '${script('fish')}'; complete -C 'fetchtoken ${words.join(' ')}'`;
  const { stdout, stderr } = await here.run(['--no-config', '-c', line], { program: ['fish'] });
  assert.equal(stderr, '');
  return stdout.trim().split('\n').filter(Boolean).map((found) => found.split('\t')[0]);
}

/**
 * Types a line and a tabulator into an interactive zsh, and returns the line once it has an end.
 *
 * @param {string} line
 * @param {string} end
 */
async function zsh(line, end) {
  const { stdout, stderr } = await here.run(['-f', '-c', `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "setopt no_beep; autoload -Uz compinit; compinit -D -u; source '${script('zsh')}'; PS1=; print rea''dy"
    zpty -r shell text '*ready*'
    zpty -n -w shell $'${line}\t'
    zpty -r shell text '*${end}*'
    print -r -- $text
    zpty -d shell`], { program: ['zsh'], env: { TERM: 'dumb' } });
  assert.equal(stderr, '');
  return stdout;
}

const named = (/** @type {string | undefined} */ name) =>
  Object.keys(optionsOf(name)).map((option) => `--${option}`).sort();

test('every option of every command is there, and no other', async () => {
  for (const name of [undefined, ...Object.keys(COMMANDS)]) {
    const words = name === undefined ? [] : [name];
    assert.deepEqual((await bash(...words, '--')).sort(), named(name), name);
    assert.deepEqual((await fish(...words, '--')).sort(), named(name), name);
  }
});

test('the commands and the shells are there', async () => {
  const commands = Object.keys(COMMANDS).sort();
  assert.deepEqual((await bash('')).sort(), commands);
  assert.deepEqual((await fish('')).filter((word) => commands.includes(word)).sort(), commands);
  assert.deepEqual((await bash('completion', '')).sort(), SHELLS.toSorted());
  assert.deepEqual((await fish('completion', '')).sort(), SHELLS.toSorted());
  assert.deepEqual(await bash('ca'), ['call']);
});

test('values are there, in each way to write them', async () => {
  assert.deepEqual((await bash('--format', '')).sort(), FORMATS.toSorted());
  assert.deepEqual((await fish('--format', '')).sort(), FORMATS.toSorted());
  assert.deepEqual(await bash('--format', '=', 'exec'), ['exec-credential']);
  assert.deepEqual((await bash('--format', '=')).length, FORMATS.length);
  assert.deepEqual(await fish('--format=exec'), ['--format=exec-credential']);
  assert.deepEqual(await bash('exec', '--provider', 'here'), ['here']);
  assert.deepEqual(choicesOf(OPTIONS['body-format']), ['form', 'json']);
  assert.deepEqual(choicesOf(OPTIONS.environment), ['sandbox', 'live']);
  assert.ok(choicesOf(OPTIONS['client-auth']).includes('private_key_jwt'));
  const switches = Object.values(OPTIONS).filter(({ value }) => value === undefined);
  assert.deepEqual(switches.flatMap(choicesOf), []);
});

test('files are left to the shell', async () => {
  for (const words of [['a-f'], ['--private-key-file', 'a-f'], ['call', '--data', 'a-f'], ['exec', '--', '--c']]) {
    assert.deepEqual(await bash(...words), []);
  }
  assert.deepEqual(await fish('--private-key-file', 'a-f'), ['a-file.json']);
  assert.deepEqual(await fish('a-f'), ['a-file.json']);
});

test('zsh completes commands, options, values and files', async () => {
  for (const [line, end] of [
    ['fetchtoken comp', 'completion '], ['fetchtoken completion z', 'zsh '],
    ['fetchtoken --form', '--format'], ['fetchtoken --format exec', 'exec-credential '],
    ['fetchtoken call --api', '--api-header'], ['fetchtoken proxy --li', '--listen'],
    ['fetchtoken --private-key-file a-f', 'a-file.json '], ['fetchtoken a-f', 'a-file.json '],
    ['fetchtoken exec --provider ota', 'ota-connect '],
  ]) {
    assert.ok((await zsh(line, end)).includes(end), line);
  }
});

test('another shell is refused', async () => {
  for (const args of [[], ['tcsh'], ['__proto__']]) {
    const { status, stdout, stderr } = await here.run(['completion', ...args]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.equal(stderr, 'fetchtoken: completion wants one of bash, zsh, fish\n');
  }
});
