// Starts token_go, a program in Go that gets tokens.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the program. */
export async function buildTokenGo() {
  const folder = mkdtempSync(join(tmpdir(), 'fetchtoken-'));
  const program = join(folder, 'token_go');
  await promisify(execFile)('go', ['build', '-o', program, './js/test/support/token_go'], {
    cwd: root,
  });
  /** @type {import('node:child_process').ChildProcess[]} */
  const running = [];
  return {
    /**
     * Starts a process. Each line that it is sent gets one answer: a token, or an error.
     *
     * @param {Record<string, string>} [env] variables beside those of this process
     * @returns {(line: object) => Promise<any>}
     */
    start(env = {}) {
      const child = spawn(program, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 2] });
      running.push(child);
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return async (line) => {
        child.stdin.write(`${JSON.stringify(line)}\n`);
        return JSON.parse((await lines.next()).value);
      };
    },
    /** Ends the processes, and removes the program. */
    close() {
      running.forEach((child) => child.kill());
      rmSync(folder, { recursive: true });
    },
  };
}
