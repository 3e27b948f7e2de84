// The console in Chromium and in Firefox, by the steps of a person.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { writeCredentials } from '../../examples/token-server/credentials.js';
import { startTokenServer } from '../../examples/token-server/server.js';
import { startConsole } from '../cli/console.js';
import { signOAuth1 } from '../node.js';
import { people, personAt } from './support/person.js';
import { startSite } from './support/site.js';
import { until } from './support/until.js';

const server = await startTokenServer({ behind: { here: 'https://account.api.here.com' } });
const withCORS = await startTokenServer({ cors: true });
const { systems } = server;
const dir = await mkdtemp(join(tmpdir(), 'fetchtoken-console-'));
await writeCredentials(systems, dir);
await writeCredentials(withCORS.systems, join(dir, 'cors'));
const file = (/** @type {string} */ name) => join(dir, name);

/** A picture, which is no credentials file. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The systems' hosts: for these the relay asks the token server. */
const HOSTS = /** @type {Record<string, string>} */ ({
  'account.api.here.com': '/here',
  'iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com': '/iotspot',
  'api.os.uk': '/os-data-hub',
  'sandbox.api.high-mobility.com': '/high-mobility/sandbox',
});

/** The headers of what the relay sent last. @type {Headers | undefined} */
let sent;

/** @type {typeof globalThis.fetch} */
const fetchHere = (input, init) => {
  sent = new Headers(init?.headers);
  const { host, pathname } = new URL(String(input));
  if (HOSTS[host] === undefined) {
    return fetch(input, init);
  }
  // OAuth 1.0 signs the address, so the server has to know it.
  const headers = new Headers(init?.headers);
  headers.set('x-forwarded-host', host);
  return fetch(server.url + HOSTS[host] + pathname, { ...init, headers });
};

const site = await startSite();
/** @type {Awaited<ReturnType<typeof people>>} */
let browsers;
/** The consoles of a test, which end with it. @type {Awaited<ReturnType<typeof startConsole>>[]} */
const consoles = [];

before(async () => {
  browsers = await people();
});
afterEach(async () => {
  await Promise.all(consoles.splice(0).map((each) => each.close()));
  server.reset();
  withCORS.reset();
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await Promise.all([server.close(), withCORS.close(), site.close()]);
  await rm(dir, { recursive: true });
});

/** Opens a console, in a page of its own. @param {{ visit: () => Promise<any> }} browser */
async function openConsole(browser) {
  const console = await startConsole({ fetch: fetchHere });
  consoles.push(console);
  const person = await browser.visit();
  await person.open(console.link);
  await person.sees('relay on');
  return /** @type {import('./support/person.js').Person} */ (person);
}

/**
 * Runs a test in each browser.
 *
 * @param {string} name
 * @param {(person: import('./support/person.js').Person) => Promise<void>} run
 */
function inEach(name, run) {
  for (const [i, browser] of ['Chromium', 'Firefox'].entries()) {
    test(`${browser}: ${name}`, async () => {
      const person = await openConsole(browsers[i]);
      await run(person);
      await person.close();
    });
  }
}

/** Asserts that there is a token, that it is good, and that nothing secret is shown. */
async function assertToken(/** @type {any} */ person, /** @type {any} */ system) {
  await person.sees('Here is the token');
  const before = person.actions;
  await person.click('Reveal the token');
  const token = await person.evaluate(
    () => document.querySelector('.token > .secret code')?.textContent,
  );
  person.actions = before; // looking at it is not on the way to it
  const response = await fetch(system.api, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([response.status, (await response.json()).clientId], [200, system.clientId]);
  await person.click('Reveal the token');
  person.actions = before;
  const html = await person.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!html.includes(token));
  assert.ok(!html.includes(system.clientSecret));
}

/** Each system's way, from an empty page. @type {[string, any, (person: any) => Promise<void>][]} */
const WAYS = [
  [
    'HERE Account by its file',
    systems.here,
    (person) => person.pick(file('here/credentials.properties')),
  ],
  [
    'HERE Account by key id and secret',
    systems.here,
    (person) => typed(person, 'HERE Account', systems.here, 'Access key id', 'Access key secret'),
  ],
  [
    'HERE OTA Connect',
    systems['ota-connect'],
    (person) => person.pick(file('ota-connect/credentials.zip')),
  ],
  ['iotspot', systems.iotspot, (person) => typed(person, 'iotspot', systems.iotspot)],
  [
    'High Mobility by its key file',
    systems['high-mobility'].live,
    (person) => person.pick(file('high-mobility/live.json')),
  ],
  [
    'High Mobility by id and secret',
    systems['high-mobility'].sandbox,
    (person) => typed(person, 'High Mobility sandbox', systems['high-mobility'].sandbox),
  ],
  [
    'OS Data Hub',
    systems['os-data-hub'],
    (person) =>
      typed(person, 'OS Data Hub', systems['os-data-hub'], 'Project API Key', 'Project API Secret'),
  ],
];

