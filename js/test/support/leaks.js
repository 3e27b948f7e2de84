// Looks for secrets where none may be: in every text that an error can show, and in whatever else a
// program lets out.

import { inspect } from 'node:util';

/** How much of a secret may be seen: one character less. */
const WINDOW = 12;

const percent = (text) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
const lowerHex = (text) => text.replace(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());
const form = (text) => new URLSearchParams({ '': text }).toString().slice(1);
const json = (text) => JSON.stringify(text).slice(1, -1);
const hex = (text) => Buffer.from(text).toString('hex');

/**
 * Base64 of the text wherever it stands within something longer: what it looks like depends on how
 * many bytes come before it.
 */
const base64 = (text, encoding) =>
  [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString(encoding);
    return encoded.slice([0, 2, 3][before], -4);
  });

const ENCODINGS = {
  'as it is': (text) => [text],
  'percent-encoded': (text) => [percent(text), lowerHex(percent(text))],
  'form-encoded': (text) => [form(text), lowerHex(form(text))],
  'JSON-escaped': (text) => [json(text)],
  hex: (text) => [hex(text), hex(text).toUpperCase()],
  base64: (text) => base64(text, 'base64'),
  base64url: (text) => base64(text, 'base64url'),
};

/** Returns all parts of a text that are as long as what may not be seen. @param {string} text */
const partsOf = (text) =>
  Array.from({ length: Math.max(0, text.length - WINDOW + 1) }, (_, i) =>
    text.slice(i, i + WINDOW),
  );

/** Secrets, and everything that shows a part of one. */
export class Secrets {
  /** The name of the encoding by the part. @type {Map<string, string>} */
  #parts = new Map();
  /** The parts of what is public, although a secret has them, too. */ #shown = new Set();
  /**
   * Lines that show nothing: of a stack there are many, and always the same.
   *
   * @type {Set<string>}
   */
  #harmless = new Set();

  /** @param {Iterable<string>} [secrets] */
  constructor(secrets = []) {
    for (const secret of secrets) {
      this.add(secret);
    }
  }

  /**
   * @param {string} secret of 12 characters or more
   * @param {number} [depth] how often it may have been encoded
   */
  add(secret, depth = 1) {
    this.#harmless.clear();
    for (const [inner, encode] of Object.entries(ENCODINGS)) {
      for (const once of encode(secret)) {
        this.#addParts(once, inner);
        for (const [outer, encodeAgain] of depth > 1 && inner !== 'hex'
          ? Object.entries(ENCODINGS)
          : []) {
          for (const twice of encodeAgain(once)) {
            this.#addParts(twice, `${inner}, then ${outer}`);
          }
        }
      }
    }
  }

  #addParts(text, encoding) {
    for (const part of partsOf(text)) {
      if (!this.#parts.has(part) && !this.#shown.has(part)) {
        this.#parts.set(part, encoding);
      }
    }
  }

  /**
   * Knows bytes that are public: whatever secret has them in base64, they may be seen.
   *
   * @param {Buffer} bytes
   */
  allow(bytes) {
    const texts = base64(bytes, 'base64').flatMap((text) =>
      Object.values(ENCODINGS).flatMap((encode) => encode(text)),
    );
    for (const part of texts.flatMap(partsOf)) {
      this.#shown.add(part);
      this.#parts.delete(part);
    }
  }

  /**
   * Says where a part of a secret is.
   *
   * @param {Record<string, string>} places texts by the name of the place
   * @returns {string[]} each as "place: encoding", and never the secret
   */
  find(places) {
    const leaks = new Set();
    for (const [place, text] of Object.entries(places)) {
      for (const line of text.split(/\s*\n\s*/)) {
        for (const encoding of this.#harmless.has(line) ? [] : this.#findIn(line)) {
          leaks.add(`${place}: ${encoding}`);
        }
      }
    }
    return [...leaks];
  }

  #findIn(line) {
    const encodings = new Set();
    for (let i = 0; i + WINDOW <= line.length; i++) {
      const encoding = this.#parts.get(line.slice(i, i + WINDOW));
      if (encoding !== undefined) {
        encodings.add(encoding);
      }
    }
    if (encodings.size === 0) {
      this.#harmless.add(line);
    }
    return encodings;
  }
}

/**
 * Returns every text that an error can show to whoever catches, prints or reports it.
 *
 * @param {any} error
 * @returns {Record<string, string>} by the name of the place
 */
export function placesOf(error) {
  const places = {
    String: String(error),
    'JSON.stringify': JSON.stringify(error) ?? '',
    'util.inspect': inspect(error, {
      depth: 10,
      showHidden: true,
      getters: true,
      maxStringLength: Infinity,
      maxArrayLength: Infinity,
    }),
  };
  addProperties(places, 'error', error, new Set());
  return places;
}

/** Adds what the own and inherited properties of a value hold, and those of what they hold. */
function addProperties(places, path, value, seen) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    // an own property, and then the inherited one that it hides
    places[path] = `${places[path] ?? ''}\n${String(value)}`;
    return;
  }
  if (seen.has(value)) {
    return;
  }
  seen.add(value);
  for (
    let owner = value;
    owner !== null && owner !== Object.prototype && owner !== Function.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const key of Reflect.ownKeys(owner)) {
      if (key !== 'constructor' && key !== '__proto__') {
        addProperties(places, `${path}.${String(key)}`, Reflect.get(owner, key, value), seen);
      }
    }
  }
}
