// The signature base string of OAuth 1.0 (RFC 5849 section 3.4.1), taken apart.

/**
 * A parameter of the base string: `raw` is its text there, and `from` is the part of the request
 * that contains it.
 *
 * @typedef {{ raw: string, name: string, value: string, from: string }} Part
 */

/**
 * Takes a base string apart.
 *
 * @param {string} text
 * @returns {{ method: string, rawUrl: string, url: string, params: Part[] } | undefined}
 */
export function partsOf(text) {
  const [method, rawUrl, rest, ...more] = text.split('&');
  if (rest === undefined || more.length > 0 || !/^[A-Z]+$/.test(method)) {
    return undefined;
  }
  const raws = rest === '' ? [] : rest.split('%26');
  return { method, rawUrl, url: decoded(rawUrl), params: raws.map(partOf) };
}

/** @param {string} raw @returns {Part} */
function partOf(raw) {
  const pair = decoded(raw);
  const at = pair.indexOf('=');
  const name = decoded(at < 0 ? pair : pair.slice(0, at));
  const value = at < 0 ? '' : decoded(pair.slice(at + 1));
  return { raw, name, value, from: name.startsWith('oauth_') ? 'header' : 'body' };
}

/**
 * Takes a base string apart, and finds the part of the request that contains each parameter: the
 * Authorization header, the query or the body.
 *
 * @param {string} text
 * @param {string} url of the request
 */
export function linkedPartsOf(text, url) {
  const parts = partsOf(text);
  const query = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  for (const part of parts?.params ?? []) {
    if (part.from === 'body' && query.getAll(part.name).includes(part.value)) {
      part.from = 'query';
    }
  }
  return parts;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Says whether a text looks like a base string. @param {string} text */
export const isBaseString = (text) => /^[A-Z]+&https?%3a%2f%2f[^&\s]+&[^&\s]*$/i.test(text.trim());