/**
 * Chooses a system and fills in what it needs.
 *
 * @param {any} person
 * @param {string} name
 * @param {any} system
 */
async function typed(person, name, system, id = 'Client id', secret = 'Client secret') {
  await person.click(name);
  await person.fill(id, system.clientId);
  await person.fill(secret, system.clientSecret);
}

for (const [name, system, give] of WAYS) {
  inEach(`a token in at most four actions: ${name}`, async (person) => {
    await give(person);
    await person.sees('Not sent');
    assert.equal(server.requests.length, 0);
    await person.click('Get the token');
    await assertToken(person, system);
    assert.ok(person.actions <= 4, `${person.actions} actions`);
    assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 1);
  });
}

inEach('the request that is shown is the one that is sent', async (person) => {
  await person.pick(file('here/credentials.properties'));
  await person.click('Get the token');
  await person.sees('Sent at');
  const nonce = await person.evaluate(
    () => /oauth_nonce="([^"]+)"/.exec(document.body.innerText)?.[1],
  );
  const header = sent?.get('authorization') ?? '';
  assert.ok(nonce && header.includes(`oauth_nonce="${nonce}"`), header);
});

inEach('a wrong secret: the hint first, then the server\'s words, then the request', async (person) => {
  const { clientId } = systems['os-data-hub'];
  await typed(person, 'OS Data Hub', { clientId, clientSecret: 'wrong' }, 'Project API Key', 'Project API Secret');
  await person.click('Get the token');
  await person.sees('There is no token');
  const text = await person.text();
  const places = [
    'Check Project API Key (the project API key) and Project API Secret (the project API secret).',
    'The server says',
    'invalid_client',
    'Authorization: Basic',
  ].map((words) => text.indexOf(words));
  assert.ok(places.every((place, i) => place > (places[i - 1] ?? 0)), `${places}: ${text}`);
});

inEach('a clock that is off is corrected by one click', async (person) => {
  const skewed = (await readFile(file('here/credentials.properties'), 'utf8')).replace(
    `${server.url}/`,
    `${server.url}/fault/skew/7200/`,
  );
  await writeFile(file('skewed.properties'), skewed);
  await person.pick(file('skewed.properties'));
  await person.click('Get the token');
  await person.sees('There is no token');
  const offset = /Correct the clock by \+(\d+) s/.exec(await person.text())?.[1];
  assert.ok(Math.abs(Number(offset) - 7200) <= 60, offset);
  await person.click(`Correct the clock by +${offset} s and try again`);
  await person.sees('Here is the token');
  await person.sees(`clock +${offset} s`);
});

inEach('429: how long the server asks to wait', async (person) => {
  const { tokenEndpoint, ...rest } = systems['os-data-hub'];
  await typed(person, 'Any other endpoint', rest);
  await person.fill('Token endpoint', tokenEndpoint.replace(server.url, `${server.url}/fault/status/429`));
  await person.click('Get the token');
  await person.sees('Too many requests: keep the token until it expires; the server asks to wait 7 s');
  await person.sees('the wait is over');
});

inEach('a picture is no credentials file', async (person) => {
  await writeFile(file('picture.png'), Buffer.from(PNG, 'base64'));
  await person.pick(file('picture.png'));
  await person.sees('"picture.png" is a PNG image');
  assert.match(await person.text(), /credentials\.zip/);
  assert.equal(server.requests.length, 0);
  await person.pick(file('here/credentials.properties'));
  await person.sees('✓ HERE Account');
});

inEach('a picture that is dropped on the page is named, too', async (person) => {
  await person.evaluate((/** @type {string} */ base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
    const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }, PNG);
  await person.sees('"dropped.png" is a PNG image');
});

