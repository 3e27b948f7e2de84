// Reads a file that may be one of credentials, in Node.

import { createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

import { isZIP } from './credentials.js';
import { collect, readRegular, WITHOUT_WAITING } from '../lib/read_regular.js';

/** The most bytes of a credentials file, and of credentials.zip. @param {Uint8Array} start */
const largest = (start) => (isZIP(start) ? 16 << 20 : 1 << 20);

/** How long a pipe that the user named may be silent, in seconds. */
const PATIENCE = 10;

/** Reads a regular file. whyUnreadable says what its errors mean. @param {string} path */
export const readFile = (path) => readRegular(path, largest);

/**
 * Reads what the user named: a file; standard input for -; a pipe, as <(command) of a shell is one;
 * or a device. It waits for standard input, and a while for a pipe. whyUnreadable says what its
 * errors mean.
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

/** The bytes of a pipe, which is opened already. @param {number} fd */
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
