// Runs the command as a user does, and a token endpoint for it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../cli/cli.js', import.meta.url));

/**
 * The command that is tested: that of the package, unless command_in_go.test.js names another one.
 *
 * @type {[program: string, ...args: string[]]}
 */
export const COMMAND =
  process.env.FETCHTOKEN_TESTED === undefined
    ? [process.execPath, CLI]
    : [process.env.FETCHTOKEN_TESTED];

/**
 * Starts the command, in a folder and with a cache of its own.
 *
 * @param {string} folder
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, program?: string[] }} [options]
 */
export function start(folder, args, { env = {}, program = COMMAND } = {}) {
  const { GITHUB_ACTIONS, KUBERNETES_EXEC_INFO, FETCHTOKEN_TESTED, ...ours } = process.env;
  const child = spawn(program[0], [...program.slice(1), ...args], {
    cwd: folder,
    env: { ...ours, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
  });
  child.stdin.on('error', () => {}); // it ends without having read it
  return child;
}

/**
 * Waits for the end of a command.
 *
 * @param {import('node:child_process').ChildProcessWithoutNullStreams} child
 */
export async function ended(child) {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  const [status, signal] = await once(child, 'close');
  return { status, signal, stdout, stderr };
}

/**
 * A folder for a command, and a token endpoint whose tokens are token-1, token-2 and so on.
 *
 * @param {Record<string, unknown>} [response] what its answers have besides, or in place of that
 */
export async function place(response = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-command-'));
  let asked = 0;
  const server = createServer(async (request, answer) => {
    await request.resume().toArray();
    asked++;
    const token = { access_token: `token-${asked}`, token_type: 'Bearer', expires_in: 3600 };
    answer.end(JSON.stringify({ ...token, ...response }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const secret = 'secret-of-the-client';
  return {
    folder,
    client: ['--endpoint', `http://127.0.0.1:${port}/token`, '--client-id', 'client-1'],
    /** How many tokens were asked for. */
    get asked() {
      return asked;
    },
    /** Starts the command with the client's secret. @param {string[]} args @param {any} [options] */
    start: (args, { env, ...options } = {}) =>
      start(folder, args, { env: { FETCHTOKEN_CLIENT_SECRET: secret, ...env }, ...options }),
    /**
     * Runs the command with the client's secret to its end.
     *
     * @param {string[]} args
     * @param {{ env?: Record<string, string>, program?: string[], input?: string | Uint8Array }}
     *   [options]
     */
    run(args, { input = '', ...options } = {}) {
      const child = this.start(args, options);
      child.stdin.end(input);
      return ended(child);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}
