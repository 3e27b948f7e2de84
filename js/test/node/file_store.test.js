// The file store among processes that are killed at any moment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { fileStore } from '../../stores/file.js';
import { freshKey } from '../support/store_contract.js';
import { isWhole, wholeRecord } from '../support/store_process.js';
import { until } from '../support/until.js';

const PROGRAM = fileURLToPath(new URL('../support/store_process.js', import.meta.url));

const root = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
after(() => rm(root, { recursive: true }));

/** A folder that isn't there yet. */
let folder = '';
/** @type {ReturnType<typeof fileStore>} */
let store;
beforeEach(() => {
  folder = join(root, freshKey().slice(0, 8), 'below');
  store = fileStore(folder);
});

/** Starts support/store_process.js, which the test kills. @param {string[]} args */
function start(...args) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  return Object.assign(child, { ended: once(child, 'close') });
}

/** @param {string} path */
const modeOf = async (path) => ((await stat(path)).mode & 0o777).toString(8);

/** Makes a file as old as that many minutes. @param {string} path @param {number} minutes */
async function age(path, minutes) {
  const time = Date.now() / 1000 - 60 * minutes;
  await utimes(path, time, time);
}

test('writers that are killed at any moment leave whole records', async () => {
  const key = freshKey();
  let reads = 0;
  let writing = true;
  const reading = (async () => {
    while (writing) {
      const record = await store.get(key);
      if (record !== undefined) {
        assert.ok(isWhole(record), 'a torn record');
        reads++;
      }
    }
  })();
  const killing = Array.from({ length: 3 }, async () => {
    for (let i = 0; i < 12; i++) {
      const child = start('write', folder, key);
      await once(child.stdout, 'data'); // it has written something
      await setTimeout(randomInt(40));
      child.kill('SIGKILL');
      const [, signal] = await child.ended;
      assert.equal(signal, 'SIGKILL');
      assert.ok(isWhole((await store.get(key)) ?? ''));
    }
  });
  try {
    await Promise.race([Promise.all(killing), reading]);
  } finally {
    writing = false;
  }
  await reading;
  assert.ok(reads > 50, `${reads} reads`);

  const left = (await readdir(folder)).filter((name) => name !== key);
  assert.deepEqual(
    left.filter((name) => !/^[0-9a-f]{64}\.[0-9a-f-]{36}\.tmp$/.test(name)),
    [],
  );
  await Promise.all(left.map((name) => age(join(folder, name), 2)));
  const record = wholeRecord();
  await fileStore(folder).set(key, record, 60_000);
  assert.deepEqual(await readdir(folder), [key], 'what the dead have left is removed');
  assert.equal(await store.get(key), record);
});

test('at most one process holds a lease, and the lease of a dead one ends with its time', async (t) => {
  const ttl = 250;
  const log = join(root, 'leases');
  const linesOf = async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  let deaths = 0;
  let enough = false;
  const processes = Array.from({ length: 5 }, async () => {
    while (!enough) {
      const child = start('lease', folder, String(ttl), log);
      await Promise.race([child.ended, once(child.stdout, 'data')]); // it runs
      await Promise.race([child.ended, setTimeout(randomInt(1500))]);
      child.kill('SIGKILL');
      await child.ended;
      deaths++;
    }
  });
  try {
    await until(
      '15 deaths and 400 lines',
      async () => deaths >= 15 && (await linesOf()).length >= 400,
    );
  } finally {
    enough = true;
    await Promise.all(processes);
  }

  /**
   * When each lease was taken and was over, by its key.
   *
   * @type {Map<string, Map<string, { returned: number, end: number }>>}
   */
  const leases = new Map();
  let died = 0;
  for (const line of await linesOf()) {
    const [key, holder, what, ...times] = line.split(' ');
    const [from, returned] = times.map(Number);
    const held = leases.get(key) ?? new Map();
    leases.set(key, held);
    if (what === 'taken') {
      // rounding: the store counts whole milliseconds
      held.set(holder, { returned, end: from + ttl - 2 });
      died++;
    } else {
      held.get(holder).end = Math.min(held.get(holder).end, from);
      died--;
    }
  }
  let taken = 0;
  for (const [key, held] of leases) {
    const inOrder = [...held.values()].sort((a, b) => a.returned - b.returned);
    taken += inOrder.length;
    inOrder.slice(1).forEach(({ returned }, i) => {
      assert.ok(
        returned >= inOrder[i].end,
        `two hold ${key}: one until ${inOrder[i].end}, the next from ${returned}`,
      );
    });
  }
  const seen = `${taken} leases of ${leases.size} keys, ${deaths} processes died, ${died} with a ` +
    `lease`;
  t.diagnostic(seen);
  assert.ok(taken >= 200 && leases.size > 10 && died > 3, seen);

  const key = (await readdir(folder)).find((name) => name.endsWith('.lock'))?.slice(0, 64) ?? '';
  await setTimeout(ttl);
  assert.ok(await store.lease(key, ttl), 'it can be taken again');
});

