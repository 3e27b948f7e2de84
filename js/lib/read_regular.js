// Reads a file, for Node, of which nothing is known but its path: it may be a pipe that nobody
// writes to, or without an end.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Reads a regular file. Its errors are those of node:fs; ENOTREG for a pipe, a socket or a device,
 * which is not waited for; and EFBIG for a file that is too large.
 *
 * @param {string} path
 * @param {(start: Buffer) => number} largest the most bytes that a file may have that begins like
 *   that
 * @returns {Promise<Buffer>}
 */
export async function readRegular(path, largest) {
  const file = await open(path, WITHOUT_WAITING);
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      throw Object.assign(new Error('no regular file'), {
        code: found.isDirectory() ? 'EISDIR' : 'ENOTREG',
      });
    }
    return await collect(file.createReadStream({ autoClose: false }), largest);
  } finally {
    await file.close();
  }
}

/**
 * How to open a file to read. Otherwise a pipe would keep the thread until somebody writes to it.
 */
export const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * @param {AsyncIterable<Buffer>} stream
 * @param {(start: Buffer) => number} largest
 */
export async function collect(stream, largest) {
  const chunks = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    const limit = largest(chunks[0]);
    if (size > limit) {
      throw Object.assign(new Error('too large'), { code: 'EFBIG', limit: `${limit >> 20} MiB` });
    }
  }
  return Buffer.concat(chunks);
}
