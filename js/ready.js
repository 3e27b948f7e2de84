import { compact } from './module/module.js';
import { tagOf } from './lib/tag.js';
import { TokenError } from './lib/token_error.js';

/** @typedef {import('./types.js').WebAssemblyModule} WebAssemblyModule */

/** The exports that an instance must have. */
const EXPORTS = ['memory', '_initialize', 'buffer', 'call'];

/**
 * Starts the module unless it is running. types.d.ts describes the argument.
 *
 * @param {WebAssemblyModule | ArrayBuffer | ArrayBufferView | URL | string} [source]
 */
export async function ready(source) {
  await compact.ready(source === undefined ? undefined : loaderOf(source));
}

/**
 * Returns a function that compiles the caller's module.
 *
 * @param {unknown} source
 * @returns {() => Promise<WebAssembly.Module>}
 */
function loaderOf(source) {
  const tag = tagOf(source);
  if (tag === 'WebAssembly.Module') {
    return async () => checked(/** @type {WebAssembly.Module} */ (source));
  }
  const plain =
    tag === 'URL' || tag === 'String'
      ? urlOf(/** @type {URL | string} */ (source))
      : bytesOf(source);
  const { compile } = compact;
  if (plain === undefined) {
    throw invalid(
      `ready() takes a WebAssembly.Module, its bytes (an ArrayBuffer or a Uint8Array) or its ` +
      `URL, not ${tag}`,
    );
  }
  if (compile === undefined) {
    throw invalid(
      'here ready() takes a WebAssembly.Module alone, for this runtime compiles none: ' +
        "import module from 'fetchtoken/fetchtoken-compact.wasm'",
    );
  }
  return async () => checked(await compile(plain));
}

/** Returns the URL, which a page may give as a path. @param {URL | string} source */
function urlOf(source) {
  const { document, location } = /** @type {any} */ (globalThis);
  try {
    return new URL(source, document?.baseURI ?? location?.href);
  } catch {
    throw invalid(
      "the text that ready() was given is no URL. Of a file's path node:url makes one: " +
        'pathToFileURL(path)',
    );
  }
}

/**
 * Returns bytes in a form that every runtime compiles: some take no DataView.
 *
 * @param {unknown} source
 * @returns {BufferSource | undefined}
 */
function bytesOf(source) {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(
      /** @type {ArrayBuffer} */ (source.buffer),
      source.byteOffset,
      source.byteLength,
    );
  }
  return tagOf(source) === 'ArrayBuffer' ? /** @type {ArrayBuffer} */ (source) : undefined;
}

/** @param {WebAssembly.Module} module */
function checked(module) {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (!EXPORTS.every((name) => names.includes(name))) {
    throw new Error('what ready() was given is another module than fetchtoken-compact.wasm');
  }
  return module;
}

/** @param {string} message */
const invalid = (message) => new TokenError('invalid_config', message);
