// The table of codes in docs/errors.md, the type of the code, and the code itself name the same
// codes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { TokenError } from '../../lib/token_error.js';

const root = new URL('../../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

/** The rows of the table: a code, what it means, what to do. */
const page = read('docs/errors.md');
const [, section] = /^## The codes\n([^]*?)^### /m.exec(page);
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const [head, rule, ...table] = rows;
const documented = table.map(([code]) => /^\[`(\w+)`\]\(#\1\)$/.exec(code)?.[1] ?? code);

/** What core/errors.go declares, and what js/ makes by itself. */
const declared = [...read('core/errors.go').matchAll(/^\tCode\w+ +=\s*"(\w+)"/gm)].map(
  ([, code]) => code,
);
const shipped = readdirSync(new URL('js/', root), { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?!bench|build|test).*\.js$/.test(name))
  .map((name) => read(`js/${name}`))
  .join('\n');
const ofJavaScript = [...shipped.matchAll(/new TokenError\(\s*'(\w+)'/g)].map(([, code]) => code);
const known = [...new Set([...declared, ...ofJavaScript])].sort();

/** The union of types.d.ts. */
const [, union] = /^export type TokenErrorCode =\n((?:  \| '\w+';?\n)+)/m.exec(
  read('js/types.d.ts'),
);
const typed = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);

test('the table has every code once, and no other, and each has a heading with the code as its address', () => {
  assert.deepEqual(head, ['`code`', 'what it means', 'what to do']);
  assert.deepEqual(rule.map((cell) => /^-+$/.test(cell)), [true, true, true]);
  assert.ok(declared.length >= 11 && ofJavaScript.includes('module_failed'), String(known));
  assert.deepEqual([...documented].sort(), known);
  assert.deepEqual([...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code), documented);
});

test('every code has a meaning and says what to do', () => {
  for (const row of table) {
    assert.equal(row.length, 3, row.join('|'));
    for (const cell of row.slice(1)) {
      assert.ok(cell.split(' ').length >= 2, `${row[0]}: ${cell}`);
    }
  }
});

test('the type has every code once, and no other', () => {
  assert.deepEqual([...typed].sort(), known);
});

test('no error of the core has a code that is not declared', () => {
  const sources = readdirSync(new URL('core/', root), { recursive: true }).filter((name) =>
    /(?<!_test)\.go$/.test(String(name)),
  );
  const used = sources.flatMap((name) =>
    [...read(`core/${name}`).matchAll(/(?:NewError|unusable)\(\s*(?:core\.)?(\w+|"\w*")/g)].map(
      ([, code]) => code,
    ),
  );
  const constants = [...read('core/errors.go').matchAll(/^\t(Code\w+) +=/gm)].map(
    ([, name]) => name,
  );
  assert.ok(used.length > 5);
  assert.deepEqual(used.filter((code) => code !== 'code' && !constants.includes(code)), []);
  assert.deepEqual(constants.filter((name) => !used.includes(name)), []);
});

test('an error knows the address of the section about its code, and does not print it', () => {
  const { homepage } = JSON.parse(read('package.json'));
  const address = homepage.replace('#readme', '/blob/main/docs/errors.md');
  for (const code of documented) {
    const error = new TokenError(code, 'what happened');
    assert.equal(error.docs, `${address}#${code}`);
    const shown = [inspect(error), JSON.stringify(error), String(error), Object.keys(error).join()];
    assert.doesNotMatch(shown.join(), /docs/);
  }
});

test('what is no code is in no address', () => {
  for (const code of ['?secret=1', 'a#b', 'a'.repeat(41), '']) {
    assert.match(new TokenError(code, 'what happened').docs, /\/errors\.md$/, code);
  }
});
