// The module as text, for programs without files beside them. A bundler includes it like any
// JavaScript.

import text from '../../dist/fetchtoken-compact.js';

/** Returns the bytes of the module. @returns {BufferSource} */
export function bytes() {
  const { Buffer, Uint8Array } = /** @type {any} */ (globalThis);
  return (
    Uint8Array.fromBase64?.(text) ??
    Buffer?.from(text, 'base64') ??
    Uint8Array.from(atob(text), (/** @type {string} */ c) => c.charCodeAt(0))
  );
}
