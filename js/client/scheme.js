// Chooses the scheme of Authorization for a token.

/**
 * The first three are schemes that need a signature for each request. "N_A" is the type of a token
 * that no API takes (RFC 8693 section 2.2.1).
 */
const MORE_THAN_A_TOKEN = new Set(['mac', 'pop', 'dpop', 'n_a']);

/**
 * Returns the scheme of Authorization for a token type. It returns undefined for a type that it
 * doesn't know, because such a token must not be used (RFC 6749 section 7.1). transport.go does the
 * same.
 *
 * @param {string} type
 */
export function schemeOf(type) {
  const name = type.toLowerCase();
  if (name === 'bearer') {
    return 'Bearer'; // RFC 6750's spelling: some servers know no other
  }
  return MORE_THAN_A_TOKEN.has(name) || !/^[!#$%&'*+.^`|~\w-]{1,64}$/.test(type)
    ? undefined
    : type;
}