inEach('other credentials beside ours', async (person) => {
  await person.pick(file('here/credentials.properties'));
  await person.click('Compare');
  const text = await readFile(file('here/credentials.properties'), 'utf8');
  await person.fill('Compare with', text.replaceAll('\n', '\r\n').replace(/(secret = )(.)/, '$1x$2'));
  await person.sees('The first difference: clientSecret differs');
  await person.sees('they differ first at character 1');
  await person.fill('Compare with', 'a shopping list');
  await person.sees('This is no curl command, no base string');
});

inEach('messages call the fields what the form calls them', async (person) => {
  await person.click('HERE Account');
  await person.sees('Fill in Access key id and Access key secret.');
  const { clientId, clientSecret, tokenEndpoint } = systems.here;
  await person.fill('Access key id', clientId);
  await person.sees('Fill in Access key secret.');
  await person.fill('Access key secret', ` ${clientSecret}`);
  await person.click('Endpoint, scope and more');
  await person.fill('Token endpoint', tokenEndpoint);
  await person.sees('The request is ready');
  await person.click('Get the token');
  await person.sees('Access key secret begins or ends with a blank');
});

inEach('another system has none of the endpoint and the scope of the one before', async (person) => {
  await typed(person, 'Any other endpoint', { clientId: 'id', clientSecret: 'secret' });
  await person.fill('Token endpoint', 'https://elsewhere.example.com/token');
  await person.click('Endpoint, scope and more');
  await person.fill('Scope', 'all');
  await person.sees('scope=all');
  await person.click('HERE Account');
  await person.sees('POST https://account.api.here.com/oauth2/token');
  const shown = await person.text();
  assert.ok(!/elsewhere|scope=all/.test(shown), shown);
});

inEach('credentials without a system keep their secret when the system is chosen', async (person) => {
  const { clientId, clientSecret } = systems['os-data-hub'];
  await writeFile(file('pair.txt'), `${clientId}:${clientSecret}`);
  await person.pick(file('pair.txt'));
  await person.sees('Which system?');
  await person.click('OS Data Hub');
  await person.sees('The request is ready');
  await person.click('Get the token');
  await person.sees('Here is the token');
});

