// What ready() takes, and what it says of what it can't take. Each copy of the package has neither
// its module nor the text of it.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { freshCopy } from '../support/fresh.js';

const dist = new URL('../../../dist/', import.meta.url);
const file = new URL('fetchtoken-compact.wasm', dist);
const bytes = await readFile(file);
const REQUEST = {
  method: 'GET',
  url: 'https://api.example/',
  consumerKey: 'key',
  consumerSecret: 'secret',
};

/** Answers with the module, with a page, or not at all. @type {import('node:http').Server} */
let server;
let site = '';
/** @type {Awaited<ReturnType<typeof freshCopy>>[]} */
const copies = [];

before(async () => {
  server = createServer(({ url }, response) => {
    switch (url) {
      case '/module.wasm':
        return response.writeHead(200, { 'content-type': 'application/wasm' }).end(bytes);
      case '/untyped':
        return response.writeHead(200).end(bytes);
      case '/page':
        return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
      case '/nothing':
        return response.writeHead(200).end();
      case '/gone':
        return response.writeHead(410).end();
      default:
        return response.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  site = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all(copies.map((copy) => copy.remove()));
});

/** A copy of the package that can't find its module. */
async function copyWithoutModule() {
  const copy = await freshCopy();
  copies.push(copy);
  await rm(copy.wasm);
  return { ...copy, ...(await copy.load()) };
}

/** @type {Record<string, () => any>} */
const sources = {
  'a compiled module': () => new WebAssembly.Module(bytes),
  'an ArrayBuffer': () => Uint8Array.from(bytes).buffer,
  'a Uint8Array': () => Uint8Array.from(bytes),
  'a Buffer, which may be a part of a larger one': () =>
    Buffer.concat([Buffer.alloc(8), bytes]).subarray(8),
  'a DataView': () => new DataView(Uint8Array.from(bytes).buffer),
  'a URL of a file': () => file,
  'a text that is a URL of a file': () => file.href,
  'a URL': () => new URL(`${site}/module.wasm`),
  'a text that is a URL': () => `${site}/module.wasm`,
  'a URL whose server knows no type of .wasm': () => `${site}/untyped`,
};

for (const [name, source] of Object.entries(sources)) {
  test(`ready() takes ${name}`, async () => {
    const { ready, signOAuth1, explain } = await copyWithoutModule();
    await assert.rejects(ready(), { code: 'module_failed' });
    assert.throws(() => signOAuth1(REQUEST), { code: 'not_ready' });
    assert.equal(await ready(source()), undefined);
    assert.match(signOAuth1(REQUEST).authorization, /^OAuth /);
    assert.equal(
      (
        await explain({
          tokenEndpoint: 'https://as.example/token',
          clientId: 'a',
          clientSecret: 'b',
        })
      ).request.method,
      'POST',
    );
  });
}

/** @type {[string, () => any, RegExp][]} */
const failures = [
  [
    'a page',
    () => `${site}/page`,
    /127\.0\.0\.1:\d+\/page answers with text\/html, not WebAssembly$/,
  ],
  [
    'an empty answer',
    () => `${site}/nothing`,
    /\/nothing answers with something without a Content-Type, not WebAssembly$/,
  ],
  ['an error', () => `${site}/gone`, /\/gone answers with status 410$/],
  ['no answer', () => `${site}/none`, /\/none can't be fetched: /],
  ['a file that is not there', () => new URL('none.wasm', dist), /ENOENT.*none\.wasm/],
  [
    'bytes of something else',
    () => new TextEncoder().encode('<!doctype html>'),
    /expected magic word/,
  ],
  ['no bytes', () => new Uint8Array(), /BufferSource argument is empty|expected magic word/],
  [
    'another module',
    () => new URL('fetchtoken.wasm', dist),
    /what ready\(\) was given is another module than fetchtoken-compact\.wasm$/,
  ],
];

for (const [name, source, message] of failures) {
  test(`ready() says what it was given: ${name}`, async () => {
    const { ready, TokenError, signOAuth1 } = await copyWithoutModule();
    await assert.rejects(ready(source()), (error) => {
      assert.ok(error instanceof TokenError);
      assert.equal(error.code, 'module_failed');
      assert.match(error.message, message);
      return true;
    });
    await ready(file); // and nothing of it is left
    assert.match(signOAuth1(REQUEST).authorization, /^OAuth /);
  });
}

for (const [name, source, message] of /** @type {[string, any, RegExp][]} */ ([
  ['null', null, /not Null$/],
  ['a number', 1, /not Number$/],
  ['an object', {}, /not Object$/],
  ['a Promise', Promise.resolve(), /not Promise$/],
  ['a path', fileURLToPath(file), /is no URL.*pathToFileURL\(path\)/],
])) {
  test(`ready() refuses ${name}`, async () => {
    const { ready } = await copyWithoutModule();
    await assert.rejects(ready(source), (error) => {
      assert.equal(/** @type {any} */ (error).code, 'invalid_config');
      assert.match(/** @type {any} */ (error).message, message);
      return true;
    });
  });
}

test('a module that runs is not started again', async () => {
  const copy = await freshCopy();
  copies.push(copy);
  const { ready } = await copy.load();
  await ready();
  await ready(`${site}/page`);
});

test('without its file the package starts from the text', async () => {
  const copy = await freshCopy();
  copies.push(copy);
  await rm(copy.wasm);
  await writeFile(
    new URL('fetchtoken-compact.js', pathToFileURL(copy.wasm)),
    await readFile(new URL('fetchtoken-compact.js', dist)),
  );
  const { ready, signOAuth1 } = await copy.load();
  await ready();
  assert.match(signOAuth1(REQUEST).authorization, /^OAuth /);
});

test('where neither is there, the error names the file', async () => {
  const { ready, wasm } = await copyWithoutModule();
  await assert.rejects(ready(), (error) => {
    assert.ok(/** @type {Error} */ (error).message.includes(wasm), String(error));
    return true;
  });
});

test('the text is the module', async () => {
  const { bytes: decode } = await import('../../module/text.js');
  assert.ok(bytes.equals(Buffer.from(/** @type {Uint8Array} */ (decode()))));
  const { Buffer: own } = globalThis;
  try {
    Object.assign(globalThis, { Buffer: undefined }); // as on a page
    assert.deepEqual(new Uint8Array(/** @type {Uint8Array} */ (decode())), new Uint8Array(bytes));
  } finally {
    globalThis.Buffer = own;
  }
});
