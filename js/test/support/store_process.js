// A process that uses a file store until it is killed: store_process.js (write | lease) FOLDER …

import { createHash, randomBytes, randomInt } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';

import { fileStore } from '../../stores/file.js';

/** A record that shows whether it is whole. */
export function wholeRecord() {
  const data = randomBytes(randomInt(200_000)).toString('hex');
  return `${createHash('sha256').update(data).digest('hex')}.${data}`;
}

/** @param {string} record */
export function isWhole(record) {
  const [sum, data] = record.split('.');
  return sum === createHash('sha256').update(data).digest('hex');
}

/** The time on a clock that all processes share, in milliseconds. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

const uses = {
  /** Writes the record of a key, again and again. */
  async write(store, key) {
    for (;;) {
      await store.set(key, wholeRecord(), 60_000);
      writeSync(1, '.');
    }
  },

  /**
   * Takes leases and logs when: "KEY PID taken FROM", FROM being before it asked, then "KEY PID
   * returned NOW", and "KEY PID end NOW" before it is released. Every process takes the same key at
   * the same time, and each key but for a moment. Now and then it kills itself with a lease.
   */
  async lease(store, ttl, log) {
    const file = openSync(log, 'a');
    writeSync(1, '.');
    for (;;) {
      const key = createHash('sha256').update(String(Math.floor(now() / 150))).digest('hex');
      const from = now();
      const lease = await store.lease(key, Number(ttl));
      const returned = now();
      if (lease === undefined) {
        await setTimeout(randomInt(3));
        continue;
      }
      const name = `${key.slice(0, 8)} ${process.pid}-${randomBytes(4).toString('hex')}`;
      writeSync(file, `${name} taken ${from} ${returned}\n`);
      await setTimeout(randomInt(8));
      if (randomInt(20) === 0) {
        process.kill(process.pid, 'SIGKILL');
      }
      writeSync(file, `${name} end ${now()}\n`);
      await lease.release();
      await setTimeout(randomInt(3));
    }
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [use, folder, ...rest] = process.argv.slice(2);
  await uses[use](fileStore(folder), ...rest);
}
