// Texts for people: secrets that are masked, times, sizes, the content of a JWT.

/** Returns enough of a secret to recognise it, but not enough to use it. @param {string} text */
export function masked(text) {
  const shown = text.length < 24 || text.startsWith('-----BEGIN') ? 0 : 4;
  return `${text.slice(0, shown)}${'•'.repeat(8)}${text.slice(text.length - shown)}`;
}

const UNITS = /** @type {const} */ ([
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]);

/**
 * Returns a span of time in one unit, or in two if the second one matters.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const i = Math.max(0, UNITS.findIndex(([, size]) => whole >= size));
  const at = whole === 0 ? UNITS.length - 1 : i;
  const [name, size] = UNITS[at];
  const count = Math.floor(whole / size);
  const rest = UNITS[at + 1] && Math.floor((whole - count * size) / UNITS[at + 1][1]);
  return `${plural(count, name)}${rest ? ` ${plural(rest, UNITS[at + 1][0])}` : ''}`;
}

/** @param {number} count @param {string} name */
export const plural = (count, name) => `${count} ${name}${count === 1 ? '' : 's'}`;

/** A moment, seen from now; both in seconds. @param {number} moment @param {number} now */
export function relative(moment, now) {
  const seconds = Math.round(moment - now);
  if (seconds === 0) {
    return 'now';
  }
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** A moment in the time zone of this machine. @param {number} seconds since the epoch */
export function local(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? String(seconds)
    : date.toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' });
}

/** The time of day with milliseconds. @param {number} ms since the epoch */
export const timeOfDay = (ms) =>
  new Date(ms).toLocaleTimeString([], {
    hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
  });

/** A number of bytes. @param {number} count */
export function bytes(count) {
  return count < 1024 ? plural(count, 'byte') : `${(count / 1024).toFixed(1)} KiB`;
}

/** By how much a clock is ahead of ours. @param {number} seconds */
export function ahead(seconds) {
  const whole = Math.round(seconds);
  return Math.abs(whole) <= 1
    ? 'the same as ours'
    : `${Math.abs(whole)} s ${whole > 0 ? 'ahead of' : 'behind'} ours`;
}

/**
 * Decodes a JWT (RFC 7519). It verifies nothing.
 *
 * @param {string} token
 * @returns {{ header: Record<string, unknown>, claims: Record<string, unknown> } | undefined}
 */
export function decodeJWT(token) {
  const parts = token.split('.');
  if (parts.length !== 3) {
    return undefined;
  }
  const [header, claims] = parts.slice(0, 2).map(objectOf);
  return header && claims ? { header, claims } : undefined;
}

/** @param {string} part in base64url @returns {Record<string, unknown> | undefined} */
function objectOf(part) {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    const utf8 = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(utf8));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The scopes that a token response grants: the scopes of the response (RFC 6749 section 5.1), or
 * else the scopes of the JWT (`scope` of RFC 8693 section 4.2, `scp` of Microsoft and Okta).
 *
 * @param {import('../types.js').TokenResponse} response
 * @returns {{ scopes: string[], from: string } | undefined}
 */
export function grantedOf(response) {
  const listed = scopesOf(response.scope);
  if (listed) {
    return { scopes: listed, from: 'the answer' };
  }
  const claims = decodeJWT(response.access_token)?.claims;
  const inside = scopesOf(claims?.scope) ?? scopesOf(claims?.scp);
  return inside && { scopes: inside, from: 'the JWT' };
}

/** @param {unknown} value */
export function scopesOf(value) {
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/\s+/) : [];
  const scopes = list.filter((scope) => typeof scope === 'string' && scope !== '');
  return scopes.length > 0 ? scopes : undefined;
}
