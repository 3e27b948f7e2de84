// Reads a file that may be one of credentials, in Node.

import { createReadStream } from 'node:fs';

import { isZIP } from './credentials.js';

/** The most bytes of a credentials file, and of credentials.zip. */
const LARGEST = 1 << 20;
const LARGEST_ZIP = 16 << 20;

/**
 * Reads a file. Its errors are those of node:fs, and EFBIG for a file that is too large; whyUnreadable says what they mean.
 *
 * @param {string} path - is standard input
 * @returns {Promise<Buffer>}
 */
export async function readFile(path) {
  const chunks = [];
  let size = 0;
  for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
    chunks.push(chunk);
    size += chunk.length;
    const limit = isZIP(chunks[0]) ? LARGEST_ZIP : LARGEST;
    if (size > limit) {
      throw Object.assign(new Error('too large'), { code: 'EFBIG', limit: `${limit >> 20} MiB` });
    }
  }
  return Buffer.concat(chunks);
}

/** Says why a file could not be read. @param {any} error */
export function whyUnreadable({ code, limit }) {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'that is not allowed';
    case 'EFBIG':
      return `it is larger than ${limit}`;
  }
  return code ?? 'it is no path';
}
