// Reads HERE OTA Connect's credentials.zip. core/credentials/archive does the same in Go, with the
// same limits and errors.

import { Inflate } from './fflate.js';
import { TokenError } from '../lib/token_error.js';

// The limits of an archive. Real ones have some ten entries and a few thousand bytes.
const MAX_SIZE = 16 << 20; // bytes of the archive
const MAX_ENTRIES = 1024;
const MAX_NAME = 1024; // bytes of a name that is compared
const MAX_RATIO = 100; // uncompressed size of treehub.json, divided by its compressed size
const MAX_TREEHUB = 1 << 20; // bytes of treehub.json

// The entries that are looked for. Other entries are never opened.
const TREEHUB = 'treehub.json';
const TLS = 'client_auth.p12';

const AGAIN = '; download it again from the OTA Connect portal';
const SUBJECT = 'the ZIP archive ';
const OF_TREEHUB = 'treehub.json in the ZIP archive ';
const FOR_A_TOKEN =
  '; for a token download a provisioning credential from the OTA Connect portal whose ' +
  'treehub.json has an "oauth2" block';
const UNPACK = '; unpack it, and give its treehub.json';
const DAMAGED = `${OF_TREEHUB}is damaged, or an archive bomb: its content is not what the ` +
  `archive says${AGAIN}`;

/** @param {string} message */
const problem = (message) => new TokenError('invalid_credentials', message);

/**
 * Returns treehub.json from the root of an archive. It opens no other entry and writes no file.
 *
 * @param {Uint8Array} file
 * @returns {Uint8Array}
 * @throws {TokenError} with the fault of the archive
 */
export function treehubOf(file) {
  if (file.length > MAX_SIZE) {
    throw problem(`${SUBJECT}is larger than 16 MiB, so it is no credentials.zip`);
  }
  if (lastEnd(file, 4) < 0) {
    throw problem(`${SUBJECT}is cut off: its directory, which is at its end, is missing${AGAIN}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let entries;
  try {
    entries = readDirectory(view);
  } catch {
    throw problem(`${SUBJECT}is broken: its directory can't be read${AGAIN}`);
  }
  if (entries.length > MAX_ENTRIES) {
    throw problem(`${SUBJECT}has more than ${MAX_ENTRIES} entries, so it is no credentials.zip`);
  }
  const [entry, ...others] = entries.filter(({ name }) => name === TREEHUB);
  const forTLS = entries.some(({ name }) => name === TLS);
  if (others.length > 0) {
    throw problem(`${SUBJECT}has treehub.json twice${AGAIN}`);
  }
  if (entry === undefined) {
    throw problem(SUBJECT + instead(entries.map(({ name }) => name), forTLS));
  }
  const treehub = open(view, entry);
  if (forTLS && !hasOAuth2(treehub)) {
    throw problem(
      `${SUBJECT}has client_auth.p12, and its treehub.json has no "oauth2" block: it is for TLS ` +
      `client authentication${FOR_A_TOKEN}`,
    );
  }
  return treehub;
}

/**
 * Says what the archive contains instead of treehub.json.
 *
 * @param {string[]} names
 * @param {boolean} forTLS
 */
function instead(names, forTLS) {
  const paths = names.filter(
    (name) => name.endsWith(TREEHUB) && /^$|[/\\:]$/.test(name.slice(0, -TREEHUB.length)),
  );
  if (paths.some((path) => /^[/\\]|:|(^|[/\\])\.\.[/\\]/.test(path))) {
    return 'has a treehub.json whose path leads out of the archive, so it is no credentials.zip';
  }
  if (paths.length > 0) {
    return `has a treehub.json in a folder, but none in its root${UNPACK}`;
  }
  if (forTLS) {
    return `has client_auth.p12 and no treehub.json: it is for TLS client ` +
      `authentication${FOR_A_TOKEN}`;
  }
  if (names.some((name) => name.toLowerCase().endsWith('.zip'))) {
    return 'has no treehub.json in its root, but another archive: unpack it, and give the one in ' +
      'it';
  }
  return names.length === 0
    ? `is empty${AGAIN}`
    : 'has no treehub.json in its root, so it is no credentials.zip: that is a provisioning ' +
      'credential from the OTA Connect portal';
}

/**
 * Says whether treehub.json has an oauth2 block. If it is not JSON, the module reports that.
 *
 * @param {Uint8Array} treehub
 */
function hasOAuth2(treehub) {
  try {
    return JSON.parse(new TextDecoder().decode(treehub)).oauth2 !== undefined;
  } catch {
    return true;
  }
}

// ---- The format: PKWARE's APPNOTE.TXT. Its numbers are little-endian. A DataView throws past its
// end, which means that the file is broken.

/**
 * @typedef {{ name: string, flags: number, method: number, checksum: number, compressed: number,
 *   size: number, at: number }} Entry
 */

/**
 * Returns where the end record of the directory is: the last one whose own length fits, or -1.
 *
 * @param {Uint8Array} file
 * @param {number} bytes
 */
function lastEnd(file, bytes) {
  for (let i = file.length - bytes; i >= 0; i--) {
    if (file[i] === 0x50 && file[i + 1] === 0x4b && file[i + 2] === 5 && file[i + 3] === 6) {
      return i;
    }
  }
  return -1;
}

/** @param {DataView} view @param {number} at */
const getNumber64 = (view, at) => Number(view.getBigUint64(at, true));

/** Reads the directory. It throws if that is broken. @param {DataView} view @returns {Entry[]} */
function readDirectory(view) {
  let end = lastEnd(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), 22);
  if (
    end < view.byteLength - (65 << 10) ||
    end + 22 + view.getUint16(end + 20, true) > view.byteLength
  ) {
    throw new RangeError('too much behind it, or its comment is cut off');
  }
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let offset = view.getUint32(end + 16, true);
  const isZIP64 =
    (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) &&
    end >= 20 &&
    view.getUint32(end - 20, true) === 0x07064b50 &&
    view.getUint32(end - 16, true) === 0 &&
    view.getUint32(end - 4, true) === 1; // the archive has one disk
  if (isZIP64) {
    end = getNumber64(view, end - 12);
    if (view.getUint32(end, true) !== 0x06064b50) {
      throw new RangeError('no end of a zip64 directory');
    }
    count = getNumber64(view, end + 32);
    size = getNumber64(view, end + 40);
    offset = getNumber64(view, end + 48);
  }
  // Other data may precede the archive; its offsets don't count them.
  let base = end - size - offset;
  if (base + offset < 0) {
    throw new RangeError('it begins before the file');
  }
  if (base > 0 && isHeader(view, offset)) {
    base = 0;
  }
  const entries = [];
  for (let at = base + offset; isHeader(view, at) && entries.length <= MAX_ENTRIES; ) {
    const [entry, next] = readHeader(view, at, base);
    entries.push(entry);
    at = next;
  }
  if (entries.length <= MAX_ENTRIES && (entries.length & 0xffff) !== count % 0x10000) {
    throw new RangeError('another number of entries');
  }
  return entries;
}

