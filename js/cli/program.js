// Runs the user's program, and then ends this process with the same status or signal.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { complain } from './output.js';

/** The signals that the command passes on to the program. */
const SIGNALS = /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']);
/** A terminal sends these to every process in its foreground, so to the program itself. */
const OF_A_TERMINAL = /** @type {const} */ (['SIGINT', 'SIGQUIT']);

/** What to check when a program can't be run. @type {Record<string, string>} */
const HINTS = {
  ENOENT: 'there is no such program: check its name and PATH, and the first line of a script',
  EACCES: 'the file is no program: make it executable by chmod +x, or check its folders',
};

/** The exit status for a program that can't be run (POSIX, "Exit Status for Commands"). */
const NOT_FOUND = 127;
const NOT_RUN = 126;

/**
 * Returns an environment without the variables of fetchtoken and without the secret of HERE.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export const withoutSecrets = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(FETCHTOKEN_|HERE_ACCESS_KEY_SECRET$)/i.test(name)),
  );

/**
 * Runs a program, and then ends this process with the same status or signal.
 *
 * @param {string[]} program its name and its arguments
 * @param {NodeJS.ProcessEnv} env
 */
export async function runProgram([name, ...args], env) {
  const { stdin, stdout, stderr } = process;
  const isAtTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY);
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  process.removeAllListeners('SIGINT'); // the listener of cli.js ends the command
  for (const signal of SIGNALS) {
    process.on(signal, () => child?.kill(signal));
  }
  for (const signal of OF_A_TERMINAL) {
    process.on(signal, () => isAtTerminal || child?.kill(signal));
  }
  try {
    child = spawn(name, args, { env, stdio: 'inherit' });
    const running = child;
    const [status, signal] = await new Promise((resolve, reject) =>
      running.once('error', reject).once('exit', (...how) => resolve(how)),
    );
    endAs(status, signal);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    complain(
      `the program can't be run: ${code ?? 'its name or its arguments are none'}`,
      HINTS[code ?? ''],
    );
    process.exitCode = code === 'ENOENT' ? NOT_FOUND : NOT_RUN;
  }
}

/**
 * Ends this process with the status or the signal of the program.
 *
 * @param {number | null} status
 * @param {NodeJS.Signals | null} signal
 */
function endAs(status, signal) {
  process.exitCode = status ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
}
