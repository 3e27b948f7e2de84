// Reads a possible credentials file in Node.

import { createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

import { isZIP } from './credentials.js';
import { collect, readRegular, WITHOUT_WAITING } from '../lib/read_regular.js';

/** The most bytes of a credentials file, and of credentials.zip. @param {Uint8Array} start */
const largest = (start) => (isZIP(start) ? 16 << 20 : 1 << 20);

/** How long a named pipe may be silent, in seconds. */
const PATIENCE = 10;

/** Reads a regular file. whyUnreadable explains its errors. @param {string} path */
export const readFile = (path) => readRegular(path, largest);

/**
 * Reads the user's FILE: a file, a device, a pipe such as the shell's <(command), or standard input
 * for -. It waits for standard input, and QUIET seconds for a pipe. whyUnreadable explains its
 * errors.
 *
 * @param {string} path
 * @returns {Promise<Buffer>}
 */
export async function readNamed(path) {
  if (path === '-') {
    return collect(process.stdin, largest);
  }
  const fd = await promisify(open)(path, WITHOUT_WAITING);
  // either closes it
  return collect(fstatSync(fd).isFIFO() ? pipe(fd) : createReadStream(path, { fd }), largest);
}

/** Reads a pipe that is already open. @param {number} fd */
function pipe(fd) {
  const socket = new Socket({ fd, readable: true, writable: false });
  return socket.setTimeout(PATIENCE * 1000, () => {
    socket.destroy(Object.assign(new Error('a silent pipe'), { code: 'ETIMEDOUT' }));
  });
}

/** Says why a file could not be read. @param {any} error */
export function whyUnreadable({ code, limit }) {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTREG':
    case 'ENXIO':
      return 'it is a pipe, a socket or a device';
    case 'EAGAIN':
      return 'it is a device that gives nothing now';
    case 'ETIMEDOUT':
      return `it is a pipe that gave nothing for ${PATIENCE} s`;
    case 'EACCES':
    case 'EPERM':
      return 'that is not allowed';
    case 'EFBIG':
      return `it is larger than ${limit}`;
  }
  return code ?? 'it is no path';
}