inEach('a private key by itself, and a client without a secret', async (person) => {
  const { tokenEndpoint, clientId, publicClientId, keys } = systems.oauth2;
  await person.click('Any other endpoint');
  await person.fill('Token endpoint', tokenEndpoint);
  await person.fill('Client id', clientId);
  await writeFile(file('key.pem'), keys.rsa.privateKey);
  await person.pick(file('key.pem'));
  await person.sees('The request is ready');
  await person.click('Get the token');
  await person.sees('Here is the token');
  await person.click('Forget the key');
  await person.sees('Client secret');
  await person.fill('Client id', publicClientId);
  await person.click('Endpoint, scope and more');
  await person.evaluate(() => {
    const select = /** @type {any} */ (document.querySelector('[name=clientAuth]'));
    select.value = 'none';
    select.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await person.sees('The request is ready');
  await person.click('Get the token');
  await person.sees('Here is the token');
});

inEach('a request is stopped, and forgotten credentials get no token', async (person) => {
  const { tokenEndpoint, ...rest } = systems['os-data-hub'];
  await typed(person, 'Any other endpoint', rest);
  await person.fill('Token endpoint', tokenEndpoint.replace(server.url, `${server.url}/fault/hang`));
  for (const way of ['Stop', 'Clear']) {
    await person.click('Get the token');
    await person.sees('Asking for the token');
    await person.click(way);
    await person.sees('No token yet');
  }
  await person.click('Timeline');
  await person.sees('failed');
  await person.pick(file('here/credentials.properties'));
  await person.click('Get the token');
  await person.sees('Here is the token');
});

inEach('offline', async (person) => {
  await person.pick(file('here/credentials.properties'));
  await person.sees('Not sent');
  await person.offline(true);
  try {
    await person.click('Get the token');
    await person.sees('This browser is offline');
  } finally {
    await person.offline(false);
  }
  await person.click('Try again');
  await person.sees('Here is the token');
});

inEach('a relay that has ended', async (person) => {
  await person.pick(file('here/credentials.properties'));
  await person.sees('Not sent');
  await Promise.all(consoles.splice(0).map((each) => each.close()));
  await person.click('Get the token');
  await person.sees('The relay has ended: start npx fetchtoken console again');
  await person.sees('relay ended');
});

for (const [i, name] of ['Chromium', 'Firefox'].entries()) {
  test(`${name}: without the relay a wall of CORS is named`, async () => {
    const person = await browsers[i].visit();
    await person.open(`${site.url}/dist/console/index.html`);
    await person.sees('Without the relay');
    await person.pick(file('here/credentials.properties'));
    await person.click('Get the token');
    await person.sees('The server lets no page read its answers (CORS)');
    await person.sees('Copy npx fetchtoken console');
    await person.pick(file('cors/here/credentials.properties'));
    await person.sees('Not sent');
    await person.click('Get the token');
    await person.sees('Here is the token');
    await person.close();
  });

  test(`${name}: a link works once`, async () => {
    const console = await startConsole();
    consoles.push(console);
    const person = await browsers[i].visit();
    await person.open(console.link);
    await person.sees('relay on');
    assert.ok(!(await person.evaluate(() => location.href)).includes('key'));
    await person.open(console.link);
    await person.sees('This page has lost its relay');
    await person.close();
  });
}

inEach('a base string of the server beside ours, with the first difference marked', async (person) => {
  const { clientId, clientSecret, tokenEndpoint } = systems.here;
  const { baseString } = signOAuth1({
    method: 'POST',
    url: tokenEndpoint,
    params: { grant_type: 'client_credentials', scope: 'a' },
    consumerKey: clientId,
    consumerSecret: clientSecret,
    nonce: 'theirs',
    timestamp: 1_700_000_000,
  });
  await person.pick(file('here/credentials.properties'));
  await person.click('Compare');
  await person.fill('Compare with', baseString);
  await person.sees('They differ first at character');
  await person.sees('theirs has scope, ours has not');
  await person.fill('Compare with', baseString.replace('%26scope%3Da', ''));
  await person.sees('Both base strings are the same');
});

inEach('a curl command that works beside ours', async (person) => {
  const { clientId, clientSecret, tokenEndpoint } = systems['os-data-hub'];
  await typed(person, 'Any other endpoint', { clientId, clientSecret: `${clientSecret}x` });
  await person.fill('Token endpoint', tokenEndpoint);
  await person.click('Compare');
  const curl = `curl -u '${clientId}:${clientSecret}' -d grant_type=client_credentials ${tokenEndpoint}`;
  await person.fill('Compare with', curl);
  await person.sees('The first difference: secret in Basic differs');
  await person.fill('Client secret', clientSecret);
  await person.fill('Compare with', `${curl} `);
  const shown = await person.evaluate(() => document.querySelector('#panel')?.textContent);
  assert.ok(!shown.includes(clientSecret));
});

inEach('one API request with the token, and the timeline', async (person) => {
  await person.pick(file('here/credentials.properties'));
  await person.click('Get the token');
  await person.sees('Here is the token');
  await person.click('Try it');
  await person.fill('Address of the API', systems.here.api);
  await person.click('Send');
  await person.sees(`"clientId": "${systems.here.clientId}"`);
  await person.click('Timeline');
  await person.sees('/here/api/whoami');
  await person.sees('/here/oauth2/token');
});

inEach('the scope that was granted stands in the JWT', async (person) => {
  await typed(person, 'iotspot', systems.iotspot);
  await person.click('Get the token');
  await person.sees('iotspot/openapi asked, not granted');
  await person.sees('iotspot/outlook granted by the JWT, not asked');
  await person.click('The token is a JWT');
  await person.sees('"client_id"');
});

/** The rules of WCAG 2.2, levels A and AA, and what axe-core counts as good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** The main states of the page, and how a person gets there from the one before. */
const STATES = /** @type {[name: string, go: (person: any) => Promise<unknown>][]} */ ([
  ['empty', (person) => person.sees('No token yet')],
  ['a system', (person) => person.click('HERE Account')],
  ['a file', async (person) => {
    await person.pick(file('here/credentials.properties'));
    await person.sees('Not sent');
  }],
  ['more fields', (person) => person.click('Endpoint, scope and more')],
  ['a token', async (person) => {
    await person.click('Get the token');
    await person.sees('Sent at');
    await person.click('Renew it by itself');
    await person.click('The whole answer');
  }],
  ['an API', async (person) => {
    await person.click('Try it');
    await person.fill('Address of the API', systems.here.api);
    await person.click('Send');
    await person.sees('"system"');
  }],
  ['a comparison', async (person) => {
    await person.click('Compare');
    await person.fill('Compare with', `POST&${encodeURIComponent(systems.here.tokenEndpoint)}&a%3Db`);
    await person.sees('They differ first');
  }],
  ['the timeline', async (person) => {
    await person.click('Timeline');
    await person.evaluate(() => /** @type {any} */ (document.querySelector('.timeline summary')).click());
  }],
  ['a failure', async (person) => {
    await person.click('Forget it');
    await typed(person, 'OS Data Hub', { clientId: 'nobody', clientSecret: 'wrong' }, 'Project API Key', 'Project API Secret');
    await person.click('Get the token');
    await person.sees('There is no token');
  }],
  ['a JWT and an assertion', async (person) => {
    await person.pick(file('high-mobility/live.json'));
    await person.click('Get the token');
    await person.sees('Here is the token');
    await person.click('Request');
    await person.sees('Assertion');
  }],
  ['a picture', async (person) => {
    await person.click('Clear');
    await writeFile(file('picture.png'), Buffer.from(PNG, 'base64'));
    await person.pick(file('picture.png'));
    await person.sees('is a PNG image');
  }],
]);

for (const [width, colorScheme] of /** @type {const} */ ([
  [360, 'light'], [360, 'dark'], [1280, 'light'], [1280, 'dark'], [2560, 'dark'],
])) {
  test(`every state at ${width} px, ${colorScheme}: WCAG AA, and nothing is wider`, async () => {
    const console = await startConsole({ fetch: fetchHere });
    consoles.push(console);
    const context = await browsers[0].browser.newContext({
      viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(console.url)) {
        problems.push(`a request to ${request.url()}`);
      }
    });
    const person = personAt(page);
    await person.open(console.link);
    await person.sees('relay on');
    for (const [name, go] of STATES) {
      await go(person);
      problems.push(...(await violationsIn(page)).map((words) => `${name}: ${words}`));
      problems.push(...(await spillsIn(page)).map((words) => `${name}: ${words}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${name} is ${over} px too wide`);
    }
    assert.deepEqual(problems, []);
    const written = () => [
      localStorage.length, sessionStorage.length, document.cookie, history.state,
    ];
    assert.deepEqual(await page.evaluate(written), [0, 0, '', null]);
    await context.close();
  });
}

/** The texts that are wider than their place, and so lie over their neighbours. @param {any} page */
async function spillsIn(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('td, th, dt, dd, li, label, button, h1, h2, p, summary, .pill')]
      .filter((element) => element.checkVisibility() && element.clientWidth > 0)
      .filter((element) => getComputedStyle(element).overflowX === 'visible')
      .filter((element) => !element.closest('.unseen') && element.scrollWidth > element.clientWidth + 1)
      .map((element) => `spills: ${element.outerHTML.slice(0, 200)}`));
}

