// Takes the pictures of docs/console.md: node js/test/console_pictures.js. Look at them before they
// are committed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { writeCredentials } from '../../examples/token-server/credentials.js';
import { startTokenServer } from '../../examples/token-server/server.js';
import { startConsole } from '../cli/console.js';
import { launchChromium } from './support/chromium.js';
import { personAt } from './support/person.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const server = await startTokenServer();
const dir = await mkdtemp(join(tmpdir(), 'fetchtoken-pictures-'));
await writeCredentials(server.systems, dir);
const good = join(dir, 'here/credentials.properties');
const skewed = join(dir, 'credentials.properties');
await writeFile(
  skewed,
  (await readFile(good, 'utf8')).replace(`${server.url}/`, `${server.url}/fault/skew/312/`),
);
const { tokenEndpoint, clientId } = server.systems.here;
const theirs =
  `POST&${encodeURIComponent(tokenEndpoint)}&grant_type%3Dclient_credentials%26` +
  `oauth_consumer_key%3D${clientId}%26oauth_nonce%3Dq1%26oauth_signature_method%3DHMAC-SHA256%26` +
  'oauth_timestamp%3D1795916205%26oauth_version%3D1.0%26scope%3Dhrn%253Ahere%253Aauthorization';

/** @param {import('./support/person.js').Person} person */
async function token(person) {
  await person.pick(good);
  await person.click('Get the token');
  await person.sees('Sent at');
}

/** @param {import('./support/person.js').Person} person */
async function clock(person) {
  await person.pick(skewed);
  await person.click('Get the token');
  await person.sees('Sent at');
}

/** @param {import('./support/person.js').Person} person */
async function compare(person) {
  await token(person);
  await person.click('Compare');
  await person.fill('Compare with', theirs);
  await person.sees('They differ first');
}

/** @param {import('./support/person.js').Person} person */
async function tryIt(person) {
  await token(person);
  await person.click('Try it');
  await person.fill('Address of the API', server.systems.here.api);
  await person.click('Send');
  await person.sees('"system"');
}

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 1180 };

/** @type {[name: string, size: typeof WIDE, theme: 'light' | 'dark', go: Function][]} */
const PICTURES = [
  ['token', WIDE, 'light', token],
  ['clock', WIDE, 'dark', clock],
  ['compare', WIDE, 'light', compare],
  ['token-narrow', NARROW, 'dark', token],
  ['try-narrow', NARROW, 'light', tryIt],
  ['clock-narrow', NARROW, 'light', clock],
];

const browser = await launchChromium();
for (const [name, viewport, colorScheme, go] of PICTURES) {
  const console = await startConsole();
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const person = personAt(page);
  await person.open(console.link);
  await person.sees('relay on');
  await go(person);
  await page.evaluate(() => scrollTo(0, 0));
  const session = await context.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  await writeFile(`${docs}console-${name}.webp`, Buffer.from(data, 'base64'));
  await context.close();
  await console.close();
}
await browser.close();
await server.close();
await rm(dir, { recursive: true });
