// What a runtime does at the desk.

import { runSuite } from './suite.js';

/**
 * Runs the suite and hands in the outcome.
 *
 * @param {typeof import('fetchtoken')} fetchtoken
 * @param {string} desk its URL
 */
export async function visit(fetchtoken, desk) {
  const inputs = await (await fetch(`${desk}/inputs`)).json();
  const outcome = await runSuite(fetchtoken, inputs).catch((error) => ({
    vectors: 0,
    behaviours: 0,
    failures: [{ id: 'the suite', message: String(error?.stack ?? error) }],
  }));
  await fetch(`${desk}/outcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: ownName(), ...outcome }),
  });
}

/** What the runtime calls itself, with its version. */
function ownName() {
  const { Deno, Bun, process } = /** @type {any} */ (globalThis);
  if (Deno ?? Bun ?? process) {
    const { deno, bun, node } = process.versions;
    return deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`;
  }
  const [, browser, version] = navigator.userAgent.match(/(Firefox|Chrome)\/(\d+)/) ?? [];
  return `${browser === 'Chrome' ? 'Chromium' : browser} ${version}`;
}