/** What axe-core finds. @param {any} page @returns {Promise<string[]>} */
async function violationsIn(page) {
  return page.evaluate(`(async () => {
    if (!window.axe) { ${axe} }
    const { violations } = await window.axe.run(document, {
      runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) =>
      [id, html.slice(0, 200), ...[...any, ...all, ...none].map(({ message }) => message)].join(' | ')));
  })()`);
}

inEach('a token is renewed by itself before it ends', async (person) => {
  const console = await startConsole({
    async fetch(input, init) {
      const response = await fetchHere(input, init);
      return Response.json({ ...(await response.json()), expires_in: 8 });
    },
  });
  consoles.push(console);
  await person.open(console.link);
  await person.sees('relay on');
  await typed(person, 'OS Data Hub', systems['os-data-hub'], 'Project API Key', 'Project API Secret');
  await person.click('Get the token');
  await person.sees('Here is the token');
  await person.click('Renew it by itself');
  await person.sees('Next renewal');
  const asked = () => server.requests.filter(({ method }) => method === 'POST').length;
  await until('the third request', () => asked() >= 3);
  await person.sees('Here is the token');
});

test('by the keyboard alone: from an empty page to a token, a tab, and the base string', async () => {
  const console = await startConsole({ fetch: fetchHere });
  consoles.push(console);
  const page = await (await browsers[0].browser.newContext()).newPage();
  const person = personAt(page);
  await person.open(console.link);
  await person.sees('relay on');
  /** Presses Tab until what has the focus is called that. @param {string} name */
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      const focused = await page.evaluate(() => {
        const element = /** @type {any} */ (document.activeElement);
        const label = element.labels?.[0] ?? element;
        return `${element.getAttribute('aria-label') ?? label.textContent}`;
      });
      if (focused.startsWith(name)) {
        return;
      }
      await person.press('Tab');
    }
    assert.fail(`the focus never comes to ${name}`);
  };
  await tabTo('HERE Account'); // the group of radios: arrows choose
  for (const _ of [1, 2, 3]) {
    await person.press('ArrowDown');
  }
  await person.sees('Project API Key');
  await tabTo('Project API Key');
  await page.keyboard.type(systems['os-data-hub'].clientId);
  await tabTo('Project API Secret');
  await page.keyboard.type(systems['os-data-hub'].clientSecret);
  await person.press('Enter');
  await person.sees('Here is the token');
  await tabTo('Request');
  await person.press('ArrowRight');
  await person.sees('The token goes along as Authorization');
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  assert.equal(await focused(), 'Try it');
  await person.press('End');
  await person.sees('/oauth2/token/v1');
  assert.match(`${await focused()}`, /^Timeline/);
  await person.press('Home');
  await person.sees('Sent at');
  assert.equal(await focused(), 'Request');
  await page.context().close();
});

