import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** So that it asks for nothing but the page. */
const PREFERENCES = {
  'app.update.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/**
 * Opens a page in the Firefox of the system, or the one that FIREFOX names, with a profile of its
 * own. The page itself has to say how it goes.
 *
 * @param {string} url
 * @param {{ more?: string[], preferences?: Record<string, unknown> }} [options] further arguments,
 *   and further preferences
 */
export async function openInFirefox(url, { more = [], preferences: further = {} } = {}) {
  const usual = ['firefox-esr', 'firefox'].map((name) => `/usr/bin/${name}`);
  const path = process.env.FIREFOX ?? usual.find((path) => existsSync(path));
  if (path === undefined || !existsSync(path)) {
    throw new Error(
      'There is no Firefox: install it (apt-get install firefox-esr), or say in FIREFOX where it ' +
      'is.',
    );
  }
  const profile = await mkdtemp(join(tmpdir(), 'fetchtoken-firefox-'));
  const preferences = Object.entries({ ...PREFERENCES, ...further }).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, 'user.js'), preferences.join(''));
  const args = ['--headless', '--no-remote', '--profile', profile, ...more, url];
  const child = spawn(path, args, { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  return {
    profile,
    /** Rejects when Firefox ends by itself. */
    ended: ended.then(([status]) => {
      throw new Error(`Firefox ended with ${status}`);
    }),
    async close() {
      try {
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL'); // its children too
      } catch {
        // it has ended
      }
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
