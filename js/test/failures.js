// What becomes of a request that gets no answer, in each runtime. They agree on the code and on
// whether to try again; the words, and so the hint, are the runtime's. support/failing.js has the
// endpoints.

/** @typedef {{ code?: string, retryable?: boolean, cause?: RegExp, hint?: RegExp }} Want */
/** @typedef {'node' | 'workerd' | 'chromium'} Runtime */

const CORS = { cause: /^Failed to fetch$/, hint: /CORS/ };
const LOST = { cause: /^Network connection lost\.$/, hint: /nobody listens/ };
const NOT_TOLD = { cause: /^internal error; reference = \w+$/, hint: /host.*certificate/ };
const UNTRUSTED = { retryable: false, hint: /NODE_EXTRA_CA_CERTS/ };

/**
 * By the name of the endpoint. A certificate that is not trusted won't be later: where the runtime
 * says so, it is not retryable.
 *
 * @type {Record<string, Partial<Record<Runtime, Want>>>}
 */
export const failures = {
  'no such host': {
    node: { cause: /ENOTFOUND/, hint: /no such host/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  'nobody listens': {
    node: { cause: /ECONNREFUSED/, hint: /nobody listens/ },
    workerd: LOST,
    chromium: CORS,
  },
  'self-signed': {
    node: { ...UNTRUSTED, cause: /DEPTH_ZERO_SELF_SIGNED_CERT/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  'an unknown authority': {
    node: { ...UNTRUSTED, cause: /UNABLE_TO_VERIFY_LEAF_SIGNATURE/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  // see node/trust.test.js
  'another host': {
    node: { ...UNTRUSTED, cause: /UNABLE_TO_VERIFY_LEAF_SIGNATURE/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  expired: {
    node: { retryable: false, cause: /CERT_HAS_EXPIRED/, hint: /out of date/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  'no TLS': {
    node: { retryable: false, cause: /^wrong version number$/, hint: /speak TLS: if it speaks http/ },
    workerd: NOT_TOLD,
    chromium: CORS,
  },
  'no CORS': { chromium: CORS }, // the others get the token
  reset: { node: { cause: /ECONNRESET/ }, workerd: LOST, chromium: CORS },
  closed: { node: { cause: /UND_ERR_SOCKET/ }, workerd: LOST, chromium: CORS },
  'reset within the body': {
    node: { cause: /ECONNRESET/ },
    workerd: LOST,
    chromium: { cause: /^network error$/ },
  },
  'cut within the body': {
    node: { cause: /UND_ERR_SOCKET/ },
    workerd: LOST,
    chromium: { cause: /^network error$/ },
  },
  'no HTTP': { node: { cause: /HTTP\/1\.1/, hint: /not HTTP/ }, workerd: LOST, chromium: CORS },
  silent: {
    node: { code: 'timeout', hint: /firewall/ },
    workerd: { code: 'timeout', hint: /firewall/ },
    chromium: { code: 'timeout', hint: /firewall/ },
  },
};

/**
 * The failures of a runtime: what to ask of it, and a check of what it says.
 *
 * @param {Runtime} runtime
 * @param {Record<string, string>} endpoints
 * @param {typeof import('node:assert/strict')} assert
 */
export function failuresOf(runtime, endpoints, assert) {
  return Object.entries(failures).flatMap(([name, wants]) => {
    const want = wants[runtime];
    const config = {
      tokenEndpoint: endpoints[name],
      clientId: 'client-1',
      clientSecret: 'secret-1',
    };
    return want === undefined
      ? []
      : [
          {
            name,
            call: { config, options: { timeout: want.code === 'timeout' ? 300 : 15_000 } },
            check: checkOf(want, assert),
          },
        ];
  });
}

/** @param {Want} want @param {typeof import('node:assert/strict')} assert */
function checkOf({ code = 'network', retryable = true, cause, hint }, assert) {
  return (/** @type {{ token?: any, error?: any }} */ { error }) => {
    assert.deepEqual(
      [error?.name, error?.code, error?.retryable],
      ['TokenError', code, retryable],
      error?.message,
    );
    assert.equal(error.status, undefined);
    for (const [member, pattern] of Object.entries({ cause, hint })) {
      if (pattern === undefined) {
        assert.ok(member === 'cause' || error[member] === undefined, error[member]);
      } else {
        assert.match(String(error[member]), pattern);
      }
    }
  };
}
