// How bytes become a module. Not for Workers and Vercel's Edge runtime, which compile none, and
// whose builds refuse a program that could.

/**
 * Compiles bytes, or what is at a URL while it arrives.
 *
 * @param {URL | BufferSource} source
 * @returns {Promise<WebAssembly.Module>}
 * @throws {Error} that names the address and what it answers
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
  // A server that doesn't know the type of .wasm files makes compileStreaming fail.
  const bytes = await response.arrayBuffer();
  if (!isModule(new Uint8Array(bytes))) {
    throw new Error(
      `${href} answers with ${type ?? 'something without a Content-Type'}, not WebAssembly`,
    );
  }
  return WebAssembly.compile(bytes);
}

/** Says whether bytes begin as a module does: "\0asm". @param {Uint8Array} bytes */
const isModule = ([a, b, c, d]) => a === 0 && b === 0x61 && c === 0x73 && d === 0x6d;
