// Opens an address in the user's browser.

import { spawn } from 'node:child_process';

import { withoutSecrets } from './program.js';

/** The program of each platform that opens an address, and its arguments before that. */
const OPENERS = /** @type {Record<string, string[]>} */ ({
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
});

/**
 * Opens an address of http or https. Where there is no browser nothing happens.
 *
 * @param {string} url
 */
export function openBrowser(url) {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const env = withoutSecrets(process.env);
  const child = spawn(program, [...args, url], { env, stdio: 'ignore', detached: true });
  child.on('error', () => {}); // the address was printed, too
  child.unref();
}
