// Compiles bytes into a module. Workers and Vercel's Edge runtime can't do that, and their builds
// reject a program that contains such code, so they never import this file.

/**
 * Compiles bytes, or a file at a URL while it arrives.
 *
 * @param {URL | BufferSource} source
 * @returns {Promise<WebAssembly.Module>}
 * @throws {Error} with the address and the server's status or Content-Type
 */
export async function compile(source) {
  if (!(source instanceof URL)) {
    return WebAssembly.compile(source);
  }
  const { href } = source;
  const response = await fetch(source).catch((/** @type {Error} */ error) => {
    throw new Error(`${href} can't be fetched: ${error.message}`, { cause: error });
  });
  if (!response.ok) {
    throw new Error(`${href} answers with status ${response.status}`);
  }
  const type = response.headers.get('content-type');
  if (type === 'application/wasm') {
    return WebAssembly.compileStreaming(response);
  }
  // compileStreaming fails if the server sends another Content-Type.
  const bytes = await response.arrayBuffer();
  if (!isModule(new Uint8Array(bytes))) {
    throw new Error(
      `${href} answers with ${type ?? 'something without a Content-Type'}, not WebAssembly`,
    );
  }
  return WebAssembly.compile(bytes);
}

/** Says whether bytes begin with "\0asm", as a module does. @param {Uint8Array} bytes */
const isModule = ([a, b, c, d]) => a === 0 && b === 0x61 && c === 0x73 && d === 0x6d;
