// The core's table of a configuration's fields (core/config_fields.go), and what else lists them.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

import { OPTIONS } from '../../cli/options.js';
import { HIDDEN, LISTS, SECRET_PARAMETERS, SECRETS } from '../../lib/config_fields.js';

/** @param {string} path from the top of the repository */
const read = (path) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

const [, table] = /** @type {RegExpExecArray} */ (
  /^var configFields = \[\]field\{\n(.*?)^\}/ms.exec(await read('core/config_fields.go'))
);
/** The fields: each entry of the table begins with its name. */
const fields = table.split(/name: (?=")/).slice(1).map((entry) => ({
  name: /** @type {RegExpExecArray} */ (/^"(\w+)"/.exec(entry))[1],
  isSecret: /\bsecret: true/.test(entry),
  isHidden: /\b(secret|hidden): true/.test(entry),
  isText: /\btext: func/.test(entry),
  isList: /\blist: func/.test(entry),
}));
const names = fields.map(({ name }) => name);

/** The names of secretParameters, in whichever file of the core it is. */
async function secretParameters() {
  const files = (await readdir(new URL('../../../core/', import.meta.url), { recursive: true }))
    .filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
  const sources = await Promise.all(files.map((file) => read(`core/${file}`)));
  const [[, list], ...others] = sources.flatMap((source) => [
    ...source.matchAll(/^var secretParameters = \[\]string\{([^}]*)\}/gim),
  ]);
  assert.equal(others.length, 0, 'the list stands once');
  return Array.from(list.matchAll(/"(\w+)"/g), ([, name]) => name);
}

suite('the table of the fields of a configuration', () => {
  test('is read whole', () => {
    assert.equal(names.length, table.match(/\bname:/g)?.length);
    assert.ok(names.length >= 19);
    assert.equal(new Set(names).size, names.length);
  });

  test('says which fields JavaScript holds to be secret', async () => {
    const hidden = fields.filter(({ isHidden }) => isHidden);
    assert.deepEqual(HIDDEN.toSorted(), hidden.map(({ name }) => name).sort());
    const secret = fields.filter(({ isSecret }) => isSecret);
    const texts = secret.filter(({ isText }) => isText);
    assert.deepEqual(SECRETS, texts.map(({ name }) => name));
    assert.deepEqual(SECRET_PARAMETERS, await secretParameters());
  });

  test('says which fields are lists to JavaScript', () => {
    assert.deepEqual(LISTS, fields.filter(({ isList }) => isList).map(({ name }) => name));
  });

  test('names the members of Config in types.d.ts, in its order', async () => {
    const [, config] = /** @type {RegExpExecArray} */ (
      /^export interface Config \{\n(.*?)^\}/ms.exec(await read('js/types.d.ts'))
    );
    assert.deepEqual(Array.from(config.matchAll(/^ {2}(\w+)\?:/gm), ([, name]) => name), names);
  });

  test('names what the options of the command set', () => {
    const set = Object.values(OPTIONS).flatMap(({ field }) => field?.split('.')[0] ?? []);
    assert.ok(set.length > 0);
    assert.deepEqual(set.filter((name) => !names.includes(name)), []);
  });

  test('names what the documentation describes', async () => {
    const pages = (await readdir(new URL('../../../docs/', import.meta.url)))
      .filter((file) => file.endsWith('.md'));
    const docs = (await Promise.all(pages.map((file) => read(`docs/${file}`)))).join('\n');
    const code = Array.from(docs.matchAll(/```.*?```|`[^`\n]+`/gs), ([text]) => text).join('\n');
    const isDescribed = (/** @type {string} */ name) => new RegExp(`\\b${name}\\b`).test(code);
    assert.deepEqual(names.filter((name) => !isDescribed(name)), []);
  });
});
