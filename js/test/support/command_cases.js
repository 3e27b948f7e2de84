// Runs the cases of core/testdata/command/cases.json: a command line in a folder of its own, with a
// token endpoint of its own and the bundled token server. What differs from run to run is masked.

import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeCredentials } from '../../../examples/token-server/credentials.js';
import { startTokenServer } from '../../../examples/token-server/server.js';
import { ended, start } from './command.js';

/**
 * An answer of the token endpoint. `repeated` is a body of 2 MiB of that character.
 *
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: string, repeated?: string,
 *   silent?: boolean }} Answer
 */

/**
 * A case: a command line with its environment, files and standard input, what the token endpoint
 * answers (a token, if the list is at its end), and what is wanted. Without a wanted stdout or
 * stderr both commands must only write the same.
 *
 * @typedef {{ name: string, args: string[], env?: Record<string, string>,
 *   files?: Record<string, string>, input?: string, repeated?: string, answers?: Answer[],
 *   want: { status: number, stdout?: string, stderr?: string } }} Case
 */

const MUCH = 2 << 20;
const TOKEN = '{"access_token":"token-1","token_type":"Bearer","expires_in":3600}';

/** What differs from run to run, and what stands in its place. @type {[RegExp, string][]} */
const MASKS = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '{jwt}'],
  [/(oauth_nonce(?:=|%3D|%22|=")+)[\w-]+/g, '$1{random}'],
  [/(oauth_signature=")[^"]+/g, '$1{random}'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '{uuid}'],
  [/("jti":")[\w-]+/g, '$1{random}'],
  [/(?<!\d)1[789]\d{8}(?!\d)/g, '{time}'],
  [/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, '{time}'],
  [/(?<=attempt is in )\d+(?= s)/g, '{seconds}'],
];

/**
 * Returns the ids of a system, which the token server makes anew at each start.
 *
 * @param {string} name
 * @param {Record<string, unknown>} system
 * @returns {[string, string][]}
 */
const valuesOf = (name, system) =>
  Object.entries(system).flatMap(([member, value]) =>
    /Id$/.test(member) && typeof value === 'string' ? [[value, `{${name}.${member}}`]] : []);

/** Returns the address of a server that has ended. */
async function closedAddress() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await once(server.close(), 'close');
  return `127.0.0.1:${port}`;
}

/** Starts the servers of the cases. */
export async function startWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-cases-'));
  const systems = await startTokenServer();
  await writeCredentials(systems.systems, join(folder, 'credentials'));
  const known = Object.entries(systems.systems).flatMap(([name, system]) =>
    valuesOf(name, { ...system, ...system.live }));
  /** The answers that are left, by the run whose they are. @type {Map<string, Answer[]>} */
  const left = new Map();
  const server = createServer(async (request, response) => {
    await request.resume().toArray();
    const [, run = ''] = String(request.url).split('/');
    const { status = 200, headers, body, repeated = '', silent } = left.get(run)?.shift() ?? {};
    if (!silent) {
      response.writeHead(status, headers).end(body ?? (repeated ? repeated.repeat(MUCH) : TOKEN));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const closed = await closedAddress();
  let runs = 0;

  return {
    /**
     * Runs a case, and returns what the command did.
     *
     * @param {Omit<Case, 'want'>} given
     * @param {string[]} program
     */
    async run({ args, env = {}, files = {}, input = '', repeated, answers = [] }, program) {
      const run = String(++runs);
      const place = join(folder, run);
      const origin = `http://127.0.0.1:${port}/${run}`;
      left.set(run, [...answers]);
      /** @param {string} text */
      const filled = (text) =>
        text.replaceAll(/\{([\w-]+)(?:\.(\w+))?\}/g, (whole, name, member) =>
          member !== undefined
            ? systems.systems[name][member]
            : { server: origin, closed, credentials: join(folder, 'credentials') }[String(name)] ??
              whole,
        );
      await mkdir(join(place, 'home'), { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        await mkdir(join(place, name, '..'), { recursive: true });
        await writeFile(join(place, name), filled(content));
      }
      const child = start(place, args.map(filled), {
        env: {
          HOME: join(place, 'home'),
          ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
        },
        program,
      });
      child.stdin.end(repeated ? repeated.repeat(MUCH) : filled(input));
      const { status, stdout, stderr } = await ended(child);
      /** @param {string} text */
      const masked = (text) =>
        [...MASKS, ...known]
          .reduce((said, [pattern, mask]) => said.replaceAll(pattern, mask), text)
          .replaceAll(origin, '{server}')
          .replaceAll(origin.slice(0, -run.length - 1), '{origin}')
          .replaceAll(closed, '{closed}')
          .replaceAll(encodeURIComponent(systems.url), '{systems}')
          .replaceAll(systems.url, '{systems}')
          .replaceAll(/^[\w.~+/-]{20,}$/gm, '{token}');
      return { status, stdout: masked(stdout), stderr: masked(stderr) };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await systems.close();
      await rm(folder, { recursive: true });
    },
  };
}
