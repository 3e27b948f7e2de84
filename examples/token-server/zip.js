/**
 * Makes a ZIP archive (PKWARE's APPNOTE) with uncompressed entries.
 * @param {Record<string, string>} files the contents by name
 * @returns {Buffer}
 */
export function zip(files) {
  const entries = []
  const directory = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(content)]
    // version, flags, method, time, date; checksum, two sizes; length of the name
    const common = numbers([
      2,
      20,
      2,
      0x800,
      2,
      0,
      2,
      0,
      2,
      0x21,
      4,
      crc32(data),
      4,
      data.length,
      4,
      data.length,
      2,
      path.length,
      2,
      0,
    ]);
    const entry = Buffer.concat([numbers([4, 0x04034b50]), common, path, data]);
    entries.push(entry);
    directory.push(
      numbers([4, 0x02014b50, 2, 20]),
      common,
      numbers([2, 0, 2, 0, 2, 0, 4, 0, 4, offset]),
      path,
    );
    offset += entry.length;
  }
  const headers = Buffer.concat(directory);
  const count = entries.length;
  return Buffer.concat([
    ...entries,
    headers,
    numbers([4, 0x06054b50, 2, 0, 2, 0, 2, count, 2, count, 4, headers.length, 4, offset, 2, 0]),
  ]);
}

/** Pairs of a size and a number, little-endian. */
function numbers(pairs) {
  const bytes = Buffer.alloc(pairs.reduce((sum, size, i) => sum + (i % 2 === 0 ? size : 0), 0))
  for (let i = 0, at = 0; i < pairs.length; at += pairs[i], i += 2) {
    bytes.writeUIntLE(pairs[i + 1], at, pairs[i])
  }
  return bytes
}

function crc32(data) {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    }
  }
  return ~crc >>> 0
}
