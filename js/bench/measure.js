// How make bench measures, and the server that it asks.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** @param {string} name of a package */
export const version = (name) => require(`${name}/package.json`).version;
export const ROUNDS = 9;
/** @param {number[]} numbers */
export const median = (numbers) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Turns are short, and many, so that what else a machine does troubles all alike. */
const TURNS = 5 * ROUNDS;

/**
 * Measures the contenders in turns and prints a table. The first row is what the others are
 * compared with. What counts is the CPU time of the process, all of its threads together: a busy
 * machine changes it least.
 *
 * @param {string} title
 * @param {Record<string, () => unknown>} contenders
 * @param {number} [batch] calls in five turns
 */
export async function compare(title, contenders, batch = 2000) {
  const calls = Math.ceil(batch / 5);
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let turn = -10; turn < TURNS; turn++) { // ten to warm up
    for (const [name, run] of Object.entries(contenders)) {
      const before = process.cpuUsage();
      for (let i = 0; i < calls; i++) {
        await run();
      }
      const { user, system } = process.cpuUsage(before);
      if (turn >= 0) {
        times[name].push((user + system) / calls);
      }
    }
  }
  const rows = Object.entries(times).map(([name, all]) => ({
    name,
    us: median(all),
    min: Math.min(...all),
    max: Math.max(...all),
  }));
  table(
    title,
    ['', 'median µs of CPU', 'min', 'max', 'vs first'],
    rows.map(({ name, us, min, max }) => [
      name,
      ...[us, min, max].map((n) => n.toFixed(n < 1 ? 3 : 2)),
      `${(us / rows[0].us).toFixed(2)} ×`,
    ]),
  );
}

/** @param {string} title @param {string[]} head @param {string[][]} rows */
export function table(title, head, rows) {
  const widths = head.map((text, i) => Math.max(text.length, ...rows.map((row) => row[i].length)));
  const padded = (/** @type {string} */ cell, /** @type {number} */ i) =>
    i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  const line = (/** @type {string[]} */ row) => row.map(padded).join('  ');
  console.log(`\n${title}\n${[head, ...rows].map(line).join('\n')}`);
}

/** A token server on loopback that answers at once, and counts. */
export async function startServer() {
  const token = 'ZclClFcksJlZ19vnJOt09Yj3xme0';
  const standard = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
  // as its own SDK has it
  const here = JSON.stringify({ accessToken: token, tokenType: 'bearer', expiresIn: 3600 });
  const server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    counted.requests++;
    const answer = request.url.startsWith('/here') ? here : standard;
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const counted = {
    requests: 0,
    origin,
    tokenEndpoint: `${origin}/oauth2/token`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return counted;
}
