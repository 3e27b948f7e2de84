// A store in a folder, for the processes of one user on one machine. Whatever dies at whatever
// moment leaves a whole record or none.
//
// KEY is a record. It is written beside its place and renamed into it.
//
// KEY.lock is a folder with one file in it, whose name is the state of the lease: free.NONCE, or
// FROM.UNTIL.PID.NONCE in milliseconds since the epoch. To take or to free it is to rename that
// very file, which only one process can do, as no name ever comes back; so nobody can take what
// another has just taken, or free what isn't theirs. The folder too is made beside its place, with
// its file in it, and renamed: over an empty folder, never over one with a file.

import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';

import { homeFolder } from '../lib/home_folder.js';
import { readRegular } from '../lib/read_regular.js';
import { TokenError } from '../lib/token_error.js';
import { kept, readKept, recordOf } from './kept.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far a clock may be set back without a lease of the future being taken for a mistake. */
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
    // each time, for a folder of caches may be emptied
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (swept ??= sweep(folder).catch(() => {})); // what can't be removed stays
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
          await file.sync(); // or a power failure may leave the name without the content
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

/** That of the XDG Base Directory Specification, which ignores a relative path. */
function defaultFolder() {
  const cache = process.env.XDG_CACHE_HOME ?? '';
  const home = homeFolder();
  if (!isAbsolute(cache) && !isAbsolute(home)) {
    // the working directory is no place for tokens
    throw new TokenError(
      'invalid_config',
      'fileStore finds no home folder: set HOME or XDG_CACHE_HOME to a path from the root, or ' +
      'name a folder',
    );
  }
  return join(isAbsolute(cache) ? cache : join(home, '.cache'), 'fetchtoken');
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
 * Returns what is kept under a path. What is no file, such as a pipe, or too large is no record,
 * and the next one replaces it.
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
 * Takes a lock, if it is free, and returns the path of its state.
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
 * Whether a lease may be taken in that state. One that begins in the future is from before the
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
 * Makes a lock in a state, unless somebody else has just made it.
 *
 * @param {string} lock
 * @param {string} state the path that its file will have
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
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error))) { // EPERM on Windows
      return false;
    }
    throw error;
  }
}

/**
 * Renames a file, if it is there.
 *
 * @param {string} from
 * @param {string} to
 */
const move = async (from, to) => (await unlessGone(rename(from, to).then(() => true))) ?? false;

/**
 * Removes what dead processes have left, and what nobody has used for a day.
 *
 * @param {string} folder
 */
async function sweep(folder) {
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]{64}(\.|$)/.test(name)) {
      continue; // somebody else's
    }
    const path = join(folder, name);
    const age = Date.now() - ((await unlessGone(stat(path)))?.mtimeMs ?? Infinity);
    if (name.endsWith('.tmp') && age > MINUTE) {
      await rm(path, { recursive: true, force: true });
    } else if (name.endsWith('.lock') && age > DAY && (await take(path, MINUTE)) !== undefined) {
      const removed = `${path}.${crypto.randomUUID()}.tmp`;
      await move(path, removed); // at once, for others take an empty lock
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
 * Returns what a promise resolves to; undefined if it fails because there is no such file.
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