/**
 * Opens a page, and notes what a screen reader announces: the changes of the live region, and each
 * new alert.
 */
async function listening() {
  const console = await startConsole({ fetch: fetchHere });
  consoles.push(console);
  const page = await (await browsers[0].browser.newContext()).newPage();
  const person = personAt(page);
  await person.open(console.link);
  await person.sees('relay on');
  await page.evaluate(() => {
    const heard = /** @type {any} */ (window).heard = /** @type {string[]} */ ([]);
    new MutationObserver((records) => {
      for (const { target, addedNodes } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        if (element?.id === 'said') {
          heard.push(element.textContent ?? '');
        } else if (element?.closest('[role=alert]')) {
          heard.push(`again: ${element.textContent}`);
        }
        for (const added of addedNodes) {
          const alert = added instanceof Element &&
            (added.matches('[role=alert]') ? added : added.querySelector('[role=alert]'));
          alert && heard.push(`alert: ${alert.textContent}`);
        }
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  /** Waits for the next announcement with these words. @param {string} words */
  const hears = (words) =>
    page.waitForFunction((text) => {
      const { heard } = /** @type {any} */ (window);
      const at = heard.findIndex((/** @type {string} */ each) => each.includes(text));
      return at >= 0 && heard.splice(0, at + 1);
    }, words);
  return { page, person, hears };
}

test('a screen reader announces each outcome, each time, and no countdown', async () => {
  const { page, person, hears } = await listening();
  await person.pick(file('here/credentials.properties'));
  await hears('The credentials are recognised.');
  for (const _ of [1, 2]) {
    await person.click('Get the token');
    await hears('Here is the token.');
  }
  await person.click('Try it');
  await person.fill('Address of the API', systems.here.api);
  for (const _ of [1, 2]) {
    await person.click('Send');
    await hears('The API answers with status 200.');
    await person.click('Copy');
    await hears('Copied.');
  }
  await person.click('Endpoint, scope and more');
  const { tokenEndpoint } = systems.here;
  await person.fill('Token endpoint', tokenEndpoint.replace(server.url, `${server.url}/fault/status/429`));
  await person.click('Get the token');
  await hears('alert: There is no token');
  assert.equal(await page.evaluate(() => document.getElementById('said')?.textContent), '');
  await person.sees('the wait is over');
  const heard = await page.evaluate(() => /** @type {any} */ (window).heard);
  assert.deepEqual(heard, []);
  await person.click('Try again');
  await hears('alert: There is no token');
  await page.context().close();
});

test('the focus stays where the next step is', async () => {
  const { page, person } = await listening();
  const focused = () =>
    page.evaluate(() => {
      const element = /** @type {any} */ (document.activeElement);
      return element.labels?.[0]?.innerText.split('\n')[0] ?? element.innerText.split('\n')[0];
    });
  await page.focus('form.credentials [type=file]');
  await person.pick(file('here/credentials.properties'));
  await person.sees('Not sent');
  assert.equal(await focused(), 'Get the token');
  await person.press('Enter');
  await person.sees('Sent at');
  assert.equal(await focused(), 'Get the token');
  await person.click('Forget it');
  await person.sees('No token yet');
  assert.equal(await focused(), 'Drop or choose a credentials file');
  await writeFile(file('hanging.properties'), (await readFile(file('here/credentials.properties'), 'utf8'))
    .replace(`${server.url}/`, `${server.url}/fault/hang/`));
  await person.pick(file('hanging.properties'));
  await person.click('Get the token');
  await person.click('Stop');
  await person.sees('No token yet');
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'card outcome nothing');
  await page.context().close();
});
