// Processes with many callers each, and a token server that knows who asked it when.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('crowd_process.js', import.meta.url));

/**
 * A request for a token. Times are in milliseconds since the epoch, of the one clock that this
 * machine has.
 *
 * @typedef {object} Asked
 * @property {number} sent
 * @property {number} looked when the process had looked into the store for the last time
 * @property {number} leased until when its lease surely lives; if it is alone, that of an earlier
 *   one
 * @property {string} [alone] how the store had failed it
 * @property {number} had the end of the token that the process had got last, or 0
 * @property {number} [renewed] when it had the token; missing if it was killed before
 * @property {number} [until] the token's end
 * @property {number} [stored] when the store had taken the token; missing if it never did
 * @property {string} token that it is answered with
 * @property {boolean} [killed] whether the process was killed before there was an answer
 */

/**
 * What the callers of a process have got.
 *
 * @typedef {{ calls: number, failed: number, ended: number, longest: number, errors: string[],
 *   tokens: string[], place: number }} Tally
 */

/**
 * Starts the server and the processes, half of them with node-redis, half with ioredis. The server
 * takes from 50 to 200 ms for an answer.
 *
 * @param {{ redis: string, processes: number, callers: number, lifetime: number }} size `lifetime`
 *   of a token, in seconds
 */
export async function startCrowd({ redis, processes, callers, lifetime }) {
  /** By their ids, in the order in which they came. @type {Map<string, Asked>} */
  const requests = new Map();
  /** By the names of the processes, also of those that were killed. @type {Map<string, Tally>} */
  const tallies = new Map();
  /** @type {Map<string, import('node:child_process').ChildProcess>} */
  const running = new Map();
  /**
   * Says whether the process that sends a request is to be killed instead of answered.
   *
   * @type {() => boolean}
   */
  let isFatal = () => false;

  const server = createServer(async (request, response) => {
    const id = String(request.resume().headers['x-request']);
    const killed = isFatal();
    requests.set(
      id,
      /** @type {Asked} */ ({ ...requests.get(id), killed, token: `token of ${id}` }),
    );
    if (killed) {
      replace(id.replace(/\..*/, ''));
      return;
    }
    await setTimeout(50 + 150 * Math.random());
    const token = { access_token: `token of ${id}`, token_type: 'Bearer', expires_in: lifetime };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const config = {
    tokenEndpoint: `http://127.0.0.1:${port}/token`,
    clientId: 'client',
    clientSecret: 'a secret',
  };

  /** @param {number} place @param {number} times how often it was filled, with this one */
  function start(place, times) {
    const name = `${place}-${times}`;
    const child = fork(PROGRAM, [
      JSON.stringify({
        name,
        config,
        redis,
        callers,
        library: place % 2 === 0 ? 'ioredis' : 'redis',
      }),
    ]);
    child.on('message', (/** @type {any} */ { type, request, name: _, tally, ...particulars }) => {
      if (type === 'tally') {
        tallies.set(name, { ...tally, place });
      } else {
        // before or after it arrives at the server
        requests.set(request, { ...requests.get(request), ...particulars });
      }
    });
    running.set(name, child);
  }

  /** Kills a process at once, and starts another in its place. @param {string} name */
  function replace(name) {
    const [place, times] = name.split('-').map(Number);
    const child = running.get(name);
    running.delete(name);
    child?.once('exit', () => start(place, times + 1)).kill('SIGKILL');
  }

  for (let place = 0; place < processes; place++) {
    start(place, 1);
  }

  return {
    // what came here before word of it isn't told yet
    requests: () => [...requests.values()].filter(({ sent }) => sent !== undefined),

    /** From now on that decides of each request. @param {typeof isFatal} decide */
    killIf(decide) {
      isFatal = decide;
    },

    /**
     * Returns what the callers of all processes have got, of the killed ones until they were asked
     * for the last time.
     */
    async tally() {
      await Promise.all([...running.values()].map(async (child) => {
        child.send('tally');
        for (let told = false; !told;) {
          const [{ type }] = await once(child, 'message');
          told = type === 'tally';
        }
      }));
      return [...tallies.values()];
    },

    async close() {
      for (const child of running.values()) {
        child.removeAllListeners('exit').kill('SIGKILL');
        await once(child, 'exit');
      }
      server.closeAllConnections();
      server.close();
    },
  };
}
