// Reads a file of an unknown kind in Node. It could be a pipe without a writer, or one without an
// end.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Reads a regular file. It throws errors of node:fs; ENOTREG at once for a pipe, a socket or a
 * device; and EFBIG for a file that is too large.
 *
 * @param {string} path
 * @param {(start: Buffer) => number} largest returns the most bytes of a file with this beginning
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
 * The flags to open a file. Without O_NONBLOCK, opening a pipe would block the thread until a
 * writer comes.
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
