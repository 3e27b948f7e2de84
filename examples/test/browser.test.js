import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { launchChromium } from '../../js/test/support/chromium.js';
import { assertNoSecret, root, useTokenServer } from './support.js';

const server = await useTokenServer({ cors: true });
const withoutCors = await useTokenServer();

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

let site;
let browser;
let page;
let problems;
let requests;

before(async () => {
  const files = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://site').pathname.replace(/\/$/, '/index.html');
    const type = TYPES[extname(path)];
    const content = type && (await readFile(join(root, path)).catch(() => undefined));
    response.writeHead(content ? 200 : 404, content && { 'content-type': type }).end(content);
  });
  await new Promise((resolve) => files.listen(0, '127.0.0.1', resolve));
  site = {
    url: `http://127.0.0.1:${files.address().port}/examples/browser/`,
    close: () => files.close(),
  };
  browser = await launchChromium();
});

beforeEach(async () => {
  problems = [];
  requests = [];
  page = await browser.newPage({
    viewport: { width: 390, height: 844 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => requests.push(request));
  await page.goto(site.url);
});

afterEach(async () => {
  assert.deepEqual(problems, []);
  await page.close();
});

after(async () => {
  await browser?.close();
  site?.close();
});

const button = (name) => page.getByRole('button', { name, exact: true });
const chooseFile = (path) => page.setInputFiles('#file', path);

/** Waits for the token and asserts that it is shown masked, copied whole and good. */
async function assertToken({ api, clientId }) {
  await page.getByRole('heading', { name: 'Here is the token' }).waitFor();
  await button('Copy').click();
  await button('Copied').waitFor();
  const token = await page.evaluate(() => navigator.clipboard.readText());
  const response = await fetch(api, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([response.status, (await response.json()).clientId], [200, clientId]);
  assert.equal(
    await page.locator('#token').textContent(),
    `${token.slice(0, 4)}••••••••${token.slice(-4)}`,
  );
  const content = await page.content();
  assert.ok(!content.includes(token));
  assertNoSecret(server.systems, content);
  assert.equal(await page.getByRole('alert').isVisible(), false);
}

/** Waits for an error and returns its message and its hint. */
async function problem() {
  const alert = page.getByRole('alert');
  await alert.getByRole('heading', { name: 'There is no token' }).waitFor();
  assert.equal(await page.locator('#result').isVisible(), false);
  const [message, hint] = await alert.locator('p').allTextContents();
  assertNoSecret(server.systems, message + hint);
  return { message, hint };
}

for (const [name, system, found, lifetime] of [
  ['here/credentials.properties', 'here', 'HERE Account', /^23 hours 59 minutes, until /],
  ['ota-connect/credentials.zip', 'ota-connect', 'HERE OTA Connect', /^1 day, until /],
  ['ota-connect/treehub.json', 'ota-connect', 'HERE OTA Connect', /^1 day, until /],
]) {
  test(`a token for ${name}`, async () => {
    await chooseFile(server.file(name));
    await page.getByText(`Credentials of ${found} for ${new URL(server.url).host}`).waitFor();
    assert.equal(server.requests.length, 0);
    await button('Get the token').click();
    await assertToken(server.systems[system]);
    assert.match(await page.locator('#lifetime').textContent(), lifetime);
  });
}

test("a token for High Mobility's private key JSON", async () => {
  await chooseFile(server.file('high-mobility/live.json'));
  await button('Get the token').click();
  await assertToken(server.systems['high-mobility'].live);
  assert.equal(server.requests.find(({ method }) => method === 'POST').clientAuth, 'assertion');
  assert.match(await page.locator('#lifetime').textContent(), /^5 minutes, until /);
  assert.match(await page.locator('#scope').textContent(), /fleet:clearance/);
});

test('what a file does not hold is asked for', async () => {
  const { sandbox } = server.systems['high-mobility'];
  const bare = join(server.dir, 'bare.json');
  await writeFile(bare, JSON.stringify({ id: sandbox.keyId, private_key: sandbox.privateKey }));
  await chooseFile(bare);
  await page.getByText('Credentials of High Mobility').waitFor();
  assert.equal(await page.locator('[name=environment]').isVisible(), true);
  await page.getByLabel("Client id, which the file doesn't hold").fill(sandbox.clientId);
  await page.getByText('Endpoint and scope').click();
  await page.getByLabel('Token endpoint').fill(sandbox.tokenEndpoint);
  assert.equal(await page.locator('[name=environment]').isVisible(), false);
  await button('Get the token').click();
  await assertToken(sandbox);
});

for (const [provider, label] of [
  ['iotspot', 'iotspot'],
  ['os-data-hub', 'OS Data Hub'],
  ['here', 'HERE'],
]) {
  test(`a token for an id and a secret of ${label}`, async () => {
    const { clientId, clientSecret, tokenEndpoint } = server.systems[provider];
    await page.locator('label', { hasText: 'Id and secret' }).click();
    await page.getByLabel('System').selectOption({ label });
    await page.getByLabel('Client id', { exact: true }).fill(clientId);
    await page.getByLabel('Client secret').fill(clientSecret);
    await page.getByText('Endpoint and scope').click();
    await page.getByLabel('Token endpoint').fill(tokenEndpoint);
    await page.keyboard.press('Enter');
    await assertToken(server.systems[provider]);
  });
}

test('an id and a secret from a file, for a system that is chosen', async () => {
  const { clientId, clientSecret, tokenEndpoint } = server.systems.iotspot;
  const pair = join(server.dir, 'pair.txt');
  await writeFile(pair, `${clientId}:${clientSecret}\n`);
  await chooseFile(pair);
  await page.getByLabel('System').selectOption({ label: 'iotspot' });
  assert.equal(await page.getByLabel('Client id', { exact: true }).inputValue(), clientId);
  await page.getByText('Endpoint and scope').click();
  await page.getByLabel('Token endpoint').fill(tokenEndpoint);
  await button('Get the token').click();
  await assertToken(server.systems.iotspot);
});

test('a .env file', async () => {
  const { clientId, clientSecret, tokenEndpoint } = server.systems['os-data-hub'];
  const env = join(server.dir, 'my.env');
  await writeFile(
    env,
    `FETCHTOKEN_CLIENT_ID='${clientId}'\nFETCHTOKEN_CLIENT_SECRET='${clientSecret}'\nFETCHTOKEN_TOKEN_ENDPOINT=${tokenEndpoint}\nFETCHTOKEN_BASIC_ENCODING=raw\n`,
  );
  await chooseFile(env);
  await page.getByText(`Credentials for ${new URL(server.url).host}`).waitFor();
  await button('Get the token').click();
  await assertToken(server.systems['os-data-hub']);
});

test('an archive without treehub.json is refused at once', async () => {
  const zip = join(server.dir, 'empty.zip');
  await writeFile(zip, Buffer.from('504b0506000000000000000000000000000000000000', 'hex'));
  await chooseFile(zip);
  assert.match((await problem()).message, /the ZIP archive is empty/);
});

test('credentials go to the token endpoint only', async () => {
  await chooseFile(server.file('here/credentials.properties'));
  await button('Get the token').click();
  await assertToken(server.systems.here);
  const elsewhere = requests.filter(
    (request) =>
      !request.url().startsWith(new URL(site.url).origin) && !request.url().startsWith('data:'),
  );
  assert.deepEqual(
    elsewhere.map((request) => `${request.method()} ${request.url()}`),
    [`POST ${server.systems.here.tokenEndpoint}`],
  );
  assert.ok(
    requests
      .filter((request) => !elsewhere.includes(request))
      .every((request) => request.method() === 'GET' && !request.url().includes('?')),
  );
  assert.deepEqual(
    await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]),
    [0, 0, ''],
  );
});

test('a secret stays out of the address while the script is not there', async () => {
  await page.route('**/app.js', (route) => route.abort());
  await page.reload();
  await page.evaluate(() =>
    document
      .querySelectorAll('fieldset')
      .forEach((fieldset) => Object.assign(fieldset, { hidden: false, disabled: false })),
  );
  await page.locator('#typed-fields [name=clientId]').fill('id');
  await page.getByLabel('Client secret').fill('secret');
  await page.keyboard.press('Enter');
  assert.equal(await button('Get the token').isDisabled(), true);
  assert.equal(page.url(), site.url);
  await page.getByText('Starting. If this stays').waitFor();
});

test('why there is no token, and what to do', async () => {
  const wrong = join(server.dir, 'wrong.properties');
  const { accessKeyId, appId } = server.systems.here;
  await writeFile(
    wrong,
    (await readFile(server.file('here/credentials.properties'), 'utf8')).replace(
      accessKeyId,
      appId,
    ),
  );
  await chooseFile(wrong);
  await button('Get the token').click();
  const { message, hint } = await problem();
  assert.match(message, /401310/);
  assert.match(hint, /^clientId must be the access key id/);

  await chooseFile(server.file('here/credentials.properties'));
  await page.getByText('Credentials of HERE Account').waitFor();
  assert.equal(await page.getByRole('alert').isVisible(), false);
  await button('Get the token').click();
  await assertToken(server.systems.here);
});

test('another file is refused at once', async () => {
  await chooseFile(server.file('iotspot.txt'));
  assert.match((await problem()).message, /is text of an unknown kind/);
  assert.equal(await page.locator('#file-found').isVisible(), false);
  await page.setInputFiles('#file', server.file('os-data-hub.txt'));
  await page.evaluate(() => document.querySelector('form').requestSubmit()); // before it is read
  assert.match((await problem()).message, /is text of an unknown kind/);
});

test('a system that answers no browser', async () => {
  await chooseFile(withoutCors.file('here/credentials.properties'));
  await button('Get the token').click();
  const { message, hint } = await problem();
  assert.match(message, /the request to .+ failed/);
  assert.match(hint, /answers no browser \(CORS\)/);
});

test('the file that was chosen last counts', async () => {
  await page.evaluate(
    async (files) => {
      const input = document.querySelector('#file');
      for (const { name, text } of files) {
        // the second while the first is still read
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name));
        input.files = transfer.files;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    },
    await Promise.all(
      ['ota-connect/treehub.json', 'here/credentials.properties'].map(async (name) => ({
        name,
        text: await readFile(server.file(name), 'utf8'),
      })),
    ),
  );
  await button('Get the token').click();
  await assertToken(server.systems.here);
});

test('Clear forgets everything', async () => {
  await chooseFile(server.file('here/credentials.properties'));
  await button('Get the token').click();
  await assertToken(server.systems.here);
  await button('Clear').click();
  await page.getByText('Choose a credentials file').waitFor();
  assert.deepEqual(
    [
      await page.locator('#result').isVisible(),
      await page.locator('#file-found').isVisible(),
      await page.locator('#token').textContent(),
    ],
    [false, false, ''],
  );
  await button('Get the token').click(); // the browser wants a file first
  assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 1);
});

test('every field has a name, and nothing is wider than a phone', async () => {
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(await wide(), 0);
  await chooseFile(server.file('ota-connect/treehub.json'));
  await page.getByText('Endpoint and scope').click();
  await button('Get the token').click();
  await assertToken(server.systems['ota-connect']);
  assert.equal(await wide(), 0);
  const unnamed = await page.evaluate(() =>
    Array.from(
      document.querySelectorAll('input, select, button'),
      (field) => field.labels?.[0]?.textContent ?? field.textContent,
    ).filter((name) => !name.trim()),
  );
  assert.deepEqual(unnamed, []);
  assert.match(await page.locator('footer').textContent(), /CORS headers/);
});
