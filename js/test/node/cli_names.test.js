// Every text of the core that the command prints is said with the command's options: names_test.go
// does the same for Go.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { messageOf, nameForCommand } from '../../cli/names.js';
import { FIELDS } from '../../cli/options.js';

const root = new URL('../../../', import.meta.url);

/** What no user of the command knows: names of JavaScript, and what only its programs have. */
const JAVASCRIPT = new RegExp(
  `\\b(${[...FIELDS.keys()].filter((name) => /[A-Z]/.test(name)).join('|')}|clientSecret|` +
  'privateKey|maxBody|createClient|CryptoKey|Uint8Array|WebCrypto|options\\.|' +
  'assertion\\.(claims|header|type|lifetime))|\\b(a|the|this) fetch\\b|\\bdpop\\b|"profile"',
);

/** Texts that no user of the command gets: of values that only JavaScript hands over. */
const NEVER = [
  'a CryptoKey', 'a Uint8Array', 'must be a function', 'a function like the global fetch',
  'a function that returns as many random bytes', 'sign must return the signature as a Uint8Array',
  "privateKey can't sign here: WebCrypto", 'must be a string, a Uint8Array', 'options.',
  'is a public CryptoKey', 'is a CryptoKey for ',
];

/** The sentences within the string literals of Go's sources. */
function* sentences() {
  const halves = ['core', 'core/answer', 'core/provider', 'core/credentials', 'core/assertion'];
  for (const folder of halves) {
    for (const name of readdirSync(new URL(folder, root))) {
      if (!name.endsWith('.go') || name.endsWith('_test.go')) {
        continue;
      }
      const source = readFileSync(new URL(`${folder}/${name}`, root), 'utf8')
        .replaceAll(/["`] \+\n\s*["`]/g, '')
        .replaceAll(/^\s*\/\/.*$/gm, '');
      for (const [, text] of source.matchAll(/"((?:[^"\\\n]|\\.)* (?:[^"\\\n]|\\.)*)"/g)) {
        yield { file: `${folder}/${name}`, text: text.replaceAll('\\"', '"') };
      }
    }
  }
}

test('no hint and no message of the core speaks of JavaScript', () => {
  let seen = 0;
  const wrong = [];
  for (const { file, text } of sentences()) {
    seen++;
    const said = nameForCommand(text).replaceAll(/\{\w+\}/g, '');
    if (!NEVER.some((never) => text.includes(never)) && JAVASCRIPT.test(said)) {
      wrong.push(`${file}: ${said}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(seen > 200, String(seen));
});

test('names become options, and nothing else changes', () => {
  const { texts } = JSON.parse(
    readFileSync(new URL('core/testdata/command/names.json', root), 'utf8'),
  );
  for (const [text, want] of Object.entries(texts)) {
    assert.equal(nameForCommand(text), want);
  }
});

test("a server's words stay as they are", () => {
  const message = 'https://a.example refused the request: invalid_request: clientId: tokenEndpoint';
  assert.equal(messageOf({ code: 'error_response', message }), message);
  assert.notEqual(messageOf({ code: 'invalid_config', message: 'clientId' }), 'clientId');
});
