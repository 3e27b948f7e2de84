// The rules of security that `make mutate` breaks, each once, with the quickest test that has to notice.

/**
 * A rule; the file that keeps it; a text that stands there exactly once; what that becomes; and what runs
 * the tests of a package or of a file.
 *
 * @typedef {{ rule: string, file: string, text: string, becomes: string, tests: string }} Mutation
 */

/** @param {string} folder */
const go = (folder) => `go test -count=1 ${folder}`;
const VECTORS = 'go test -count=1 -run ^TestVectors$ ./wasm';
/** @param {string} name */
const js = (name) => `node --test js/test/node/${name}.test.js`;

/** @type {[rule: string, file: string, tests: string, text: string, becomes: string][]} */
const MUTATIONS = [
  // Where credentials and tokens go.
  [
    'http only to this machine',
    'core/provider/resolve.go', VECTORS,
    ' && !url.Loopback() {',
    ' && false {',
  ],
  [
    'a name below localhost is another machine',
    'core/oauth1/url.go', go('./core/oauth1'),
    'u.Host == "localhost" ||',
    'strings.HasSuffix(u.Host, "localhost") ||',
  ],
  [
    '127.0.0.0/8 by its numbers',
    'core/oauth1/url.go', go('./core/oauth1'),
    ` && isIPv4(u.Host)\n}`,
    `\n}`,
  ],
  [
    'no user information in a URL',
    'core/oauth1/url.go', go('./core/oauth1'),
    'if strings.Contains(authority, "@") {',
    'if authority = authority[strings.LastIndex(authority, "@")+1:]; false {',
  ],
  [
    'no "." or ".." in a path',
    'core/oauth1/url.go', go('./core/oauth1'),
    'return dots == 1 || dots == 2',
    'return false',
  ],
  [
    'no redirect of a token request, JavaScript',
    'js/send.js', js('behaviour'),
    'if (REDIRECTS.has(response.status) ||',
    'if (',
  ],
  [
    'fetch follows none by itself',
    'js/send.js', js('behaviour'),
    "redirect: 'manual', // 'error'",
    "redirect: 'follow', // 'error'",
  ],
  [
    'no redirect of a token request, Go',
    'exchanger.go', go('.'),
    'return http.ErrUseLastResponse }',
    'return nil }',
  ],
  [
    'client.fetch: origins',
    'js/authorized_fetch.js', js('authorized_fetch'),
    'if (!origins.includes(origin)) {',
    'if (false) {',
  ],
  [
    'client.fetch: a redirect elsewhere has no token',
    'js/authorized_fetch.js', js('client_table'),
    'isTrusted &&= origins.includes(new URL(next.url).origin);',
    '',
  ],
  [
    'client.fetch: who leads elsewhere leads back without it',
    'js/authorized_fetch.js', js('client_table'),
    'isTrusted &&= origins',
    'isTrusted = origins',
  ],
  [
    "client.fetch: the caller's credentials are for one origin",
    'js/authorized_fetch.js', js('client_table'),
    "['authorization', 'proxy-authorization', 'cookie',",
    "['proxy-authorization', 'cookie',",
  ],
  [
    'client.fetch: none from https to http',
    'js/authorized_fetch.js', js('authorized_fetch'),
    "if (target.protocol !== 'https:' && target.protocol !== from.protocol) {",
    'if (false) {',
  ],
  [
    'no cause gets out but those that hold nothing secret, Go',
    'errors.go', go('.'),
    '*x509.UnknownAuthorityError, *x509.HostnameError, *x509.CertificateInvalidError:',
    '*x509.UnknownAuthorityError, *x509.HostnameError, *x509.CertificateInvalidError, any:',
  ],
  [
    'an error shows no URL, Go',
    'conditions.go', go('.'),
    'words += "://" + host[strings.LastIndexByte(host, \'@\')+1:]',
    'words += "://" + rest[:end]',
  ],
  [
    'dpop: a token that is bound to no key, Go',
    'client.go', go('.'),
    '!strings.EqualFold(do.Token.TokenType, "DPoP")',
    'false',
  ],
  [
    'dpop: a proof is for one token, Go',
    'dpop.go', go('.'),
    'claims = claims.Set("ath"',
    'claims.Set("ath"',
  ],
  [
    'dpop: each proof is another one, Go',
    'dpop.go', go('.'),
    'jti, err := x.random(core.RandomSize)',
    'jti, err := make([]byte, core.RandomSize), error(nil)',
  ],
  [
    'dpop: a nonce once, Go',
    'transport.go', go('.'),
    'case wanted == wantsNonce && takesNonce:',
    'case wanted == wantsNonce:',
  ],
  [
    'dpop: a pair belongs together, Go',
    'dpop.go', go('.'),
    'if !k.verify([]byte(data), signature) {',
    'if false {',
  ],
  [
    'HTTPClient: origins',
    'transport.go', go('.'),
    'case from == nil && !slices.Contains(origins, origin):',
    'case false:',
  ],
  [
    'HTTPClient: a redirect elsewhere has no token',
    'transport.go', go('.'),
    'if !slices.Contains(origins, originOf(req.URL)) {',
    'if false {',
  ],
  [
    "HTTPClient: the caller's credentials are for one origin",
    'transport.go', go('.'),
    '[]string{"Authorization", "Proxy-Authorization",',
    '[]string{"Proxy-Authorization",',
  ],
  [
    'origins: whole, and https',
    'js/client_options.js', js('client'),
    "origin === text && (protocol === 'https:' || LOOPBACK.test(hostname))",
    'true',
  ],
  [
    'origins: no http elsewhere',
    'js/client_options.js', js('client'),
    "(protocol === 'https:' || LOOPBACK.test(hostname))",
    'true',
  ],
  [
    "the command: a found file's endpoint gets no other secret",
    'js/secret_rule.js', js('secret_rule'),
    "secret === 'found' || endpoint !== 'found'",
    'true',
  ],

  // What is told.
  [
    'the secret is masked',
    'core/redact.go', go('./core'),
    's.addSecret(x.ClientSecret)',
    '',
  ],
  [
    'Authorization is masked',
    'core/redact.go', go('./core'),
    's.add(credentials)',
    '_ = credentials',
  ],
  [
    'the signature is masked',
    'core/redact.go', go('./core'),
    '_, credentials, _ = strings.Cut(credentials, `oauth_signature="`)',
    'credentials = ""',
  ],
  [
    "other grants' credentials are masked",
    'core/redact.go', VECTORS,
    '"password", "refresh_token",',
    '"refresh_token",',
  ],
  [
    'JWTs are masked',
    'core/search.go', go('./core'),
    'findJWTs(decoded, hidden)',
    '',
  ],
  [
    "a server's text has no control characters",
    'core/redact.go', go('./core'),
    "if c == '\\ufffd' || isHidden(c) {",
    'if false {',
  ],
  [
    "a server's text is cut",
    'core/redact.go', VECTORS,
    'maxServerText = 500',
    'maxServerText = 1 << 20',
  ],
  [
    'a printed Config hides its secret',
    'core/config_fields.go', go('./core'),
    '*string { return &c.ClientSecret }, secret: true}',
    '*string { return &c.ClientSecret }}',
  ],
  [
    'a terminal is told nothing',
    'js/printable.js', js('printable'),
    '[\\p{C}\\p{Zl}',
    '[\\p{Zl}',
  ],
  [
    'a shell reads one word',
    'js/printable.js', js('printable'),
    `text.replaceAll("'", "'\\\\''")`,
    'text',
  ],

  // What is sent is fresh and whole.
  [
    'an oauth1 nonce is random',
    'core/build.go', VECTORS,
    'EncodeToString(random),',
    'EncodeToString(make([]byte, 16)),',
  ],
  [
    'a jti is random',
    'core/build.go', VECTORS,
    'uuid.NewRandomFromReader(bytes.NewReader(random))',
    'uuid.NewRandomFromReader(bytes.NewReader(make([]byte, 16)))',
  ],
  [
    'a proof has a jti of its own',
    'js/dpop.js', js('dpop'),
    'jti: base64url(this.#random(16)),',
    "jti: 'one',",
  ],
  [
    'a proof is for one token',
    'js/dpop.js', js('dpop'),
    'ath: token === undefined ?',
    'ath: true ?',
  ],
  [
    'a proof is for one URL, without its query',
    'js/dpop.js', js('dpop'),
    'htu: origin + pathname,',
    'htu: url,',
  ],
  [
    'a proof shows the public key only',
    'js/dpop.js', js('dpop'),
    'exported.filter(([name]) => PUBLIC.includes(name))',
    'exported',
  ],
  [
    'line breaks are refused',
    'core/config.go', go('./core'),
    "c == '\\r' || c == '\\n' || c == 0",
    'c == 0',
  ],
  [
    'NUL is refused',
    'core/config.go', VECTORS,
    "c == '\\r' || c == '\\n' || c == 0",
    "c == '\\r' || c == '\\n'",
  ],
  [
    'random bytes are used once',
    'js/random.js', js('sign_oauth1'),
    'pool.fill(0, drawn, (drawn += size));',
    '',
  ],

  // Keys.
  [
    'RSA of 2048 bits or more',
    'core/assertion/key_der.go', go('./core/assertion'),
    'minRSABits = 2048',
    'minRSABits = 1024',
  ],
  [
    'no RSA exponent of 1',
    'core/assertion/key_der.go', VECTORS,
    ' || string(exponent) == "\\x01":',
    ':',
  ],
  [
    'PBKDF2 has a bound',
    'core/assertion/key_encrypted.go', go('./core/assertion'),
    'const maxIterations = 600_000',
    'const maxIterations = 1 << 40',
  ],

  // Bounds.
  [
    'a response has a size, JavaScript',
    'js/send.js', js('behaviour'),
    'if (length > most) {',
    'if (false) {',
  ],
  [
    'a response has a time, JavaScript',
    'js/send.js', js('behaviour'),
    "const timer = setTimeout(() => settle(resolve, failure('timeout')), timeout);",
    'const timer = undefined;',
  ],
  [
    'a response has a size, Go',
    'exchanger.go', go('.'),
    'int64(len(outcome.Body)) > maxBody',
    'false',
  ],
  [
    'a response has a time, Go',
    'exchanger.go', `${go('.')} -timeout 60s`,
    'ctx, cancel := context.WithTimeout(ctx, milliseconds(do.Timeout))',
    'ctx, cancel := context.WithCancel(ctx)',
  ],
  [
    'an archive has a size',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'if len(file) > MaxSize {',
    'if false {',
  ],
  [
    'an archive has entries',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'if len(reader.File) > maxEntries {',
    'if false {',
  ],
  [
    'an archive is no bomb',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'case compressed > 0 && size > maxRatio*compressed:',
    'case false:',
  ],
  [
    'an archive has a size, JavaScript',
    'js/archive.js', js('credentials'),
    'if (file.length > MAX_SIZE) {',
    'if (false) {',
  ],
  [
    'an archive has entries, JavaScript',
    'js/archive.js', js('archive'),
    'if (entries.length > MAX_ENTRIES) {',
    'if (false) {',
  ],
  [
    'an archive is no bomb, JavaScript',
    'js/archive.js', js('credentials'),
    'if (compressed > 0 && size > MAX_RATIO * compressed) {',
    'if (false) {',
  ],
  [
    'what is no regular file is not read',
    'js/read_regular.js', js('cli'),
    'if (!found.isFile()) {',
    'if (false) {',
  ],

  // What a store has.
  [
    'a record belongs to its configuration',
    'js/seal.js', js('seal'),
    'encoder.encode(VERSION + storeKey);',
    'encoder.encode(VERSION);',
  ],
  [
    'a record has a key of its configuration',
    'js/seal.js', js('seal'),
    'salt: encoder.encode(storeKey), info',
    'salt: new Uint8Array(), info',
  ],
  [
    'a store key has no secret',
    'js/seal.js', js('seal'),
    "[name, 'h', await fingerprint(subtle, entry)]",
    '[name, kind, value]',
  ],
  [
    'a record has an IV of its own',
    'js/seal.js', js('seal'),
    'crypto.getRandomValues(new Uint8Array(12));',
    'new Uint8Array(12);',
  ],
  [
    'only the holder of a lease ends it',
    'js/stores/memory.js', js('stores'),
    'if (leases.get(key) === lease) {',
    'if (true) {',
  ],

  // What is inherited.
  [
    'a polluted prototype has no option',
    'js/options.js', js('polluted'),
    'const options = /** @type {Record<string, any>} */ (ownOf(given));',
    'const options = /** @type {Record<string, any>} */ (given);',
  ],
  [
    'a response sets no prototype',
    'core/parse.go', VECTORS,
    'case "__proto__": // it',
    'case "__proto": // it',
  ],
];

/** @type {Mutation[]} */
export const mutations = MUTATIONS.map(
  ([rule, file, tests, text, becomes]) => ({ rule, file, text, becomes, tests }),
);
