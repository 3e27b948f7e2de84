// Draws random bytes in advance: in Node a draw takes longer than the rest of a call.

const pool = new Uint8Array(1024);
let drawn = pool.length;

/**
 * Returns that many random bytes, at most 1024.
 *
 * @param {number} size
 */
export function randomBytes(size) {
  if (drawn + size > pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  const bytes = pool.slice(drawn, drawn + size);
  pool.fill(0, drawn, (drawn += size));
  return bytes;
}
