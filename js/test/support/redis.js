// A Redis of its own, on a free port of loopback, that keeps nothing on the disk.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Sends a command as text, and returns the answer as it comes.
 *
 * @param {number} port
 * @param {string} command
 */
async function ask(port, command) {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    return String(answer);
  } finally {
    socket.destroy();
  }
}

/**
 * Starts Debian's redis-server.
 *
 * @param {{ cluster?: boolean }} [options] whether it is a cluster of one
 */
export async function startRedis({ cluster = false } = {}) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  /** @type {import('node:child_process').ChildProcess} */
  let server;

  const start = async () => {
    server = spawn(
      'redis-server',
      cluster ? [...args, '--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] : args,
      { stdio: 'ignore' },
    );
    const failed = once(server, 'exit').then(
      ([code]) => Promise.reject(new Error(`redis-server ends with status ${code}`)),
      (error) => Promise.reject(error),
    );
    failed.catch(() => {});
    while (!(await Promise.race([ask(port, 'PING').catch(() => ''), failed])).startsWith('+PONG')) {
      await setTimeout(10);
    }
    if (cluster) {
      await ask(port, 'CLUSTER ADDSLOTSRANGE 0 16383');
      while (!(await ask(port, 'CLUSTER INFO')).includes('cluster_state:ok')) {
        await setTimeout(10);
      }
    }
  };
  const killed = () => server.kill('SIGKILL');
  process.once('exit', killed); // of a test that is ended
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
  };
  await start();
  return {
    port,
    start,
    stop,
    /** Answers nothing, and takes connections all the same. */
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    /** Stops it for good. */
    async close() {
      await stop();
      process.off('exit', killed);
      await rm(folder, { recursive: true });
    },
  };
}
