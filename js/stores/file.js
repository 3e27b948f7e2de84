// A store in a folder, for the processes of one user on one machine. A process that dies at any
// moment leaves a whole record or none.
//
// KEY is a record. It is written under another name and then renamed to KEY.
//
// KEY.lock is a folder with one file. The file's name is the state of the lease: free.NONCE, or
// FROM.UNTIL.PID.NONCE with times in milliseconds since the epoch. A process takes or frees the
// lease by renaming exactly that file. Only one process can do so, because each nonce is new; so no
// process takes a lease that was just taken, or frees another's. The folder, too, is made under
// another name, with its file in it, and then renamed. That works over an empty folder, and never
// over one with a file.

import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { xdgFolder } from '../lib/home_folder.js';
import { readRegular } from '../lib/read_regular.js';
import { TokenError } from '../lib/token_error.js';
import { kept, readKept, recordOf } from './kept.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/**
 * A lease that begins more than this many milliseconds in the future means that the clock was set
 * back.
 */
const CLOCK_SLACK = 1000;

/**
 * @param {string} [folder]
 * @returns {import('../types.js').TokenStore & Pick<Required<import('../types.js').TokenStore>,
 *   'lease'>}
 */
export function fileStore(folder = defaultFolder()) {
  if (typeof folder !== 'string' || folder === '') {
    throw new TokenError('invalid_config', 'fileStore needs the path of a folder');
  }
  /** @type {Promise<void> | undefined} */
  let swept;
  const prepare = async () => {
    // each time, because a cache folder may be emptied
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (swept ??= sweep(folder).catch(() => {})); // a file that can't be removed stays
  };

  return {
    async get(key) {
      return recordOf((await readRecord(pathOf(folder, key))) ?? null);
    },

    async set(key, record, ttl) {
      const path = pathOf(folder, key);
      await prepare();
      const written = `${path}.${crypto.randomUUID()}.tmp`;
      try {
        const file = await open(written, 'wx', 0o600);
        try {
          await file.writeFile(kept(record, ttl));
          await file.sync(); // otherwise a power failure may leave an empty file under this name
        } finally {
          await file.close();
        }
        await rename(written, path);
      } catch (error) {
        await rm(written, { force: true });
        throw error;
      }
    },

    async delete(key) {
      await rm(pathOf(folder, key), { force: true });
    },

    async lease(key, ttl) {
      const lock = `${pathOf(folder, key)}.lock`;
      await prepare();
      const mine = await take(lock, ttl);
      if (mine === undefined) {
        return undefined;
      }
      return {
        async release() {
          await move(mine, join(lock, `free.${crypto.randomUUID()}`));
        },
      };
    },
  };
}

function defaultFolder() {
  const cache = xdgFolder('XDG_CACHE_HOME', '.cache');
  if (cache === undefined) {
    // tokens don't belong in the working directory
    throw new TokenError(
      'invalid_config',
      'fileStore finds no home folder: set HOME or XDG_CACHE_HOME to a path from the root, or ' +
      'name a folder',
    );
  }
  return join(cache, 'fetchtoken');
}

/** @param {string} folder @param {string} key */
function pathOf(folder, key) {
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new TokenError(
      'invalid_config',
      'fileStore takes store keys of 64 hexadecimal digits only, for they become names of files',
    );
  }
  return join(folder, key);
}

/** The most bytes of a record. Real ones have a few thousand. */
const LARGEST = 16 << 20;

/**
 * Returns the text of a record. A pipe, or a file that is too large, counts as no record, and the
 * next record replaces it.
 *
 * @param {string} path
 */
async function readRecord(path) {
  try {
    return (await readRegular(path, () => LARGEST)).toString();
  } catch (error) {
    if (['ENOENT', 'ENOTREG', 'ENXIO', 'EFBIG'].includes(codeOf(error))) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Takes a lock if it is free, and returns the path of its state.
 *
 * @param {string} lock
 * @param {number} ttl
 * @returns {Promise<string | undefined>}
 */
async function take(lock, ttl) {
  const now = Date.now();
  const mine = join(lock, `${now}.${now + Math.ceil(ttl)}.${process.pid}.${crypto.randomUUID()}`);
  const states = (await unlessGone(readdir(lock))) ?? [];
  if (states.length === 0) {
    return (await makeLock(lock, mine)) ? mine : undefined;
  }
  const free = states.find((state) => isFree(state, now));
  return free !== undefined && (await move(join(lock, free), mine)) ? mine : undefined;
}

/**
 * Says whether a lease in that state may be taken. A lease from the future was made before the
 * clock was set back.
 *
 * @param {string} state
 * @param {number} now
 */
function isFree(state, now) {
  const [, from, until] = /^(\d+)\.(\d+)\.\d+\.[\w-]+$/.exec(state) ?? [];
  return from === undefined
    ? state.startsWith('free.')
    : now >= Number(until) || now < Number(from) - CLOCK_SLACK;
}

/**
 * Makes a lock in a state, unless another process has just made it.
 *
 * @param {string} lock
 * @param {string} state the path of its state file
 * @returns {Promise<boolean>}
 */
async function makeLock(lock, state) {
  const made = `${lock}.${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(made, { mode: 0o700 });
    await writeFile(join(made, basename(state)), '', { flag: 'wx', mode: 0o600 });
    await rename(made, lock);
    return true;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error))) { // Windows says EPERM
      return false;
    }
    throw error;
  }
}

/**
 * Renames a file if it exists.
 *
 * @param {string} from
 * @param {string} to
 */
const move = async (from, to) => (await unlessGone(rename(from, to).then(() => true))) ?? false;

/**
 * Removes the files of dead processes, and files that were unused for a day.
 *
 * @param {string} folder
 */
async function sweep(folder) {
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]{64}(\.|$)/.test(name)) {
      continue; // not a file of this store
    }
    const path = join(folder, name);
    const age = Date.now() - ((await unlessGone(stat(path)))?.mtimeMs ?? Infinity);
    if (name.endsWith('.tmp') && age > MINUTE) {
      await rm(path, { recursive: true, force: true });
    } else if (name.endsWith('.lock') && age > DAY && (await take(path, MINUTE)) !== undefined) {
      const removed = `${path}.${crypto.randomUUID()}.tmp`;
      // it is moved first, because another process may take an empty lock
      await move(path, removed);
      await rm(removed, { recursive: true, force: true });
    } else if (!name.includes('.') && age > DAY) {
      const found = readKept((await readRecord(path)) ?? '');
      if (found === undefined || Date.now() > found.until) {
        await rm(path, { force: true });
      }
    }
  }
}

/**
 * Returns the promise's result, or undefined if the file doesn't exist.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>}
 */
async function unlessGone(promise) {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** @param {unknown} error */
const codeOf = (error) => String(/** @type {NodeJS.ErrnoException} */ (error).code);
