import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Launches the Chromium of the system, or the one that CHROMIUM names.
 *
 * @param {string[]} [more] arguments
 */
export async function launchChromium(more = []) {
  const usual = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`);
  const executablePath = process.env.CHROMIUM ?? usual.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error(
      'There is no Chromium: install it (apt-get install chromium), or say in CHROMIUM where it ' +
      'is.',
    );
  }
  return chromium.launch({ executablePath, args: [...ARGS, ...more] });
}