test('only the owner can read it', async () => {
  const umask = process.umask(0);
  try {
    const key = freshKey();
    await store.set(key, 'record', 60_000);
    await store.lease(key, 60_000);
    assert.deepEqual(
      await Promise.all(['', key, `${key}.lock`].map((name) => modeOf(join(folder, name)))),
      ['700', '600', '700'],
    );
    const [state] = await readdir(join(folder, `${key}.lock`));
    assert.equal(await modeOf(join(folder, `${key}.lock`, state)), '600');
    assert.match(state, new RegExp(`^\\d{13}\\.\\d{13}\\.${process.pid}\\.[0-9a-f-]{36}$`));
  } finally {
    process.umask(umask);
  }
});

test('a folder that is there keeps its mode', async () => {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o750);
  await store.set(freshKey(), 'record', 60_000);
  assert.equal(await modeOf(folder), '750');
});

test('a file that is no record is ignored, and replaced', async () => {
  const key = freshKey();
  const path = join(folder, key);
  await store.set(key, 'record', 60_000);
  const { size } = await stat(path);
  for (let length = size - 1; length >= 0; length--) {
    await truncate(path, length);
    assert.equal(await store.get(key), undefined, `cut to ${length} bytes`);
  }
  for (const content of [
    'null',
    '[]',
    '{"until":"9999999999999","record":"r"}',
    '{"until":9999999999999,"record":7}',
    '\0\0\0',
    Buffer.of(0xff, 0xfe),
  ]) {
    await writeFile(path, content);
    assert.equal(await store.get(key), undefined, String(content));
  }
  await store.set(key, 'again', 60_000);
  assert.equal(await store.get(key), 'again');
});

test('what can not be written leaves nothing behind', async () => {
  const key = freshKey();
  await mkdir(join(folder, key, 'in-the-way'), { recursive: true });
  await assert.rejects(store.set(key, 'record', 60_000), { code: /EISDIR|ENOTEMPTY|EEXIST/ });
  await assert.rejects(store.get(key), { code: 'EISDIR' });
  assert.deepEqual(await readdir(folder), [key]);
});

test('a folder that is removed while it is used is made again', async () => {
  const key = freshKey();
  await store.set(key, 'record', 60_000);
  await rm(folder, { recursive: true });
  assert.equal(await store.get(key), undefined);
  assert.ok(await store.lease(key, 60_000));
  await rm(folder, { recursive: true });
  await store.set(key, 'again', 60_000);
  assert.equal(await store.get(key), 'again');
});

test('an empty lock can be taken, and one from before the clock was set back', async () => {
  const key = freshKey();
  const lock = join(folder, `${key}.lock`);
  await mkdir(lock, { recursive: true });
  const emptied = await store.lease(key, 60_000);
  assert.ok(emptied);
  await emptied.release();

  const [state] = await readdir(lock);
  const hour = 3_600_000;
  await rename(join(lock, state), join(lock, `${Date.now() + hour}.${Date.now() + 2 * hour}.1.x`));
  assert.ok(await store.lease(key, 60_000));
  assert.equal(await store.lease(key, 60_000), undefined);
});

