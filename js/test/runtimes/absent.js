// What a runtime can't have of the suite, each with the reason.

const NO_DATE = 'a page may not read the Date of another origin, unless that origin exposes it';
const NO_POINT = 'Firefox exports no public key of such a key, to verify the signature with';
const DEADLY = 'Deno ends (it panics) when a key whose factor is no prime signs';

/**
 * By the runtime, the name of the behaviour or the id of the vector. These run all the same: one
 * that passes after all may not stand here.
 *
 * @type {Record<string, Record<string, string>>}
 */
export const absent = {
  Chromium: { 'a clock that is off': NO_DATE },
  Firefox: {
    'a clock that is off': NO_DATE,
    'key-format-0451': NO_POINT,
    'key-format-0453': NO_POINT,
    'key-format-0454': NO_POINT,
    'key-format-0455': NO_POINT,
    'key-format-0456': NO_POINT,
    'key-format-0457': NO_POINT,
  },
};

/**
 * The vectors that are not tried, for the runtime would not live on.
 *
 * @type {Record<string, Record<string, string>>}
 */
export const untried = {
  Deno: { 'key-format-0711': DEADLY, 'key-format-0712': DEADLY },
};
