/** The two media types that the five systems accept. */
export const FORM = 'application/x-www-form-urlencoded'
export const JSON_TYPE = 'application/json'

/** Returns `{ type, charset }` of a Content-Type header; undefined if it has other parameters. */
export function parseContentType(header) {
  const [, type, charset] =
    /^([\w.+-]+\/[\w.+-]+)(?:\s*;\s*charset="?([\w-]+)"?)?\s*$/i.exec(header) ?? [];
  return type && { type: type.toLowerCase(), charset: charset?.toLowerCase() };
}

/** The parameters of a request body in order. JSON values keep their type. */
export class Fields {
  #pairs

  /** @param {[string, unknown][]} pairs */
  constructor(pairs = []) {
    this.#pairs = pairs
  }

  get(name) {
    return this.getAll(name)[0]
  }

  getAll(name) {
    return this.#pairs.filter(([key]) => key === name).map(([, value]) => value)
  }

  has(name) {
    return this.getAll(name).length > 0
  }

  get names() {
    return [...new Set(this.#pairs.map(([name]) => name))]
  }

  get values() {
    return this.#pairs.map(([, value]) => value)
  }

  /** Says whether a name occurs twice, apart from the names that may. */
  repeats(allowed = []) {
    return this.names.some((name) => !allowed.includes(name) && this.getAll(name).length > 1)
  }
}

/**
 * Reads a body of either type. Throws when it is malformed: this server is stricter than
 * URLSearchParams.
 */
export function parseBody(type, bytes) {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  return new Fields(type === JSON_TYPE ? parseJSON(text) : parseForm(text))
}

function parseForm(text) {
  if (text === '') return []
  return text.split('&').map((pair) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined) throw new SyntaxError('not name=value')
    return [decodeForm(name), decodeForm(value)]
  })
}

/**
 * Decodes one name or value of a form. It throws for a stray `%` and for characters outside ASCII.
 */
export function decodeForm(text) {
  if (/[^\x21-\x7e]/.test(text)) throw new SyntaxError('not form-encoded')
  return decodeURIComponent(text.replaceAll('+', ' '))
}

function parseJSON(text) {
  let kept = -1 // the root is visited too
  const value = JSON.parse(text, function (name, member) {
    if (!Array.isArray(this)) kept++;
    return member;
  });
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new SyntaxError('not an object');
  // JSON.parse keeps the last of two members with one name, so the names are counted in the text.
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon)
  if (written.length !== kept) throw new SyntaxError('a name twice')
  return Object.entries(value)
}