test('what nobody has used for a day is removed, and nothing else', async () => {
  const day = 24 * 60;
  const [over, running, broken, free, held, fresh] = Array.from({ length: 6 }, freshKey);
  await store.set(over, 'record', 1);
  await store.set(running, 'record', 1e9);
  await writeFile(join(folder, broken), 'no record');
  await (await store.lease(free, 1))?.release();
  await store.lease(held, 1e9);
  await (await store.lease(fresh, 1))?.release();
  await writeFile(join(folder, `${over}.a.tmp`), '');
  await writeFile(join(folder, 'notes.tmp'), '');
  await writeFile(join(folder, 'notes'), '');
  for (const name of await readdir(folder)) {
    await age(join(folder, name), day + 1);
  }
  await age(join(folder, `${fresh}.lock`), day - 60);
  await writeFile(join(folder, `${over}.b.tmp`), ''); // somebody may be writing it

  const another = fileStore(folder);
  const key = freshKey();
  await another.set(key, 'record', 60_000);
  assert.deepEqual(
    (await readdir(folder)).sort(),
    [key, running, `${held}.lock`, `${fresh}.lock`, `${over}.b.tmp`, 'notes', 'notes.tmp'].sort(),
  );
  assert.equal(await another.get(running), 'record');
  assert.equal(await another.lease(held, 1000), undefined);
});

test('the folder is that of the XDG Base Directory Specification', async () => {
  const { HOME, XDG_CACHE_HOME } = process.env;
  try {
    process.env.HOME = join(root, 'home');
    for (const [cache, expected] of [
      [join(root, 'cache'), 'cache'],
      [undefined, 'home/.cache'],
      ['', 'home/.cache'],
      ['relative', 'home/.cache'],
    ]) {
      delete process.env.XDG_CACHE_HOME;
      Object.assign(process.env, cache === undefined ? {} : { XDG_CACHE_HOME: cache });
      const key = freshKey();
      await fileStore().set(key, 'record', 60_000);
      assert.equal(
        await fileStore(join(root, /** @type {string} */ (expected), 'fetchtoken')).get(key),
        'record',
      );
    }
  } finally {
    delete process.env.XDG_CACHE_HOME;
    Object.assign(process.env, { HOME }, XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME });
  }
});

test(
  'what is no file in place of a record is no record, and the next one replaces it',
  { timeout: 60_000 },
  async () => {
    await mkdir(folder, { recursive: true });
    const links = {
      pipe: ['mkfifo'],
      device: ['ln', '-s', '/dev/zero'],
      endless: ['truncate', '-s', '3G'],
    };
    for (const [command, ...args] of Object.values(links)) {
      const key = freshKey();
      const [status] = await once(spawn(command, [...args, join(folder, key)]), 'close');
      assert.equal(status, 0);
      assert.equal(await store.get(key), undefined, command);
      // so old that it is swept; a device is not ours
      await utimes(join(folder, key), 0, 0).catch(() => {});
      await store.set(key, 'record', 60_000);
      assert.equal(await store.get(key), 'record', command);
    }
    const key = freshKey();
    await mkdir(join(folder, key));
    await assert.rejects(store.get(key), { code: 'EISDIR' });
  },
);

test('without a home folder there is no default one, and none in the working directory', async () => {
  const script = `import(${JSON.stringify(new URL('../../stores/file.js', import.meta.url).href)}).then(({ fileStore }) => fileStore()).then(() => console.log('a store'), ({ code, message }) => console.log(code, message))`;
  for (const [HOME, XDG_CACHE_HOME, said] of /** @type {const} */ ([
    ['', '', /^invalid_config fileStore finds no home folder: set HOME/],
    ['x', './y', /^invalid_config/],
    ['', '/tmp', /^a store/],
    ['/tmp', 'y', /^a store/],
  ])) {
    const child = spawn(process.execPath, ['-e', script], {
      env: { HOME, XDG_CACHE_HOME },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.match(Buffer.concat(await child.stdout.toArray()).toString(), said);
  }
});