/** @param {DataView} view @param {number} at */
const isHeader = (view, at) =>
  at >= 0 && at + 46 <= view.byteLength && view.getUint32(at, true) === 0x02014b50;

/**
 * Reads one header of the directory, and says where the next one is.
 *
 * @param {DataView} view
 * @param {number} at
 * @param {number} base
 * @returns {[Entry, number]}
 */
function readHeader(view, at, base) {
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((i) =>
    view.getUint16(at + i, true),
  );
  const name = new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength);
  const next = at + 46 + nameLength + extraLength + commentLength;
  if (next > view.byteLength) {
    throw new RangeError('a header is cut off');
  }
  const entry = {
    // the names that are compared are ASCII
    name: nameLength > MAX_NAME ? '' : String.fromCharCode(...name),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    checksum: view.getUint32(at + 16, true),
    compressed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    at: view.getUint32(at + 42, true),
  };
  const extra = new DataView(view.buffer, view.byteOffset + at + 46 + nameLength, extraLength);
  for (
    let i = 0;
    i + 4 <= extraLength && i + 4 + extra.getUint16(i + 2, true) <= extraLength;
    i += 4 + extra.getUint16(i + 2, true)
  ) {
    if (extra.getUint16(i, true) === 1) {
      // zip64 has the numbers that didn't fit into 32 bits, in this order
      const field = new DataView(
        extra.buffer,
        extra.byteOffset + i + 4,
        extra.getUint16(i + 2, true),
      );
      let from = 0;
      for (const number of /** @type {const} */ (['size', 'compressed', 'at'])) {
        if (entry[number] === 0xffffffff) {
          entry[number] = getNumber64(field, from);
          from += 8;
        }
      }
    }
  }
  if (entry.compressed === 0xffffffff || entry.at === 0xffffffff) {
    throw new RangeError('no numbers of zip64');
  }
  entry.at += base;
  return [entry, next];
}

/** Reads a whole entry within the limits. @param {DataView} view @param {Entry} entry */
function open(view, { flags, method, checksum, compressed, size, at }) {
  if (flags & 0x2041 || method === 99) {
    throw problem(`${OF_TREEHUB}is encrypted${UNPACK}`);
  }
  if (method !== 0 && method !== 8) {
    throw problem(
      `${OF_TREEHUB}is compressed by method ${method}, which is not supported${UNPACK}`,
    );
  }
  if (size > MAX_TREEHUB || compressed > 2 * MAX_TREEHUB) {
    throw problem(`${OF_TREEHUB}is larger than 1 MiB, so it is none`);
  }
  if (compressed > 0 && size > MAX_RATIO * compressed) {
    throw problem(`${OF_TREEHUB}is compressed more than ${MAX_RATIO} times, as in an archive bomb`);
  }
  let content;
  try {
    if (view.getUint32(at, true) !== 0x04034b50) {
      throw new RangeError('no entry');
    }
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    content = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(
      start,
      start + compressed,
    );
    content = method === 8 ? inflate(content, size) : content;
  } catch {
    throw problem(DAMAGED);
  }
  if (content.length !== size || crc32(content) !== checksum) {
    throw problem(DAMAGED);
  }
  return content;
}

/**
 * Inflates data, and stops when there is more than the expected size. It throws if the data are
 * broken or cut off.
 *
 * @param {Uint8Array} data
 * @param {number} size the expected number of bytes
 */
function inflate(data, size) {
  const STEP = 1 << 10; // one step yields at most 1,032 times its input
  const content = new Uint8Array(size + 1);
  let length = 0;
  const stream = new (/** @type {any} */ (Inflate))((/** @type {Uint8Array} */ chunk) => {
    content.set(chunk.subarray(0, size + 1 - length), length);
    length = Math.min(size + 1, length + chunk.length);
  });
  let from = 0;
  do {
    stream.push(data.subarray(from, from + STEP), from + STEP >= data.length);
    from += STEP;
  } while (from < data.length && length <= size);
  return content.subarray(0, length);
}

/** Returns the checksum of APPNOTE 4.4.7 for a few kilobytes. @param {Uint8Array} data */
function crc32(data) {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return ~crc >>> 0;
}
