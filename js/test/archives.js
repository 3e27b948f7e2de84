// Runs the archives, core/credentials/archive/testdata, in any runtime; archive_test.go does the
// same in Go.

import { TokenError } from '../lib/token_error.js';

/**
 * @typedef {{ file: string, comment: string, base64: string, want?: Record<string, string>, error?:
 *   string }} Archive
 */

/**
 * Loads every archive, and says how many there are and which of them fail.
 *
 * @param {Archive[]} archives
 * @param {typeof import('../credentials/credentials.js').loadCredentials} loadCredentials
 * @returns {Promise<{ count: number, failures: { file: string, got: unknown }[] }>}
 */
export async function runArchives(archives, loadCredentials) {
  const failures = [];
  for (const { file, base64, want, error } of archives) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    let got;
    try {
      got = Object.entries(await loadCredentials(bytes, { filename: file }));
    } catch (thrown) {
      got = thrown;
    }
    const right =
      error === undefined
        ? JSON.stringify(got) === JSON.stringify(Object.entries(want ?? {}))
        : got instanceof TokenError &&
          got.code === 'invalid_credentials' &&
          got.message.startsWith(error);
    if (!right) {
      failures.push({ file, got: got instanceof Error ? got.message : got });
    }
  }
  return { count: archives.length, failures };
}
