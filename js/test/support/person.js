// A person at a page, in Chromium or in Firefox: finds things by their names, and counts what is
// done.

import { launchChromium } from './chromium.js';
import { driveFirefox } from './marionette.js';

/**
 * What a person can do. `click`, `fill`, `pick` and `drop` are actions, which `actions` counts.
 *
 * @typedef {{ actions: number, open(url: string): Promise<void>, click(name: string):
 *   Promise<void>, fill(name: string, text: string): Promise<void>, pick(path: string):
 *   Promise<void>, press(key: string): Promise<void>, sees(text: string): Promise<void>,
 *   text(): Promise<string>, evaluate(run: Function, ...args: unknown[]): Promise<any>,
 *   offline(isOffline: boolean): Promise<void>, resize(width: number, height: number):
 *   Promise<void>, close(): Promise<void> }} Person
 */

/** Finds what has that name: by its label, else by its own words. It runs in the page. */
function find(/** @type {string} */ name) {
  const firstLine = (/** @type {any} */ element) =>
    element.innerText.trim().split('\n')[0].replace(/ \d+$/, ''); // a tab tells a number, too
  const isSeen = (/** @type {any} */ element) => element.checkVisibility();
  const all = [...document.querySelectorAll('button, summary, input, select, textarea, label')];
  const found = all.filter(isSeen).find((/** @type {any} */ element) => {
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText;
    const isOption = element.tagName === 'LABEL' && element.querySelector('[type=radio], [role=switch]');
    const own = element.tagName !== 'LABEL' || isOption ? firstLine(element) : undefined;
    return (label?.trim().split('\n')[0] ?? own) === name;
  });
  if (found === undefined) {
    throw new Error(`nothing is called ${name}: ${document.body.innerText.slice(0, 2000)}`);
  }
  found.scrollIntoView({ block: 'center', behavior: 'instant' });
  return found;
}

/** Waits until a text can be seen. It runs in the page. */
function seen(/** @type {string} */ text) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (document.body.innerText.includes(text)) {
        observer.disconnect();
        resolve(undefined);
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, {
      subtree: true, childList: true, characterData: true, attributes: true,
    });
    look();
    setTimeout(
      () => reject(new Error(`"${text}" never appears:\n${document.body.innerText}`)),
      60_000,
    );
  });
}

/** Waits until it can be found. It runs in the page. */
const FOUND = `async (name) => {
  const find = ${find};
  for (let left = 600; ; left--) {
    try {
      const element = find(name);
      if (!element.disabled) {
        return element;
      }
    } catch (error) {
      if (left === 0) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}`;

/** @param {import('playwright-core').Page} page @returns {Person} */
export function personAt(page) {
  const element = async (/** @type {string} */ name) =>
    /** @type {import('playwright-core').ElementHandle} */ (
      (await page.evaluateHandle(`(${FOUND})(${JSON.stringify(name)})`)).asElement()
    );
  return {
    actions: 0,
    open: async (url) => void (await page.goto(url)),
    async click(name) {
      this.actions++;
      await (await element(name)).click();
    },
    async fill(name, text) {
      this.actions++;
      await (await element(name)).fill(text);
    },
    async pick(path) {
      this.actions++;
      await page.setInputFiles('form.credentials [type=file]', path);
    },
    press: (key) => page.keyboard.press(key),
    sees: (text) => page.evaluate(seen, text).then(() => {}),
    text: () => page.evaluate(() => document.body.innerText),
    evaluate: (run, ...args) => page.evaluate(`(${run})(...${JSON.stringify(args)})`),
    offline: (isOffline) => page.context().setOffline(isOffline),
    resize: (width, height) => page.setViewportSize({ width, height }),
    close: () => page.context().close(),
  };
}

/** @param {Awaited<ReturnType<typeof driveFirefox>>} firefox @returns {Person} */
function personInFirefox({ send, evaluate, asBrowser, idOf }) {
  const element = async (/** @type {string} */ name) =>
    idOf(await evaluate(/** @type {any} */ (FOUND), name));
  const KEYS = /** @type {Record<string, string>} */ ({ Enter: '\uE007', Tab: '\uE004' });
  return {
    actions: 0,
    open: async (url) => {
      await send('WebDriver:Navigate', { url: 'about:blank' }); // an address with the same # is no visit
      await send('WebDriver:Navigate', { url });
    },
    async click(name) {
      this.actions++;
      await send('WebDriver:ElementClick', { id: await element(name) });
    },
    async fill(name, text) {
      this.actions++;
      const id = await element(name);
      await send('WebDriver:ElementClear', { id });
      await send('WebDriver:ElementSendKeys', { id, text });
    },
    async pick(path) {
      this.actions++;
      const input = await evaluate(() => document.querySelector('form.credentials [type=file]'));
      await send('WebDriver:ElementSendKeys', { id: idOf(input), text: path });
    },
    async press(key) {
      const focused = await evaluate(() => document.activeElement);
      await send('WebDriver:ElementSendKeys', { id: idOf(focused), text: KEYS[key] ?? key });
    },
    sees: (text) => evaluate(seen, text),
    text: () => evaluate(() => document.body.innerText),
    evaluate,
    offline: (isOffline) => asBrowser(`Services.io.manageOfflineStatus = false;
      Services.io.offline = ${isOffline};
      Services.obs.notifyObservers(null, 'net:prune-all-connections');`),
    resize: (width, height) => send('WebDriver:SetWindowRect', { width, height }),
    close: async () => {},
  };
}

/**
 * The browsers, and a person in each: `visit` opens a page of its own.
 *
 * @returns {Promise<{ name: string, browser?: any, visit: () => Promise<Person>, close: () =>
 *   Promise<void> }[]>}
 */
export async function people() {
  const [chromium, firefox] = await Promise.all([launchChromium(), driveFirefox()]);
  return [
    {
      name: 'Chromium',
      browser: chromium,
      visit: async () => personAt(await (await chromium.newContext()).newPage()),
      close: () => chromium.close(),
    },
    {
      name: 'Firefox',
      visit: async () => personInFirefox(firefox),
      close: () => firefox.close(),
    },
  ];
}
