// The rules of security that `make mutate` breaks, each once, with the quickest test that has to
// notice.

/**
 * A rule; the file that keeps it; a text that stands there exactly once; what that becomes; and the
 * command that runs the test.
 *
 * @typedef {{
 *   rule: string, file: string, text: string, becomes: string, tests: string[]
 * }} Mutation
 */

/** Tests of a Go package, all of them or those of a name. @param {string} folder @param {string} [name] */
const go = (folder, name) => ['go', 'test', '-count=1', '-vet=off', ...(name === undefined ? [] : ['-run', name]), folder];
/** The corpus, natively. */
const VECTORS = go('./wasm', '^TestVectors$');
/** Tests of a package of the command. @param {string} folder @param {string} name */
const command = (folder, name) => go(`./cmd/fetchtoken/internal/${folder}`, name);
/** As the compact module has it, which leaves signing to WebCrypto. */
const COMPACT = ['go', 'test', '-count=1', '-vet=off', '-tags', 'compact', '-run', 'OtherNumbers', './core/assertion'];
/** The behaviour table of the clients. */
const TABLE_GO = go('.', '^TestTable$');
/** Tests of a file, all of them or those of a name. @param {string} name @param {string} [pattern] */
const js = (name, pattern) => ['node', '--test', ...(pattern === undefined ? [] : [`--test-name-pattern=${pattern}`]), `js/test/${name}.test.js`];
/** @param {string} name @param {string} [pattern] */
const node = (name, pattern) => js(`node/${name}`, pattern);
/** Cases that both commands run. @param {string} pattern */
const inBoth = (pattern) => js('command_cases', pattern);

/** Tests of an example, those of a name. @param {string} name @param {string} pattern */
const example = (name, pattern) => ['node', '--test', `--test-name-pattern=${pattern}`, `examples/test/${name}.test.js`];

const RAW = String.raw;

/** @type {[rule: string, file: string, tests: string[], text: string, becomes: string][]} */
const MUTATIONS = [
  // The configuration of the command in Go.
  [
    'Go: a secret or a key of the user goes to no endpoint of a found file',
    'cmd/fetchtoken/internal/configuration/secrets.go', inBoth('a key of the user'),
    'if s.isTrusted {', 'if true {',
  ],
  [
    'Go: a found file that names an endpoint has its own secret',
    'cmd/fetchtoken/internal/configuration/find.go', inBoth('gets no secret of the user'),
    'if !hasEndpoint || hasSecret {', 'if true {',
  ],
  [
    'Go: a variable leads no secret of a file elsewhere',
    'cmd/fetchtoken/internal/configuration/variables.go', inBoth('a variable of another'),
    'if r.named != "" && r.leadsAway(f, field, isSettled) {', 'if false {',
  ],
  [
    'Go: no secret parameter and no secret header on the command line',
    'cmd/fetchtoken/internal/configuration/parameters.go', inBoth('a secret (parameter|header)'),
    'if isSecret(given.name, given.value) {', 'if false {',
  ],
  // The login of the command.
  [
    'a callback comes with the Host of its own',
    'js/cli/callback.js', node('cli_login', 'another Host, path'),
    'if (headers.host !== this.#host) {', 'if (headers.host === undefined) {',
  ],
  [
    'a callback comes to its own path',
    'js/cli/callback.js', node('cli_login', 'another Host, path'),
    "if (path !== (this.#path || '/')) {", "if (path === '') {",
  ],
  [
    'a callback is a GET',
    'js/cli/callback.js', node('cli_login', 'another Host, path'),
    "if (method !== 'GET') {", "if (method === '') {",
  ],
  [
    'a callback with another state ends no login',
    'js/cli/callback.js', node('cli_login', 'another Host, path'),
    "get('state') !== this.#waiting?.state) {", "get('state') === '') {",
  ],
  [
    'one callback is answered',
    'js/cli/callback.js', node('cli_login', 'is answered once'),
    '    this.#waiting = undefined; // one callback is answered\n', '',
  ],
  [
    'the browser comes back to this machine',
    'js/cli/callback.js', node('cli_login', 'nowhere but on this machine'),
    '(?::(\\d{1,5}))?(\\/[^\\s?#]*)?$/', '(?::(\\d{1,5}))?(.*)/',
  ],
  [
    'a page of the login runs nothing, and is kept nowhere',
    'js/cli/callback.js', node('cli_login', 'comes to 127.0.0.1'),
    "  'content-security-policy': \"default-src 'none'; frame-ancestors 'none'\",\n", '',
  ],
  [
    'the browser gets no secret of the environment',
    'js/cli/browser.js', node('cli_login', 'without the secrets'),
    'const env = withoutSecrets(process.env);', 'const { env } = process;',
  ],
  [
    'a file of the working directory names no endpoint of login and logout',
    'js/cli/configuration.js', node('cli_login', 'a file of this folder'),
    '    for (const field of SIGN_IN_ENDPOINTS) {', '    for (const field of []) {',
  ],
  [
    'the request is shown without the refresh token of a session',
    'js/cli/cli.js', node('cli_login', 'shown by --explain'),
    '{ ...signIn, ...UNSEEN }', '{ ...signIn }',
  ],
  [
    'logout revokes the newest refresh token',
    'js/client/kept_session.js', node('cli_login', 'revokes the newest'),
    "state === '' ? this.#grant.refresh_token", "state !== '' ? this.#grant.refresh_token",
  ],
  [
    'no secret parameter becomes a part of an address',
    'js/cli/login.js', node('cli_login', 'none comes into an address'),
    'if (hasGrant(config)) {', 'if (false) {',
  ],
  [
    'the key of the sessions is for its user alone',
    'js/cli/sign_in.js', node('cli_login', 'lies sealed'),
    "{ flag: 'wx', mode: 0o600, flush: true }", "{ flag: 'wx', flush: true }",
  ],
  // The same, Go.
  [
    'a callback comes with the Host of its own, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackRefused'),
    'case r.Host != strings.TrimSuffix(l.authority, ":80"):', 'case r.Host == "":',
  ],
  [
    'a callback comes to its own path, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackRefused'),
    'case path != own:', 'case path == "":',
  ],
  [
    'a callback is a GET, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackRefused'),
    'case r.Method != http.MethodGet:', 'case r.Method == "":',
  ],
  [
    'a callback with another state ends no login, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackRefused'),
    '[]byte(given.Get("state")), []byte(l.state)) == 1', '[]byte(l.state), []byte(l.state))+len(given) > 0',
  ],
  [
    'a callback without a state ends no login, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackIsNotAwaited'),
    'if l.state == "" || !isAwaited {', 'if !isAwaited {',
  ],
  [
    'one callback is answered, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackOnce'),
    '\tl.state = "" // one callback is answered\n', '',
  ],
  [
    'the browser comes back to this machine, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'OnThisMachine'),
    RAW`(/[^\s\v\p{Z}\x{feff}?#]*)?$`, '(.*)',
  ],
  [
    'the login listens at an address of this machine, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'OnThisMachine'),
    'net.Listen("tcp", net.JoinHostPort(address, port))', 'net.Listen("tcp", net.JoinHostPort(address[:0], port))',
  ],
  [
    'a page of the login runs nothing, and is kept nowhere, Go',
    'cmd/fetchtoken/internal/login/callback.go', command('login', 'CallbackOnce'),
    '\t"Content-Security-Policy": "default-src \'none\'; frame-ancestors \'none\'",\n', '',
  ],
  [
    'the browser gets no secret of the environment, Go',
    'cmd/fetchtoken/internal/login/browser.go', command('login', 'Browser'),
    'execute.WithoutSecrets(os.Environ())', 'append(execute.WithoutSecrets(nil), os.Environ()...)',
  ],
  [
    'a file of the working directory names no endpoint of login and logout, Go',
    'cmd/fetchtoken/internal/configuration/configuration.go', inBoth('a file of this folder names the page'),
    '\t\t\tf.drop(field) //', '\t\t\t_ = field //',
  ],
  [
    'the request is shown without the refresh token of a session, Go',
    'cmd/fetchtoken/main.go', go('./cmd/fetchtoken', 'ShownWithout'),
    'signIn.Unseen().On(config)', 'signIn.On(config)',
  ],
  [
    'logout revokes the newest refresh token, Go',
    'kept_session.go', go('.', 'AKeptSession$'),
    'return state[1:]', 'return k.refreshToken',
  ],
  [
    'nobody ends a session while its refresh token is sent, Go',
    'kept_session.go', go('.', 'AKeptSessionIsBusy'),
    '\tif !isFree {', '\tif !isFree && false {',
  ],
  [
    'nobody sees the code of a device that is a secret, Go',
    'sign_in.go', go('.', 'NothingPrintsSecrets'),
    'return m.Name == "device_code"', 'return m.Name == ""',
  ],
  [
    'no secret parameter becomes a part of an address, Go',
    'cmd/fetchtoken/internal/login/login.go', inBoth('login with a grant of its own'),
    'if signin.HasGrant(config) {', 'if false {',
  ],
  [
    'the key of the sessions is for its user alone, Go',
    'cmd/fetchtoken/internal/signin/key.go', command('signin', 'Key'),
    'os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)', 'os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)',
  ],
  // OAuth 1.0 with a key.
  [
    'no assertion is signed with SHA-1',
    'core/assertion/sign.go', go('./core/assertion', 'HostKeySHA1'),
    '(a.kty == "oct") == secret && a.name != RS1', '(a.kty == "oct") == secret',
  ],
  // The console.
  [
    'the console answers to its own address only',
    'js/cli/console.js', node('console', 'lead to this machine'),
    'if (headers.host !== new URL(url).host) {', 'if (headers.host === undefined) {',
  ],
  [
    'the console serves no page of another origin',
    'js/cli/console.js', node('console', 'another origin'),
    'if (headers.origin !== undefined && headers.origin !== url) {', 'if (headers.origin === "-") {',
  ],
  [
    'who uses the relay names the origin of the console',
    'js/cli/console.js', node('console', 'names no origin'),
    'if (request.headers.origin !== url) {', "if (request.headers.origin === '-') {",
  ],
  [
    'a link of the console works once',
    'js/cli/console.js', node('console', 'opens one session'),
    '    key = randomBytes(32);\n    const session', '    const session',
  ],
  [
    'the console opens a session with its key only',
    'js/cli/console.js', node('console', 'a wrong key'),
    'if (!equal(key, bytesOf(given))) {', 'if (given === 0) {',
  ],
  [
    'the console shows a document only as deep as a page can',
    'js/console/json_view.js', node('console_pieces', 'no page could hold'),
    'depth < DEEPEST ?', 'true ?',
  ],
  [
    'the console shows as many members as a page can',
    'js/console/json_view.js', node('console_pieces', 'no page could hold'),
    'Math.min(MOST, room.left)', 'MOST',
  ],
  [
    'the console shows what a server hides in a text',
    'js/console/json_view.js', node('console_pieces', 'that is not seen'),
    "null, printableJSON(value ?? null));", "null, JSON.stringify(value));",
  ],
  [
    'nothing is relayed without a session',
    'js/cli/console.js', node('console', 'without a session'),
    'if (!sessions.some((session) => equal(session, given))) {', 'if (given === undefined) {',
  ],
  [
    'the relay asks over https, or this machine',
    'js/cli/console.js', node('console', 'a target is'),
    "(protocol === 'https:' || (protocol === 'http:' && isLoopback))", "(protocol !== '' || isLoopback)",
  ],
  [
    'the relay follows no redirect',
    'js/cli/console.js', node('console', 'a redirect is told'),
    "{ ...init, redirect: 'manual', signal }", "{ ...init, signal }",
  ],
  [
    'the relay bounds an answer',
    'js/cli/console.js', node('console', 'an answer is bounded'),
    'if (size > MOST_RECEIVED) {', 'if (size === Infinity) {',
  ],
  [
    'the console serves the files of the page alone',
    'js/cli/console.js', node('console', 'and nothing else'),
    'if (!SERVED.test(path)) {', 'if (path === undefined) {',
  ],
  // The ways of credentials.
  [
    'http only to this machine',
    'core/provider/resolve.go', VECTORS,
    ' && !url.Loopback() && allowed == "" {', ' && allowed == "none" {',
  ],
  [
    'a name below localhost is another machine',
    'core/oauth1/url.go', go('./core/oauth1', 'Loopback'),
    'u.Host == "localhost" ||', 'strings.HasSuffix(u.Host, "localhost") ||',
  ],
  [
    '127.0.0.0/8 by its numbers',
    'core/oauth1/url.go', go('./core/oauth1', 'Loopback'),
    ` && isIPv4(u.Host)\n}`, `\n}`,
  ],
  [
    'no user information in a URL',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    'if strings.Contains(authority, "@") {',
    'if authority = authority[strings.LastIndex(authority, "@")+1:]; false {',
  ],
  [
    'no "." or ".." in a path',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    'return dots == 1 || dots == 2', 'return false',
  ],
  [
    'a URL is http or https',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    'if u.Scheme != "https" && u.Scheme != "http" {', 'if u.Scheme == "" {',
  ],
  [
    'a host has the characters of a host',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    "c == '-' || c == '.' || c == '_') {",
    "c == '-' || c == '.' || c == '_' || c == '\\\\' || c == '%') {",
  ],
  [
    'a numeric host is written in one way',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    'if numeric(last) && !isIPv4(u.Host) {', 'if false {',
  ],
  [
    'a URL has the characters of a URL',
    'core/oauth1/url.go', go('./core/oauth1', 'ParseURL'),
    'case !unreserved[c] && strings.IndexByte(extra, c) < 0:', 'case c <= \' \':',
  ],
  [
    'an endpoint is no template',
    'core/oauth1/url.go', VECTORS,
    `pathChars  = "/!$&'()*+,;=:@"`, `pathChars  = "/!$&'()*+,;=:@{}"`,
  ],
  [
    'a placeholder of a claim is one of four',
    'core/assertion/jws.go', go('./core/assertion', 'Expand'),
    'if !known {', 'if !known && name == "" {',
  ],
  [
    'what a placeholder stands for is no template',
    'core/assertion/jws.go', go('./core/assertion', 'Expand'),
    'out = append(append(out, rest[:open]...), value...)\n\t\trest = rest[end+1:]',
    'out = append(out, rest[:open]...)\n\t\trest = value + rest[end+1:]',
  ],
  [
    'the names of claims are no templates',
    'core/assertion/jws.go', go('./core/assertion', 'Expand'),
    'if !isName && lookup != nil {', 'if (!isName || true) && lookup != nil {',
  ],
  [
    'aud is the endpoint that is asked',
    'core/provider/resolve.go', VECTORS,
    `case "tokenEndpoint":\n\t\t\treturn x.URL.String(), true`,
    `case "tokenEndpoint":\n\t\t\treturn r.user.TokenEndpoint, true`,
  ],
  [
    'the origin of a claim is that of the endpoint',
    'core/provider/resolve.go', VECTORS,
    'return x.URL.Origin(), true', 'return x.URL.String(), true',
  ],
  [
    'the time is asked of the origin of the endpoint',
    'core/answer/clock.go', VECTORS,
    'base, found := strings.CutSuffix(x.URL.BaseStringURI(), x.Time.Instead)',
    'base, found := strings.CutSuffix("https://account.api.here.com"+x.URL.Path, x.Time.Instead)',
  ],
  [
    'the time is asked without credentials',
    'js/token/renew.js', node('clock', 'without credentials'),
    "const body = method === 'GET' ? undefined : values.body;",
    "headers.push(['Authorization', 'Basic eA==']); const body = values.body || undefined;",
  ],
  [
    'the time is asked without a proof',
    'js/token/renew.js', node('dpop', 'question for the time'),
    "if (dpop === undefined || values.attempt === '0') {", 'if (dpop === undefined) {',
  ],
  [
    'no redirect of a token request, JavaScript',
    'js/token/send.js', node('behaviour', 'redirect'),
    'if (REDIRECTS.has(status) ||', 'if (',
  ],
  [
    'a fetch that followed one anyway',
    'js/token/send.js', node('behaviour', 'redirect'),
    " || response.redirected) {", ') {',
  ],
  [
    'fetch follows none by itself',
    'js/token/send.js', node('behaviour', 'redirect'),
    "redirect: 'manual', // 'error'", "redirect: 'follow', // 'error'",
  ],
  [
    'no redirect of a token request, Go',
    'exchanger.go', go('.', 'RedirectOfAToken'),
    'return http.ErrUseLastResponse', 'return nil',
  ],
  [
    'a redirect with a token in its body is refused, Go',
    'exchanger.go', go('.', 'Redirect'),
    'http.StatusTemporaryRedirect, http.StatusPermanentRedirect:',
    'http.StatusTemporaryRedirect:',
  ],
  [
    'an error tells of a redirect no more than its origin',
    'core/answer/errors.go', VECTORS,
    'return " to " + r.redact(target.Origin())', 'return " to " + r.redact(location)',
  ],

  // The ways of tokens.
  [
    'client.fetch: origins',
    'js/client/authorized_fetch.js', node('authorized_fetch', 'of origins and options'),
    'if (!origins.has(origin)) {', 'if (false) {',
  ],
  [
    'client.fetch: a redirect elsewhere has no token',
    'js/client/authorized_fetch.js', node('client_table', 'any other origin'),
    'isTrusted &&= origins.has(to);', '',
  ],
  [
    'client.fetch: who leads elsewhere leads back without it',
    'js/client/authorized_fetch.js', node('client_table', 'who leads elsewhere'),
    'isTrusted &&= origins', 'isTrusted = origins',
  ],
  [
    "client.fetch: the caller's credentials are for one origin",
    'js/client/authorized_fetch.js', node('client_table', 'what the caller has'),
    "['authorization', 'proxy-authorization', 'cookie',", "['proxy-authorization', 'cookie',",
  ],
  [
    "client.fetch: the caller's cookies are for one origin",
    'js/client/authorized_fetch.js', node('client_table', 'what the caller has'),
    "'proxy-authorization', 'cookie', ", "'proxy-authorization', ",
  ],
  [
    'client.fetch: none from https to http',
    'js/client/authorized_fetch.js', node('client_table', 'from https to http'),
    "if (target.protocol !== 'https:' && target.protocol !== from.protocol) {", 'if (false) {',
  ],
  [
    'client.fetch: none to a URL with credentials',
    'js/client/authorized_fetch.js', node('authorized_fetch', 'with credentials'),
    "if (target.username !== '' || target.password !== '') {", 'if (false) {',
  ],
  [
    'client.fetch: redirects have an end',
    'js/client/authorized_fetch.js', node('authorized_fetch', 'may not go on for ever'),
    `redirects === MOST_REDIRECTS\n        ? tooOften(request, response, hop)\n        : nextHop`,
    'false ? tooOften(request, response, hop) : nextHop',
  ],
  [
    'client.fetch: a scheme takes no more than the token',
    'js/client/scheme.js', node('client_table', 'a type that'),
    "['mac', 'pop', 'dpop', 'n_a']", '[]',
  ],
  [
    'client.fetch: a scheme is a word',
    'js/client/scheme.js', node('client_table', 'a type that'),
    RAW`!/^[!#$%&'*+.^${'`'}|~\w-]{1,64}$/.test(type)`, 'false',
  ],
  [
    'client.fetch: a bound token is not sent without its key',
    'js/client/authorized_fetch.js', node('dpop', 'without the key'),
    "if (type.toLowerCase() === 'dpop') {", 'if (false) {',
  ],
  [
    'client.fetch: the URL is read once',
    'js/client/api_request.js', node('authorized_fetch', 'answers differently|one init'),
    `let url = new URL(\n      isRequest(input) ? input.url : String(input),`,
    "let url = new URL(isRequest(input) ? input.url : (String(input), String(input)),",
  ],
  [
    'client.fetch: arguments are read before the first wait',
    'js/client/authorized_fetch.js', node('authorized_fetch', 'one init'),
    'const request = new ApiRequest(input, init, settings.maxReplay);',
    'await undefined; const request = new ApiRequest(input, init, settings.maxReplay);',
  ],
  [
    'client.fetch: headers are copied',
    'js/client/api_request.js', node('authorized_fetch', 'one init|answers differently'),
    `headers: new Headers(headers),\n      hasBody: this.#request`,
    'headers: /** @type {any} */ (headers instanceof Headers ? headers : new Headers(headers)), hasBody: this.#request',
  ],
  [
    'client.fetch: bytes of a body are copied',
    'js/client/api_request.js', node('authorized_fetch', 'of a form, of bytes'),
    'return bytesOf(/** @type {ArrayBuffer} */ (body));', 'return body;',
  ],
  [
    'client.fetch: a form is copied',
    'js/client/api_request.js', node('authorized_fetch', 'of a form, of bytes'),
    "if (tag === 'FormData') {", 'if (false) {',
  ],
  [
    'client.fetch: a streamed body is kept up to maxReplay',
    'js/client/api_request.js', node('authorized_fetch', 'maxReplay'),
    'if (!(length <= most)) {', 'if (false) {',
  ],
  [
    'client.fetch: a refused token is renewed once in a while',
    'js/client/held_token.js', node('client_table', 'refuses every token'),
    'if (last !== undefined && this.#clock.isBefore(last, last.since + REFUSAL_REST)) {',
    'if (false) {',
  ],
  [
    'no token comes out under another request',
    'js/client/token_request.js', node('many_tokens', '1,000 calls'),
    ',[${named}]]`;', ']`;',
  ],
  [
    'no token comes out under another request, Go',
    'token_request.go', go('.', 'ManyTokens'),
    'found := f.find(key)', 'found := f.find(f.key)',
  ],
  [
    'the clients of tenants are bounded, Go',
    'least_used.go', go('.', 'LeastRecently'),
    'if l.order.Len() > l.most {', 'if false {',
  ],
  [
    'the client of a tenant has the configuration of that tenant, Go',
    'clients.go', go('.', 'OfManyTenants'),
    'return c.configOf(ctx, tenant)', 'return c.configOf(ctx, tenant[:7])',
  ],
  [
    'a grant that works once is asked with by one token at a time, Go',
    'grant.go', go('.', 'OneRefreshToken'),
    'if before != nil && before.of != c {', 'if false {',
  ],
  [
    'a grant that works once is part of no request, Go',
    'token_request.go', go('.', 'CanNotBeUsed'),
    'if slices.Contains(onceParameters, name) {', 'if false {',
  ],
  [
    'a client that was dropped is closed with the others, Go',
    'client.go', go('.', 'WithClosed'),
    'if k == nil || c.family.isClosed() {', 'if k == nil {',
  ],
  [
    'a grant that works once is asked with by one token at a time',
    'js/client/grant.js', node('many_tokens', 'take turns'),
    'if (before !== undefined && before.owner !== owner) {', 'if (false) {',
  ],
  [
    'a grant that works once is part of no request',
    'js/client/token_request.js', node('many_tokens', 'can’t be used'),
    'if (grant !== undefined) {', 'if (false) {',
  ],
  [
    'a broker that doesn’t repeat the request is not believed',
    'js/client/brokered_token.js', node('many_tokens', 'told the request'),
    'jsonOf(answered) !== jsonOf(this.#request)', 'false',
  ],
  [
    'each origin has its own token, also after a redirect',
    'js/client/authorized_fetch.js', node('many_tokens', 'each origin'),
    'const other = tokenOf(origins.get(to) ?? wanted ?? NOTHING);', 'const other = from;',
  ],
  [
    'another configuration is asked with once after invalid_client',
    'js/client/held_token.js', node('changing_credentials', 'one retry, no loop'),
    'return this.#renewFrom(other, wanted, undefined);', 'return this.#renewFrom(other, wanted, ask);',
  ],
  [
    'another configuration is asked with after invalid_client, Go',
    'source.go', go('.', 'WithoutOverlap'),
    'if c.family.ask == nil || ctx.Err() != nil || !refusesClient(err) {', 'if true {',
  ],
  [
    'the grant of another configuration has a state of its own, Go',
    'source.go', go('.', 'AReplacedRefreshTokenOf'),
    'if f.grant == nil || f.grant.text != text {', 'if f.grant == nil {',
  ],
  [
    'a function that returns the configuration ends with the deadline',
    'js/client/configuration.js', node('changing_credentials', 'hangs'),
    'setTimeout(() => reject(late()), Math.max(1, left())),', 'undefined,',
  ],
  [
    'a token of another configuration is in another record',
    'js/client/token_source.js', node('changing_credentials', 'the key and the seal'),
    'isSame(text, canonicalOf(this.#configuration)) &&', '',
  ],
  [
    'a broker keeps the token of a request by itself',
    'js/workers/stored_token.js', js('token_broker', 'request of a client'),
    'return configFor(config, this.#request);', 'return config;',
  ],
  [
    'tokens of a client are kept up to a number',
    'js/client/least_used.js', node('many_tokens', 'at most so many'),
    'if (this.#kept.size > this.#most) {', 'if (false) {',
  ],
  [
    'origins: whole',
    'js/lib/origin.js', node('origin', 'means an origin'),
    "[!WHOLE.test(full), 'has a path'],", '',
  ],
  [
    'origins: no http elsewhere',
    'js/lib/origin.js', node('origin', 'means an origin'),
    "[url.protocol === 'http:' && !isLoopback,", '[false,',
  ],
  [
    'origins: this machine by the rule of endpoints',
    'js/lib/origin.js', node('origin', 'means an origin'),
    RAW`/^(localhost|127(\.\d+){3}|\[::1\])$/`, RAW`/(localhost|127(\.\d+){3}|\[::1\])$/`,
  ],
  [
    'origins are copied',
    'js/client/client_options.js', node('authorized_fetch', 'of origins and options'),
    '(Array.isArray(o) ? Array.from(o) : isList(o) ? ownOf(o) : o),', 'o,',
  ],
  [
    'no cause gets out but those that hold nothing secret, Go',
    'errors.go', go('.', 'Causes'),
    '*x509.UnknownAuthorityError, *x509.HostnameError, *x509.CertificateInvalidError:',
    '*x509.UnknownAuthorityError, *x509.HostnameError, *x509.CertificateInvalidError, any:',
  ],
  [
    'an error shows no URL, Go',
    'conditions.go', go('.', 'WordsHoldNoURL'),
    "words += \"://\" + host[strings.LastIndexByte(host, '@')+1:]",
    'words += "://" + host',
  ],
  [
    'dpop: a token that is bound to no key, Go',
    'client.go', go('.', 'Proof|Nonce|TokenOfAnother|CantProve|Prove'),
    '!strings.EqualFold(do.Token.TokenType, "DPoP")', 'strings.EqualFold(do.Token.TokenType, "none")',
  ],
  [
    'dpop: a proof is for one token, Go',
    'dpop.go', go('.', 'Proof|Nonce|TokenOfAnother|CantProve|Prove'),
    'claims = claims.Set("ath"', 'claims.Set("ath"',
  ],
  [
    'dpop: each proof is another one, Go',
    'dpop.go', go('.', 'Proof|Nonce|TokenOfAnother|CantProve|Prove'),
    'jti, err := x.random(core.RandomSize)',
    'jti, err := make([]byte, core.RandomSize), error(nil)',
  ],
  [
    'dpop: a nonce once, Go',
    'transport.go', go('.', 'Proof|Nonce|TokenOfAnother|CantProve|Prove'),
    'case wanted == wantsNonce && takesNonce:', 'case wanted == wantsNonce:',
  ],
  [
    'dpop: a pair belongs together, Go',
    'dpop.go', go('.', 'SignersThatFail'),
    'if !k.verify([]byte(data), signature) {', 'if false {',
  ],
  [
    'HTTPClient: origins',
    'transport.go', TABLE_GO,
    'case from == nil && !slices.Contains(origins, origin):', 'case false:',
  ],
  [
    'HTTPClient: a redirect elsewhere has no token',
    'transport.go', TABLE_GO,
    'if !slices.Contains(origins, originOf(req.URL)) {', 'if false {',
  ],
  [
    'HTTPClient: who leads elsewhere leads back without it',
    'transport.go', TABLE_GO,
    'for ; req != nil; req = before(req) {', 'for ; req != nil; req = nil {',
  ],
  [
    "HTTPClient: the caller's credentials are for one origin",
    'transport.go', go('.', 'RedirectDrops'),
    '[]string{"Authorization", "Proxy-Authorization",', '[]string{"Proxy-Authorization",',
  ],
  [
    "HTTPClient: the caller's credentials are dropped by the Transport alone, too",
    'transport.go', go('.', 'TransportAlone'),
    '\tdropCredentials(req.Header)\n\t\treturn t.base.RoundTrip(req)',
    '\treturn t.base.RoundTrip(req)',
  ],
  [
    "HTTPClient: the caller's cookies are for one origin",
    'transport.go', go('.', 'RedirectDrops'),
    'req.Header.Del("Cookie") // the', '// the',
  ],
  [
    'HTTPClient: none from https to http',
    'transport.go', TABLE_GO,
    'case from != nil && from.URL.Scheme == "https" && req.URL.Scheme != "https":',
    'case false:',
  ],
  [
    'HTTPClient: redirects have an end',
    'transport.go', go('.', 'Redirect'),
    'if len(via) >= maxRedirects {', 'if false {',
  ],
  [
    'HTTPClient: a scheme takes no more than the token',
    'transport.go', TABLE_GO,
    'case "", "mac", "pop", "n_a":', 'case "":',
  ],
  [
    'HTTPClient: a bound token is not sent',
    'transport.go', go('.', 'BoundToken'),
    'case "dpop":\n\t\treturn "", configError', 'case "dpop?":\n\t\treturn "", configError',
  ],
  [
    'HTTPClient: a scheme is a word',
    'transport.go', TABLE_GO,
    'if len(tokenType) <= 64 && strings.Trim(tokenType, schemeCharacters) == "" {',
    'if len(tokenType) <= 64 {',
  ],
  [
    'HTTPClient: the request is copied before anything waits',
    'transport.go', go('.', 'Transport'),
    'sent := req.Clone(req.Context())', 'sent := req',
  ],
  [
    'HTTPClient: a refused token is renewed once in a while',
    'client.go', TABLE_GO,
    'if c.refusing.contains(now) {', 'if false {',
  ],
  [
    'HTTPClient: a refused body is left',
    'transport.go', go('.', 'EndlessRefusal'),
    'response.Body.Close() // not read: a body may have no end', 'for err == nil {\n\t\t_, err = response.Body.Read(make([]byte, 512))\n\t}',
  ],
  [
    'Options.Origins: whole',
    'internal/origin/origin.go', go('./internal/origin', 'Read'),
    'case !whole.MatchString(text):', 'case false:',
  ],
  [
    'Options.Origins: no http elsewhere',
    'internal/origin/origin.go', go('./internal/origin', 'Read'),
    'case u.Scheme != "https" && !loopback(u):', 'case false:',
  ],
  [
    'Options.Origins are copied',
    'options.go', go('.', 'Origins'),
    'settled.Origins = slices.Clone(settled.Origins)',
    'settled.Origins = slices.Clip(settled.Origins)',
  ],

  // Credentials of the working directory.
  [
    "the command: a found file's endpoint gets no other secret",
    'js/cli/secret_rule.js', node('secret_rule'),
    "secret === 'found' || endpoint !== 'found'", 'true',
  ],
  [
    'the command: a secret of a file has that rule',
    'js/cli/secrets.js', node('cli', 'each way to give a secret'),
    "guard('the secret of --client-secret-file');", '',
  ],
  [
    'the command: a secret of the environment has that rule',
    'js/cli/secrets.js', node('cli', 'each way to give a secret'),
    'guard(`the secret of ${SECRET}`);', '',
  ],
  [
    'the command: a secret of standard input has that rule',
    'js/cli/secrets.js', node('cli', 'each way to give a secret'),
    "guard('a secret from standard input');", '',
  ],
  [
    'the command: a key of a file has that rule',
    'js/cli/secrets.js', node('cli', 'each way to give a secret'),
    "guard('the key of --private-key-file');", '',
  ],
  [
    'the command: a key of the environment has that rule',
    'js/cli/secrets.js', node('cli', 'each way to give a secret'),
    'guard(`the key of ${KEY}`);', '',
  ],
  [
    'the command: a secret parameter has that rule',
    'js/cli/parameters.js', node('cli_request', 'a secret parameter goes'),
    'guard(`the secret of ${what}`);', '',
  ],
  [
    'the command: no secret parameter on the command line',
    'js/cli/parameters.js', node('cli_request', 'whose value is a secret'),
    '=> SECRET.includes(name),', '=> false && name,',
  ],
  [
    'the command: a pair that is none is not repeated',
    'js/cli/parameters.js', node('cli_request', 'a pair that is none'),
    '`--${option} wants ${form}`', '`--${option} wants ${form}, not ${text}`',
  ],
  [
    'the command: what it takes from the folder is said',
    'js/cli/configuration.js', node('cli', 'where a preset or the user says'),
    'if (found !== undefined && !isAgain) {', 'if (found === null) {',
  ],
  [
    'the command: a variable leads no secret of another set elsewhere',
    'js/cli/variables.js', node('cli', 'would lead a secret elsewhere'),
    'if (named !== undefined && leadsAway(', 'if (named === null && leadsAway(',
  ],
  [
    'findCredentials: a found file that names an endpoint brings its own secret',
    'js/find_credentials.js', node('credentials', 'brings its own secret'),
    `clientSecret === undefined &&\n    privateKey === undefined &&\n    SOURCES.every(`,
    'false && SOURCES.every(',
  ],
  [
    'findCredentials: a found file names no other file, whose content would go to anywhere',
    'js/find_credentials.js', node('credentials', 'names no other file'),
    "if (elsewhere !== undefined) {", 'if (elsewhere === 0) {',
  ],
  [
    "an external account's file sends a file to Google only",
    'core/credentials/google.go', VECTORS,
    'case !isTokenService(config.TokenEndpoint):', 'case false:',
  ],
  [
    'a source by http is this machine or link-local',
    'core/source.go', VECTORS,
    'url.Scheme == "http" && !url.Loopback() && !url.LinkLocal()', 'url.Scheme == "ftp"',
  ],
  [
    'a name that begins like a link-local address is none',
    'core/oauth1/url.go', VECTORS,
    'strings.HasPrefix(u.Host, "169.254.") && isIPv4(u.Host)', 'strings.HasPrefix(u.Host, "169.254.")',
  ],
  [
    'a tenant leads to no other path',
    'core/provider/resolve.go', VECTORS,
    'if strings.Trim(strings.ToLower(tenant), tenantCharacters) != "" {', 'if tenant == "/" {',
  ],
  [
    'two subjects share no token in a store',
    'js/client/seal.js', node('source', 'has no store'),
    'if (foreign !== undefined) {', 'if (foreign === 0) {',
  ],
  [
    'two functions share no refusal',
    'js/client/rest.js', node('source', 'shares no refusal'),
    "typeof config[name] === 'function' ? numberOf(config[name]) : 0", '0',
  ],
  [
    'two functions of Go share no refusal',
    'rest.go', go('.', 'SourcesShareNoRefusal'),
    'alone = alone || s.Host', '_ = s',
  ],
  [
    'a file with an assertion is read again before each request',
    'js/token/source.js', node('source', 'is read again'),
    '  return readFile(path);', '  return (/** @type {any} */ (read).kept ??= readFile(path));',
  ],
  [
    'a file with an assertion is read again before each request, Go',
    'assertion_source.go', go('.', 'FileIsReadEachTime'),
    'func readText(name string) (string, error) {\n',
    'var once = map[string]string{}\n\nfunc readText(name string) (got string, err error) {\n' +
    '\tif once[name] != "" {\n\t\treturn once[name], nil\n\t}\n' +
    '\tdefer func() { once[name] = got }()\n',
  ],
  [
    'an assertion of somebody else is got anew before a request that is repeated',
    'core/renewal/renewal.go', VECTORS,
    '\tr.texts = nil\n\treturn r.get(in)', '\treturn r.get(in)',
  ],
  [
    'what a URL answers with another status is no assertion',
    'core/answer/source.go', VECTORS,
    'if o.Failure == "" && o.Status == 200 {', 'if o.Failure == "" {',
  ],
  [
    'an assertion of somebody else has an end',
    'core/source.go', VECTORS,
    'len(text) > MaxSource ||', 'len(text) > 2*MaxSource ||',
  ],
  [
    'an assertion of somebody else breaks no line',
    'core/source.go', VECTORS,
    ' || !IsPrintable(text) {', ' {',
  ],
  [
    'the headers of a source are none of the connection',
    'core/source.go', VECTORS,
    'return checkHeaders(name+".headers", s.Headers, connectionHeaders)', 'return nil',
  ],
  [
    'no error has a subject token or an actor token',
    'core/secrets.go', go('.', 'NoErrorHasAText'),
    '"subject_token",\n\t"actor_token", ', '\n\t',
  ],
  [
    'no error has an assertion of somebody else',
    'core/secrets.go', go('.', 'NoErrorHasAText'),
    '\ts.AddToken(x.ClientAssertion)\n',
    '\tif x.ClientAssertion != "" {\n\t\treturn s // in the form of the request it is added once more\n\t}\n',
  ],
  [
    'no error has a header of a source',
    'core/secrets.go', go('.', 'NoErrorHasAText'),
    'for _, h := range get.Source.Headers {', 'for _, h := range get.Source.Headers[:0] {',
  ],
  [
    'a hint about an assertion hides the secrets in it',
    'core/answer/foreign.go', VECTORS,
    'r.redact(string(issuer))', 'string(issuer)',
  ],
  [
    'a hint about an assertion does not name its subject',
    'core/answer/foreign.go', VECTORS,
    'claims.Get("iss")', 'claims.Get("sub")',
  ],
  [
    'an assertion has ended by the time of the server',
    'core/answer/foreign.go', VECTORS,
    'now := r.sentAt/1000 + int64(offset)', 'now := r.sentAt/1000 + 0*int64(offset)',
  ],
  [
    'who issues an assertion gets no proof, Go',
    'exchanger.go', go('.', 'NoProofForASource'),
    'if do.Attempt == 0 {\n\t\tkey = nil', 'if do.Attempt == 0 {\n\t\t_ = key',
  ],
  [
    'explain asks no URL for an assertion, Go',
    'explain.go', go('.', 'ExplainAsksNoSource'),
    'if get.Source.URL != "" {', 'if get.Source.URL == "-" {',
  ],
  [
    'a printed source shows nothing, Go',
    'config.go', go('.', 'SourcePrintsNothing'),
    'io.WriteString(f, "fetchtoken.Source"+core.Redacted)',
    'fmt.Fprint(f, "clientAssertion", s.Headers)',
  ],
  [
    'no store has an assertion or a subject token',
    'js/client/seal.js', node('source', 'in no form'),
    'return hex(new Uint8Array(await subtle.deriveBits(derivation, base, 256)));',
    'return hex(canonicalOf(configuration)) + String(await subtle.deriveBits(derivation, base, 256));',
  ],
  [
    'no store has an assertion or a subject token, Go',
    'seal.go', go('.', 'NoStoreHasAText'),
    'storeKey := hex.EncodeToString(derived)', 'storeKey := hex.EncodeToString(append(derived, message...))',
  ],
  [
    'two subjects share no token in a store, Go',
    'seal.go', go('.', 'WhatCanNotBeSealed'),
    'if s.Given() && s.Text == "" {', 'if s.Given() && s.Text == "-" {',
  ],
  [
    'a subject token is part of the key in a store, Go',
    'core/canonical.go', go('.', 'StoreKeysDiffer'),
    'case f.source != nil && f.source(c).Given():', 'case f.source != nil && f.source(c).anew():',
  ],
  [
    'a function that gives an assertion has a time',
    'js/token/source.js', node('source', 'never answers'),
    'return await within(Number(timeout), signal, giving());', 'return await giving();',
  ],
  [
    'a function that gives an assertion hears that nobody waits',
    'js/token/source.js', node('source', 'hears of it'),
    'controller.abort(); //', '//',
  ],
  [
    'the audience of a job is one parameter of its URL',
    'js/assertions.js', node('assertions', 'which Entra verifies'),
    'encodeURIComponent(audience)', 'audience',
  ],
  [
    'a service account is not impersonated in silence',
    'core/credentials/google.go', VECTORS,
    'case file.Get("service_account_impersonation_url") != nil:', 'case false:',
  ],
  [
    'Go: a found file names no other file, whose content would go to anywhere',
    'cmd/fetchtoken/internal/configuration/find.go', js('workload_identity', 'npx-go'),
    'if source.Given() && source.Text == "" {', 'if source.Given() && source.Text == "-" {',
  ],
  [
    'Go: an assertion of the user goes to no endpoint of a found file',
    'cmd/fetchtoken/internal/configuration/secrets.go', js('workload_identity', 'npx-go'),
    's.guard("the text of " + variable)', 'error(nil)',
  ],
  [
    'an assertion of the user goes to no endpoint of a found file',
    'js/cli/secrets.js', js('workload_identity', 'npx-js'),
    '      guard(`the text of ${name}`);\n', '',
  ],
  [
    'findCredentials: no home folder is not the working directory',
    'js/find_credentials.js', node('credentials', 'brings its own secret'),
    'isAbsolute(home)\n        ? fromFile(join(home', 'true\n        ? fromFile(join(home',
  ],
  [
    'an environment: no variables of others are read',
    'js/credentials/credentials.js', node('credentials', 'may be given as'),
    "name.startsWith('FETCHTOKEN_') ||\n        (/^(HERE|AZURE)_/.test(name) && typeof value === 'string')",
    'true',
  ],

  // Reports of the search.
  [
    'the secret is masked',
    'core/secrets.go', go('./core/answer', 'Redact'),
    's.AddSecret(x.ClientSecret)', '',
  ],
  [
    'the secret is masked in hexadecimal',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    's.Add(hex.EncodeToString([]byte(text)))', '_ = hex.EncodeToString',
  ],
  [
    'the secret is masked in base64',
    'core/redact/search.go', go('./core/answer', 'BothAlph'),
    's.Add(base64.RawStdEncoding.EncodeToString(padded)[first:last])', '',
  ],
  [
    'the secret is masked in base64url',
    'core/redact/search.go', go('./core/answer', 'BothAlph'),
    's.Add(base64.RawURLEncoding.EncodeToString(padded)[first:last])', '',
  ],
  [
    'the secret is masked in base64, wherever it begins',
    'core/redact/search.go', go('./core/answer', 'BothAlph'),
    'for before := range 3 {', 'for before := range 1 {',
  ],
  [
    'Authorization is masked',
    'core/secrets.go', go('./core/answer', 'Redact|Repeats'),
    's.Add(credentials)', '_ = credentials',
  ],
  [
    'the signature of OAuth 1.0 is masked',
    'core/secrets.go', go('./core/answer', 'Redact|Repeats'),
    '_, credentials, _ = strings.Cut(credentials, `oauth_signature="`)', 'credentials = ""',
  ],
  [
    'the signature of an assertion is masked',
    'core/secrets.go', go('./core/answer', 'Redact|Repeats'),
    'signature, _ = assertion.Signature(x.Alg, signature)',
    'signature, _ = assertion.Signature(x.Alg, nil)',
  ],
  [
    'the signature of an assertion is known where a renewal resumes',
    'core/renewal/state.go', go('./core/renewal'),
    'dst = base64.RawURLEncoding.AppendEncode(dst, r.signature)', '',
  ],
  [
    'the assertion is masked',
    'core/secrets.go', go('./core/answer', 'Redact|Repeats'),
    'if f.Name == "client_assertion" || f.Name == "assertion" {', 'if f.Name == "" {',
  ],
  [
    'the private key is masked',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    'if len(word) >= minParts && word != id {', 'if false {',
  ],
  [
    'the passphrase is masked',
    'core/secrets.go', go('./core/answer', 'Redact'),
    's.Add(x.Passphrase)', '',
  ],
  [
    "other grants' credentials are masked",
    'core/secrets.go', VECTORS,
    '"password", "refresh_token",', '"refresh_token",',
  ],
  [
    'a refresh token that was sent is masked',
    'core/secrets.go', go('./core/answer', 'Redact'),
    '"password", "refresh_token",', '"password",',
  ],
  [
    'issued tokens are masked',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    's.addToken(token, maxEncoded-size)', '',
  ],
  [
    'issued tokens are masked, under any spelling',
    'core/redact/redact.go', go('./core/answer', 'Redact'),
    'strings.ReplaceAll(strings.ReplaceAll(strings.Trim(plain, `"`), "_", ""), "-", "")',
    'strings.Trim(plain, `"`)',
  ],
  [
    'issued tokens are masked, whatever kind of token',
    'core/redact/redact.go', go('./core/answer', 'Redact'),
    'return strings.HasSuffix(plain, "token") && len(value) > 16', 'return false',
  ],
  [
    'issued tokens are masked, in JSON within a string',
    'core/redact/redact.go', go('./core/answer', 'Redact'),
    'lookInto(body[at:end])', '',
  ],
  [
    'of a flood of tokens nothing is shown',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    's.flooded = true', '',
  ],
  [
    'JWTs are masked',
    'core/redact/search.go', go('./core/answer', 'Redact|Repeats'),
    'findJWTs(decoded, hidden)', '',
  ],
  [
    'parts of a secret are masked',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    'if part := secret[i : i+size]; !s.parts[part] {', 'if part := secret[i : i+size]; false {',
  ],
  [
    'short secrets are masked',
    'core/redact/search.go', go('./core/answer', 'Redact|Hint|Explain'),
    'for _, secret := range s.short[size] {\n\t\t\tnote(secret)',
    'for _, secret := range s.short[size] {\n\t\t\t_ = secret',
  ],
  [
    'a secret that shares a part with what is public is masked',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    's.whole = append(s.whole, form)', '',
  ],
  [
    'a secret that is cut at the end is masked',
    'core/redact/search.go', go('./core/answer', 'RedactCut'),
    'if heads[form[len(form)-size:]] {', 'if false {',
  ],
  [
    'a secret that is cut at the beginning is masked',
    'core/redact/search.go', go('./core/answer', 'RedactCut'),
    'if tails[form[:size]] {', 'if false {',
  ],
  [
    'a secret that is cut before an ellipsis is masked',
    'core/redact/search.go', go('./core/answer', 'RedactCut'),
    'if i >= size && heads[form[i-size:i]] {', 'if false {',
  ],
  [
    'a secret that is cut behind an ellipsis is masked',
    'core/redact/search.go', go('./core/answer', 'RedactCut'),
    'if i+size <= len(form) && tails[form[i:i+size]] {', 'if false {',
  ],
  [
    'asterisks are a cut',
    'core/redact/search.go', go('./core/answer', 'RedactCut'),
    "case '.', '*':", "case '.':",
  ],
  [
    'what is encoded at the cut of a long text is not shown',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    'shown = min(shown, at[end].start)', '_ = at[end].start',
  ],
  [
    'a text is searched as it is, too',
    'core/redact/search.go', go('./core/answer', 'Redact'),
    'all = append(all, plain)', '_ = plain',
  ],
  [
    'a backslash at the end of a secret is masked with it',
    'core/redact/search.go', go('./core/answer', 'RedactBackslash'),
    's.behind || behind', 's.behind && behind',
  ],
  [
    'percent-encoding is undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    "n >= 0 && stack[n].r == '%' {", 'n >= 0 && false {',
  ],
  [
    RAW`\x41 is undone`,
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    "n >= 0 && stack[n].r == 'x' && stack[n].slashes > 0 {", 'n >= 0 && false {',
  ],
  [
    RAW`\u0041 is undone`,
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    '\t\tif isJSON {', '\t\tif isJSON && false {',
  ],
  [
    '%u0041 is undone',
    'core/redact/decode.go', go('./core/answer', 'RedactWhatLooks'),
    "if n > 0 && stack[n-1].r == '%' {", 'if false {',
  ],
  [
    'surrogates are undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    'first := stack[n-2].r; 0xd800 <= first && first < 0xdc00 {',
    'first := stack[n-2].r; first < 0 {',
  ],
  [
    'entities of HTML are undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    "case last == ';':", "case last == ';' && last == 0:",
  ],
  [
    'entities of HTML by their number are undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    'if !numeric {\n\t\treturn named(name)',
    'if !numeric || digits != "" {\n\t\treturn named(name)',
  ],
  [
    'entities of HTML in hexadecimal are undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    "if digits != \"\" && digits[0]|0x20 == 'x' {", 'if false {',
  ],
  [
    'entities of HTML by their name are undone',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    'known == name {\n\t\t\treturn rune(rest[0])', 'known == name {\n\t\t\treturn 0',
  ],
  [
    'bytes of UTF-8 are put together',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    'n, c.r = lastOfUTF8(stack)', 'n = 0',
  ],
  [
    'encodings are undone as often as there are any',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    'stack = stack[:len(stack)-n]\n', 'stack = append(stack[:len(stack)-n], c)\n\t\t\tbreak\n',
  ],
  [
    'case does not count',
    'core/redact/decode.go', go('./core/answer', 'Redact'),
    "case 'A' <= r && r <= 'Z':\n\t\t\tr |= 0x20", "case 'A' <= r && r <= 'Z':\n\t\t\tr |= 0",
  ],
  [
    'a plus sign may be a blank',
    'core/redact/decode.go', go('./core/answer', 'RedactEncoded'),
    "|| r == '+':", ':',
  ],
  [
    'white space does not count',
    'core/redact/decode.go', go('./core/answer', 'RedactWrapped'),
    '|| unicode.IsSpace(r) ||', '|| false && unicode.IsSpace(r) ||',
  ],
  [
    'line breaks do not count',
    'core/redact/search.go', go('./core/answer', 'RedactWrapped'),
    'if lines := wrapped(reading); lines != nil {', 'if lines := wrapped(reading); false {',
  ],
  [
    'tokens are masked in base64',
    'core/redact/search.go', go('./core/answer', 'RedactEncodedTokens'),
    'if len(token) <= encoded {', 'if false {',
  ],
  [
    'plus signs at the ends of a secret are masked with it',
    'core/redact/search.go', go('./core/answer', 'RedactEnds'),
    'if start = 0; i > 0 {', 'if i < 0 {',
  ],
  [
    'what shows nothing does not count',
    'core/redact/decode.go', go('./core/answer', 'Redact'),
    'case isHidden(r) || unicode', 'case unicode',
  ],

  // Other reports.
  [
    "a server's text has no control characters",
    'core/redact/redact.go', go('./core/answer'),
    "if c == '\\ufffd' || isHidden(c) {", 'if false {',
  ],
  [
    "a server's text is cut",
    'core/redact/redact.go', VECTORS,
    'maxText = 500', 'maxText = 1 << 20',
  ],
  [
    "a server's text is cut before it is searched",
    'core/redact/redact.go', go('./core/redact', 'LongText'),
    'maxSearched = 8 << 10', 'maxSearched = 8 << 20',
  ],
  [
    "a server's code and words are redacted",
    'core/answer/errors.go', go('./core/answer', 'Redact'),
    `e.OAuthError, e.ErrorDescription, e.ProviderCode = r.redact(\n\t\twhy.err,\n\t), r.redact(\n\t\twhy.description,\n\t), r.redact(\n\t\twhy.code,\n\t)`,
    'e.OAuthError, e.ErrorDescription, e.ProviderCode = r.redact(why.err), r.redact(why.description), why.code',
  ],
  [
    "a server's name for a request is redacted",
    'core/answer/errors.go', go('./core/answer', 'Redact'),
    'e.RequestID = first(e.RequestID, r.redact(r.outcome.header(name)))',
    'e.RequestID = first(e.RequestID, r.outcome.header(name))',
  ],
  [
    "the host's words are redacted",
    'core/answer/errors.go', go('./core/answer', 'Redact'),
    'detail := r.redact(r.outcome.Detail)', 'detail := r.outcome.Detail',
  ],
  [
    "a signer's words are redacted",
    'core/signing.go', go('./core/answer', 'Redact'),
    'if e.Cause = shown;', 'if e.Cause = detail;',
  ],
  [
    'a challenge is searched before it is taken apart',
    'core/answer/refusal.go', VECTORS,
    'header := r.mask(r.outcome.header("www-authenticate"))',
    'header := r.outcome.header("www-authenticate")',
  ],
  [
    'of an answer that is not understood no word is shown that may be a token',
    'core/answer/parse.go', go('./core/answer', 'OneWordOfASuccess'),
    `||\n\t\t\tsuccess && !strings.Contains(r.words, " ") {`, '{',
  ],
  [
    'what is called a token is not shown',
    'core/answer/body.go', go('./core/answer', 'CalledAToken'),
    'if (hide || !isPlain(word)) && word != "redacted" {',
    'if (hide && word == "" || !isPlain(word)) && word != "redacted" {',
  ],
  [
    'what looks like a token is not shown',
    'core/answer/body.go', go('./core/answer', 'LooksLikeAToken'),
    'if (hide || !isPlain(word)) && word != "redacted" {', 'if hide && word != "redacted" {',
  ],
  [
    'an unknown name that may hold a secret is not repeated, Go',
    'core/errors.go', go('./core', 'Unknown'),
    'if isRepeated(name) {', 'if true {',
  ],
  [
    'an unknown name that may hold a secret is not repeated, JavaScript',
    'js/lib/options.js', node('client', 'is repeated only if'),
    'const shown = isRepeated(name) ?', 'const shown = true ?',
  ],
  [
    'an unknown argument is not repeated',
    'js/cli/arguments.js', node('cli', 'is not repeated'),
    '`argument ${position} is an unknown option', '`${name} is an unknown option',
  ],
  [
    'call: the token goes to no other origin',
    'js/cli/call.js', node('cli_call', 'to no origin that is not named'),
    '  checkOrigin(url, origins);\n', '',
  ],
  [
    'call: --origin is an origin',
    'js/cli/api_origins.js', node('cli_call', 'a wrong command line'),
    "given.map((text) => namedOrigin('--origin', text))", 'given',
  ],
  [
    'call: the caller sets no Authorization',
    'js/cli/call.js', node('cli_call', 'before a file is read'),
    "'authorization', 'connection',", "'connection',",
  ],
  [
    'call: the caller sets no Host',
    'js/cli/call.js', node('cli_call', 'before a file is read'),
    "'expect', 'host',\n", "'expect',\n",
  ],
  [
    'call: a header has no control characters',
    'js/cli/call.js', node('cli_call', 'before a file is read'),
    RAW`([\t -~\x80-\xff]*)$/.exec(line)`, '(.*)$/s.exec(line)',
  ],
  [
    'call: a message repeats no argument',
    'js/cli/call.js', node('cli_call', 'before anything is sent'),
    "throw new UsageError('the URL holds a user", "throw new UsageError(url + 'the URL holds a user",
  ],
  [
    'call: the APIs of another environment get no token',
    'js/cli/api_origins.js', node('cli_call', 'presets know'),
    '        api.environment === environment),', '        true),',
  ],
  [
    'call: the APIs of another preset get no token',
    'js/cli/api_origins.js', node('cli_call', 'presets know'),
    'api.provider === provider &&', 'true &&',
  ],
  [
    'call: a URL has no user',
    'js/cli/call.js', node('cli_call', 'a wrong command line'),
    "if (url.username !== '' || url.password !== '') {", 'if (false) {',
  ],
  [
    'call: a terminal obeys no answer',
    'js/cli/api_answer.js', node('cli_call', 'a terminal is shown'),
    'text.replaceAll(/[^\\n\\t]+/g, printable)', 'text',
  ],
  [
    'proxy: a request has the key of the session',
    'js/cli/proxy_request.js', node('cli_proxy', 'refuses a request'),
    'return timingSafeEqual(digest(given), digest(key));', 'return given !== key || true;',
  ],
  [
    'proxy: the Host is this machine',
    'js/cli/proxy_request.js', node('cli_proxy', 'refuses a request'),
    'listensHere && !isOwnName(headers.host, authority)', 'listensHere && authority === undefined',
  ],
  [
    'proxy: a target has no empty segment',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    '(?!/|(?:', '(?!(?:',
  ],
  [
    'proxy: a target has no backslash and no fragment',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    RAW`return !/[\\#]/.test(target) && `, 'return ',
  ],
  [
    'proxy: a path has no dot segments',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    RAW`(?:\.|%2e){1,2}(?:[/;]|%3b|$)`, '-',
  ],
  [
    'proxy: a path is encoded',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    RAW`[\w.~!$&`, RAW`["<>{}\w.~!$&`,
  ],
  [
    'proxy: a rule fits the whole path',
    'js/lib/proxy_rules.js', node('cli_proxy', 'what a rule permits'),
    '(end ? at.startsWith(path) : at === path)', 'at.startsWith(path)',
  ],
  [
    'proxy: a rule fits a path before it is decoded',
    'js/lib/proxy_rules.js', node('cli_proxy', 'what a rule permits'),
    'const isPlain = !/%(25)*(2f|5c|2e|00)/i.test(path);', 'const isPlain = true;',
  ],
  [
    'proxy: no header of one connection is passed on',
    'js/lib/proxy_rules.js', node('cli_proxy', 'passes no header'),
    '  ...HOP_BY_HOP, \'accept-encoding\',', "  'accept-encoding',",
  ],
  [
    'proxy: no header that a Connection names is passed on',
    'js/lib/proxy_rules.js', node('cli_proxy', 'passes no header'),
    'if (!NOT_SENT.includes(name) && !names.includes(name)) {',
    'if (!NOT_SENT.includes(name)) {',
  ],
  [
    'proxy: no cookie is passed on',
    'js/lib/proxy_rules.js', node('cli_proxy', 'passes no header'),
    "'authorization', 'cookie', 'cookie2',", "'authorization', 'cookie2',",
  ],
  [
    'proxy: no cookie is passed back',
    'js/lib/proxy_rules.js', node('cli_proxy', 'passes no header'),
    "'alt-svc', 'set-cookie',", "'alt-svc',",
  ],
  [
    'proxy: it leads to no other origin',
    'js/lib/proxy_rules.js', node('cli_proxy', 'leads on to the API only'),
    "return origin === to.origin && !pathname", 'return !pathname',
  ],
  [
    'proxy: a redirect within the API leads to no other host',
    'js/lib/proxy_rules.js', node('cli_proxy', 'leads on to the API only'),
    "&& !pathname.startsWith('//')", '',
  ],
  [
    'proxy: a redirect is read as each client reads it',
    'js/lib/proxy_rules.js', node('cli_proxy', 'leads on to the API only'),
    RAW`if (/[\\\t]/.test(location) || `, 'if (',
  ],
  [
    'proxy: it follows no redirect itself',
    'js/cli/proxy.js', node('cli_proxy', 'leads on to the API only'),
    "      redirect: 'manual',\n", '',
  ],
  [
    'proxy: no method is passed on that fetch has not',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    "const NO_METHODS = ['CONNECT', 'TRACE', 'TRACK'];", "const NO_METHODS = [''];",
  ],
  [
    'proxy: a rule fits its method only',
    'js/lib/proxy_rules.js', node('cli_proxy', 'what a rule permits'),
    "(method === '*' || method === asked) && ", '',
  ],
  [
    'proxy: a rule without a meaning is refused',
    'js/lib/proxy_rules.js', node('cli_proxy', 'an --allow that is no rule'),
    RAW`[^\s*?#%]*`, '.*',
  ],
  [
    'proxy: a rule fits no path that is encoded twice',
    'js/lib/proxy_rules.js', node('cli_proxy', 'what a rule permits'),
    '/%(25)*(2f|5c|2e|00)/i', '/%(2f|5c|2e|00)/i',
  ],
  [
    'proxy: a rule fits no request with another method in a header',
    'js/lib/proxy_rules.js', node('cli_proxy', 'what a rule permits'),
    'REPLACING.some((name) => names.includes(name))', 'false',
  ],
  [
    'proxy: a segment of dots with a parameter is refused',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    '(?:[/;]|%3b|$)', '(?:/|$)',
  ],
  [
    'proxy: a rule fits no path that is encoded twice, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'TestRules'),
    '`(?i)%(25)*(2f', '`(?i)%(2f',
  ],
  [
    'proxy: a rule fits no request with another method in a header, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'TestRules'),
    'slices.ContainsFunc(replacing, isThere)', 'slices.ContainsFunc([]string{}, isThere)',
  ],
  [
    'proxy: a segment of dots with a parameter is refused, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'TestRefused'),
    'dots, _, _ = strings.Cut(dots, ";")', '',
  ],
  [
    'the command in Go logs nothing that a server sends',
    'cmd/fetchtoken/main.go', js('command_in_go', 'after the end of an answer'),
    'log.SetOutput(io.Discard)', 'log.SetOutput(os.Stderr)',
  ],
  [
    'proxy: it opens no tunnel',
    'js/cli/proxy.js', node('cli_proxy', 'opens no tunnel'),
    'socket.end(NO_TUNNEL)', "socket.end(NO_TUNNEL.replace('501', '200'))",
  ],
  [
    'proxy: the key is new at each start',
    'js/cli/proxy.js', node('cli_proxy', 'a key of its own'),
    "Buffer.from(randomBytes(32)).toString('base64url')", "Buffer.alloc(32).toString('base64url')",
  ],
  [
    'proxy: a program has no secret of fetchtoken',
    'js/cli/proxy.js', node('cli_proxy', 'no secret, and the proxy ends'),
    '...withoutSecrets(process.env)', '...process.env',
  ],
  [
    'proxy: it says that other machines may reach it',
    'js/cli/proxy.js', node('cli_proxy', 'beyond this machine'),
    'if (!listensHere) {', 'if (false) {',
  ],
  [
    'proxy: it listens on this machine unless it is told to',
    'js/cli/proxy.js', node('cli_proxy', 'a key of its own'),
    "'127.0.0.1:0')", "'0.0.0.0:0')",
  ],
  [
    'proxy: --watch reads standard input once',
    'js/cli/input.js', node('cli_proxy', '--watch'),
    'if (isWatched && names.length > 0) {', 'if (false) {',
  ],
  [
    'proxy: standard input is no secret',
    'js/cli/proxy.js', node('cli_proxy', 'never taken for the secret'),
    ', asks: false };', ' };',
  ],
  [
    'proxy: a WebSocket is refused',
    'js/lib/proxy_rules.js', node('cli_proxy', 'refuses a request'),
    "({ upgrade }) => /websocket/i.test(upgrade)]", '() => false]',
  ],
  [
    'proxy: --to is an origin',
    'js/cli/proxy.js', node('cli_proxy', 'a wrong command line'),
    "namedOrigin('--to', text)", 'text',
  ],
  // A Worker as a proxy.
  [
    'broker: a caller has a key',
    'examples/broker/caller.js', example('broker', 'nothing without its key'),
    'if (isEqual && key.length >= KEY_LENGTH) {', 'if (key.length >= KEY_LENGTH) {',
  ],
  [
    'broker: a short key is no key',
    'examples/broker/caller.js', example('broker', 'nothing without its key'),
    'if (isEqual && key.length >= KEY_LENGTH) {', 'if (isEqual) {',
  ],
  [
    'broker: a caller uses the APIs to which it has the right',
    'examples/broker/worker.js', example('broker', 'nothing without its key'),
    ' || !caller[route]?.includes(name)', '',
  ],
  [
    'broker: a JWT of Access is for this Worker',
    'examples/broker/caller.js', example('broker', 'a user of Access'),
    "issuer, audience, algorithms: ['RS256'], requiredClaims: ['exp'],",
    "issuer, algorithms: ['RS256'], requiredClaims: ['exp'],",
  ],
  [
    'broker: no link of another site uses the cookie of Access',
    'examples/broker/cors.js', example('broker', 'a user of Access'),
    '/^(cross|same)-site$/.test(', '/^-$/.test(',
  ],
  [
    'a wait that no timer can run for does not end at once',
    'js/lib/clock.js', node('clock', 'than a timer can'),
    'Math.min(ms, LONGEST)', 'ms',
  ],
  [
    'broker: a JWT of Access has an end',
    'examples/broker/caller.js', example('broker', 'a user of Access'),
    ", requiredClaims: ['exp']", '',
  ],
  [
    'broker: a page of another origin does not use the cookie of Access',
    'examples/broker/caller.js', example('broker', 'a user of Access'),
    'jwt === null || isForeign(request)', 'jwt === null',
  ],
  [
    'broker: the API does not learn who asks',
    'examples/broker/worker.js', example('broker', 'in place of the key'),
    'forward(fromEdge(request))', 'forward(request)',
  ],
  [
    'broker: a caller has a limit',
    'examples/broker/worker.js', example('broker', 'too many requests'),
    'if (!(await env.LIMIT.limit({ key: caller.id })).success) {', 'if (caller.id === "") {',
  ],
  [
    'broker: pages of other origins read nothing',
    'examples/broker/cors.js', example('broker', 'pages of listed origins'),
    "const isListed = (request) => env.ORIGINS.includes(originOf(request));",
    'const isListed = (request) => originOf(request) !== null;',
  ],
  [
    'createProxy: the path of the API is below the base',
    'js/proxy.js', node('proxy', 'not below the base'),
    'return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) + search',
    'return true ? pathname.slice(base.length) + search',
  ],
  [
    'createProxy: it follows no redirect itself',
    'js/proxy.js', node('proxy', 'a redirect stays'),
    ", redirect: 'manual' }", ' }',
  ],
  [
    'createProxy: the API is an origin',
    'js/proxy.js', node('proxy', 'wrong options'),
    '(to) => readOrigin(to).fault === undefined,', "(to) => typeof to === 'string',",
  ],
  // The same, Go.
  [
    'proxy: a request has the key of the session, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    'return subtle.ConstantTimeCompare(a[:], b[:]) == 1', 'return subtle.ConstantTimeCompare(a[:], a[:])+len(b) > 0',
  ],
  [
    'proxy: the Host is this machine, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    '&& !isOwnName(r.Host, s.port)', '&& !isOwnName(s.to.Host, s.port) && false',
  ],
  [
    'proxy: the Host has a name of this machine, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    ' && isLoopback(name[1])', '',
  ],
  [
    'proxy: a target has no empty segment, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    'if isEmpty || dots', 'if isEmpty && false || dots',
  ],
  [
    'proxy: a path has no dot segments, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    'dots == "." || dots == ".." || ', 'dots == "\\x00" || ',
  ],
  [
    'proxy: a path is encoded, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    ' || !plainSegment.MatchString(segment)', '',
  ],
  [
    'proxy: a target has no backslash and no fragment, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    RAW`if !isPath || strings.ContainsAny(target, ${'`'}\#${'`'}) {`, 'if !isPath {',
  ],
  [
    'proxy: a WebSocket is refused, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Refused'),
    'strings.Contains(strings.ToLower(upgrade), "websocket")', 'upgrade == "-"',
  ],
  [
    'proxy: it opens no tunnel, Go',
    'cmd/fetchtoken/internal/proxy/proxy.go', command('proxy', 'Refused'),
    'w.WriteHeader(http.StatusNotImplemented)', 'w.WriteHeader(http.StatusOK)',
  ],
  [
    'proxy: a rule fits the whole path, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Rules'),
    'path == r.path || r.isOpen && strings', 'strings',
  ],
  [
    'proxy: a rule fits its method only, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Rules'),
    'if r.method != "*" && r.method != method {', 'if r.method == "" {',
  ],
  [
    'proxy: a rule fits a path before it is decoded, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Rules'),
    '(isDecoded(path) || ', '(',
  ],
  [
    'proxy: no header of one connection is passed on, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Headers'),
    '"X-Real-Ip",\n}, hopByHop...)', '"X-Real-Ip",\n})',
  ],
  [
    'proxy: no header that a Connection names is passed on, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Headers'),
    'headers.Del(strings.Trim(name, " \\t"))', '_ = name',
  ],
  [
    'proxy: no cookie is passed on, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Headers'),
    '"Cookie", "Cookie2", "Dpop"', '"Cookie2", "Dpop"',
  ],
  [
    'proxy: no cookie is passed back, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Headers'),
    '"Set-Cookie", "Set-Cookie2"}', '"Set-Cookie2"}',
  ],
  [
    'proxy: it leads to no other origin, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Locations'),
    ' || origin.Of(u) != origin.Of(to)', ' || origin.Of(u) == ""',
  ],
  [
    'proxy: a redirect within the API leads to no other host, Go',
    'cmd/fetchtoken/internal/proxy/request.go', command('proxy', 'Locations'),
    'return u.String(), !strings.HasPrefix(u.Path, "//")', 'return u.EscapedPath(), true',
  ],
  [
    'proxy: overlapping requests share a renewal, Go',
    'cmd/fetchtoken/internal/proxy/proxy.go', command('proxy', 'OneRenewal'),
    'answered, err := h.api.RoundTrip(sent)', 'answered, err := http.DefaultTransport.RoundTrip(sent)',
  ],
  [
    'call: the token goes to no other origin, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Origins'),
    '!slices.Contains(origins, own)', 'own == ""',
  ],
  [
    'call: --origin is an origin, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Origins'),
    'if fault != nil {', 'if false {',
  ],
  [
    'proxy: --to is an origin, Go',
    'cmd/fetchtoken/internal/proxy/proxy.go', command('proxy', 'WrongTo'),
    'if fault != nil {', 'if false {',
  ],
  [
    'call: a URL has no user, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Refused'),
    'if u.User != nil {', 'if u.User != nil && false {',
  ],
  [
    'call: the caller sets no Authorization, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Refused'),
    '"accept-encoding", "authorization", ', '"accept-encoding", ',
  ],
  [
    'call: no other origin learns the URL, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Redirects'),
    '	req.Header.Del("Referer") // no other origin learns the URL\n', '',
  ],
  [
    'call: no redirect has credentials, Go',
    'cmd/fetchtoken/internal/call/call.go', command('call', 'Redirects'),
    'case req.URL.User != nil:', 'case req.URL.User != nil && false:',
  ],
  [
    'call: a terminal obeys no answer, Go',
    'cmd/fetchtoken/internal/call/shown.go', command('call', 'Shown'),
    'whole = report.Printable(whole)', '_ = report.Printable',
  ],
  [
    'exec: a program has no secret of fetchtoken, Go',
    'cmd/fetchtoken/internal/execute/program.go', command('execute', 'Environment'),
    'strings.HasPrefix(name, "FETCHTOKEN_") || ', '',
  ],
  [
    'exec: a program has no secret of HERE, Go',
    'cmd/fetchtoken/internal/execute/program.go', command('execute', 'Environment'),
    ' || name == "HERE_ACCESS_KEY_SECRET"', '',
  ],
  [
    'exec: a program has no secret of fetchtoken',
    'js/cli/exec.js', node('cli_exec', 'nothing that fetchtoken reads'),
    '...withoutSecrets(process.env)', '...process.env',
  ],
  [
    'exec: standard input is no secret unless an option says so',
    'js/cli/exec.js', node('cli_exec', 'never taken for the secret'),
    ', asks: false }', ' }',
  ],
  [
    'GitHub Actions mask a token that is printed',
    'js/cli/cli.js', node('cli_format', 'before anybody has it'),
    '  maskInLogs(token);\n', '',
  ],
  [
    'GitHub Actions mask the token of exec',
    'js/cli/exec.js', node('cli_exec', 'GitHub Actions'),
    '  maskInLogs(token);\n', '',
  ],
  [
    'a terminal is shown no mask',
    'js/cli/log_mask.js', node('cli_format', 'a terminal is shown no mask'),
    ' || process.stderr.isTTY', '',
  ],
  [
    'a header is made of a token alone',
    'js/cli/format.js', node('cli_format', 'makes no header'),
    'if (scheme === undefined) {', 'if (false) {',
  ],
  [
    'names in a message are cut',
    'core/name.go', go('./core', 'Name'),
    'maxName  = 64', 'maxName  = 64_000',
  ],
  [
    'lists of names in a message are cut',
    'core/name.go', go('./core', 'Name'),
    'maxNames = 10', 'maxNames = 10_000',
  ],
  [
    'a URL that is refused is not repeated',
    'core/provider/resolve.go', go('./core', 'RefusedEndpoint'),
    'return nil, core.ConfigError(field, err.Error())',
    'return nil, core.ConfigError(field, text+" "+err.Error())',
  ],
  [
    'explain masks the secret in the body',
    'core/explain.go', go('./core', 'Explain'),
    'e.Request.URL, e.Request.Body = s.MaskWhole(e.Request.URL), s.MaskWhole(e.Request.Body)',
    'e.Request.URL = s.MaskWhole(e.Request.URL)',
  ],
  [
    'explain masks the secret in the endpoint',
    'core/explain.go', go('./core', 'Explain'),
    'e.Request.URL, e.Request.Body = s.MaskWhole(e.Request.URL), s.MaskWhole(e.Request.Body)',
    'e.Request.Body = s.MaskWhole(e.Request.Body)',
  ],
  [
    'explain masks the secret in the assertion',
    'core/explain.go', go('./core', 'Explain'),
    'e.Header, e.Claims = s.MaskObject(header), s.MaskObject(claims)',
    'e.Header, e.Claims = s.MaskObject(header), claims',
  ],
  [
    'explain masks the secret in what was chosen',
    'core/explain.go', go('./core', 'Explain'),
    'c.Field, c.Value = s.MaskWhole(c.Field), s.MaskWhole(c.Value)',
    'c.Field = s.MaskWhole(c.Field)',
  ],
  [
    'explain masks Basic',
    'core/explain.go', VECTORS,
    'a.authorization = "Basic " + Redacted', '',
  ],
  [
    'explain masks the signature of OAuth 1.0',
    'core/explain.go', VECTORS,
    '`oauth_signature="` + Redacted + `"`', '`oauth_signature="` + rest[:4] + `"`',
  ],
  [
    'explain masks the signature of an assertion',
    'core/explain.go', VECTORS,
    "last.Value = last.Value[:strings.LastIndexByte(last.Value, '.')+1] + mask",
    '_ = last.Value',
  ],
  [
    "explain masks other grants' credentials",
    'core/explain.go', go('./core', 'Explain'),
    'fields[i].Value = mask', 'fields[i].Value = f.Value',
  ],
  [
    'a printed Config hides its secret',
    'core/config_fields.go', go('./core', 'Print'),
    '&c.ClientSecret }, secret: true,', '&c.ClientSecret },',
  ],
  [
    'a printed Config hides its key',
    'core/config_fields.go', go('./core', 'Prints'),
    '*string { return &c.PrivateKey }, secret: true,', '*string { return &c.PrivateKey },',
  ],
  [
    'a printed Config hides its passphrase',
    'core/config_fields.go', go('./core', 'Prints'),
    '*string { return &c.Passphrase }, secret: true}', '*string { return &c.Passphrase }}',
  ],
  [
    'a printed Config hides the secret where else it stands',
    'core/print.go', go('./core', 'Prints'),
    'value = s.MaskWhole(f.value(&c).Text)', 'value = f.value(&c).Text',
  ],
  [
    'a Config of Go has claims that are JSON',
    'core/config_fields.go', go('./core', 'ClaimsAreJSON'),
    "!jsonobject.Valid(m.Value) || m.Value[0]", "m.Value[0]",
  ],
  [
    'a printed configuration hides its secrets',
    'js/lib/config_fields.js', node('print'),
    "export const SECRETS = ['clientSecret', 'privateKey', 'passphrase'];",
    "export const SECRETS = ['clientSecret', 'passphrase'];",
  ],
  [
    'a printed configuration hides the secret where else it stands',
    'js/credentials/credentials.js', node('print'),
    "(typeof first === 'string' && withoutSecret(first, values.clientSecret ?? '') !== first);",
    'false;',
  ],
  [
    'a printed configuration is masked by whoever prints',
    'js/credentials/credentials.js', node('print'),
    `Object.defineProperty(\n    config,\n    INSPECT,`, "Object.defineProperty({}, INSPECT, ",
  ],
  [
    'a configuration that was printed is none',
    'core/provider/resolve.go', go('./core', 'PrintedConfig'),
    'case r.user.ClientSecret:\n\t\treturn core.ErrRedacted("clientSecret")',
    'case "\\x00":\n\t\treturn core.ErrRedacted("clientSecret")',
  ],
  [
    'a terminal is told nothing',
    'js/cli/printable.js', node('printable', 'becomes visible|same value'),
    RAW`[\p{C}\p{Zl}`, RAW`[\p{Zl}`,
  ],
  [
    'a terminal is told nothing that shows nothing',
    'js/cli/printable.js', node('printable', 'becomes visible|same value'),
    RAW`\p{Default_Ignorable_Code_Point}]/gu`, ']/gu',
  ],
  [
    'all that the command complains about is printable',
    'js/cli/output.js', node('printable', 'the command prints none'),
    '`fetchtoken: ${printable(message)}', '`fetchtoken: ${message}',
  ],
  [
    'the JSON that the command prints is printable',
    'js/cli/format.js', node('printable', 'the command prints none'),
    'printableJSON(token, 2)', 'JSON.stringify(token, null, 2)',
  ],
  [
    'an explanation is printable',
    'js/cli/explanation.js', node('printable', 'the command prints none'),
    '[choice.field, choice.from, choice.value].map(printable)',
    '[choice.field, choice.from, choice.value]',
  ],
  [
    'a shell reads one word',
    'js/cli/printable.js', node('printable', 'reads a word'),
    RAW`text.replaceAll("'", "'\\''")`, 'text',
  ],
  [
    'what a store throws is shown without addresses',
    'js/token/foreign_error.js', node('foreign_error'),
    ".replace(/\\b[a-z][a-z0-9+.-]{0,20}:\\/\\/\\S*/gi, addressOf)", '',
  ],
  [
    'what a store throws is shown without keys',
    'js/token/foreign_error.js', node('foreign_error'),
    "isLong(word) ? '[redacted]' : word", 'word',
  ],
  [
    'what a store throws is not handed on',
    'js/token/foreign_error.js', node('foreign_error'),
    'const error = new Error(shown(',
    'const error = Object.assign(new Error(shown(thrown?.message ?? "")), thrown, { x: 1 }); void (shown(',
  ],

  // Each request is fresh and whole.
  [
    'an oauth1 nonce is random',
    'core/build.go', VECTORS,
    'EncodeToString(random),', 'EncodeToString(make([]byte, 16)),',
  ],
  [
    'a jti is random',
    'core/build.go', VECTORS,
    'uuid.NewRandomFromReader(bytes.NewReader(random))',
    'uuid.NewRandomFromReader(bytes.NewReader(make([]byte, 16)))',
  ],
  [
    'a repeated request is signed anew',
    'core/renewal/renewal.go', TABLE_GO,
    'copy(r.random[:], in.Random)',
    'if r.attempt == 1 {\n\t\tcopy(r.random[:], in.Random)\n\t}',
  ],
  [
    'random bytes are as many as asked for',
    'core/build.go', go('./core', 'AllRandomBytes'),
    'if len(random) != RandomSize {\n\t\treturn nil, nil, errRandom',
    'if len(random) > RandomSize {\n\t\treturn nil, nil, errRandom',
  ],
  [
    'random bytes are drawn for each request, Go',
    'exchanger.go', go('.', 'Random|Table'),
    'random, err := x.random(renewal.RandomSize)',
    'random, err := make([]byte, renewal.RandomSize), error(nil)',
  ],
  [
    'random bytes are used once',
    'js/lib/random.js', node('sign_oauth1', 'fresh nonce'),
    'pool.fill(0, drawn, (drawn += size));', '',
  ],
  [
    'a proof has a jti of its own',
    'js/token/dpop.js', node('dpop', 'is another one each time'),
    'jti: base64url(this.#random(16)),', "jti: 'one',",
  ],
  [
    'a proof is for one method',
    'js/token/dpop.js', node('dpop', 'section 4.1|section 7.1'),
    'htm: method,', "htm: 'POST',",
  ],
  [
    'a proof is for one token',
    'js/token/dpop.js', node('dpop', 'hash of the token'),
    'token === undefined\n          ? undefined', 'true\n          ? undefined',
  ],
  [
    'a proof is for one URL, without its query',
    'js/token/dpop.js', node('dpop', 'section 4.1|section 7.1'),
    'htu: origin + pathname,', 'htu: url,',
  ],
  [
    'a proof shows the public key only',
    'js/token/dpop.js', node('dpop', 'section 4.1|section 7.1'),
    'exported.filter(([name]) => PUBLIC.includes(name))', 'exported',
  ],
  [
    'a nonce is for its own origin',
    'js/token/dpop.js', node('dpop', 'nonce of its own origin'),
    'nonce: this.#nonces.get(origin),', 'nonce: [...this.#nonces.values()][0],',
  ],
  [
    'a nonce is taken up once, for a token',
    'core/renewal/plan.go', go('.', 'NonceOfTheTokenEndpoint'),
    'r.limits.Proves && !r.proved &&', 'r.limits.Proves &&',
  ],
  [
    'a nonce is taken up once, by client.fetch',
    'js/client/authorized_fetch.js', node('dpop', 'takes up a nonce once'),
    'takesNonce = false;', '',
  ],
  [
    'a token for anybody is none for a key',
    'js/client/token_endpoint.js', node('dpop', 'token for anybody'),
    "token.token_type.toLowerCase() !== 'dpop') {", 'false) {',
  ],
  [
    'the key of a proof is in no store',
    'js/client/client_options.js', node('dpop', 'excludes a store'),
    '(given.store ?? given.broker) !== undefined) {', 'false) {',
  ],
  [
    'line breaks are refused',
    'core/config.go', VECTORS,
    "c == '\\r' || c == '\\n' || c == 0", 'c == 0',
  ],
  [
    'NUL is refused',
    'core/config.go', VECTORS,
    "c == '\\r' || c == '\\n' || c == 0", "c == '\\r' || c == '\\n'",
  ],
  [
    'line breaks are refused in a Config of Go',
    'core/config_fields.go', go('./core', 'LineBreaksAre'),
    'if err := checkText(t.Name, value); err != nil {',
    'if err := checkText(t.Name, value); false {',
  ],
  [
    'line breaks are refused in a claim',
    'core/config.go', VECTORS,
    'if jsonobject.HasLineBreak(m.Value) {', 'if false {',
  ],
  [
    'an assertion lives for a day at most',
    'core/config.go', go('./core', 'LifetimeOfAnAssertion'),
    ' || lifetime > 86400 {', ' {',
  ],
  [
    'what goes in twice is refused',
    'core/provider/resolve.go', VECTORS,
    'if field := ownField[p.Name]; field != "" {',
    'if field := ownField[p.Name]; field == "x" {',
  ],
  [
    'the alg of an assertion is set in one place',
    'core/provider/resolve.go', VECTORS,
    'if given.Header.Get("alg") != nil {', 'if false {',
  ],
  [
    'bytes of a configuration are copied',
    'js/module/wire.js', node('signers', 'read when fetchToken is called'),
    "return ['b', bytesOf(value)];", "return ['b', /** @type {any} */ (value)];",
  ],

  // Keys.
  [
    'RSA of 2048 bits or more',
    'core/assertion/key_der.go', VECTORS,
    'minRSABits = 2048', 'minRSABits = 1024',
  ],
  [
    'RSA of 16384 bits or fewer',
    'core/assertion/key_der.go', VECTORS,
    'case size > maxRSABits:', 'case false:',
  ],
  [
    'no RSA exponent of 1',
    'core/assertion/key_der.go', VECTORS,
    ' || string(exponent) == "\\x01":', ':',
  ],
  [
    'no even RSA exponent',
    'core/assertion/key_der.go', VECTORS,
    ` ||\n\t\texponent[len(exponent)-1]&1 == 0 ||`, ' ||',
  ],
  [
    'no large RSA exponent',
    'core/assertion/key_der.go', VECTORS,
    'len(exponent) > 4 || len(exponent) == 4 && exponent[0] >= 0x80 ||', '',
  ],
  [
    'the numbers of an RSA key belong together',
    'core/assertion/key_der.go', COMPACT,
    'case !belongTogether(numbers):', 'case false:',
  ],
  [
    'p and q are large',
    'core/assertion/key_der.go', go('./core/assertion', 'BelongTogether'),
    'min(p.BitLen(), q.BitLen()) < size/3 || ', '',
  ],
  [
    'p and q are far from each other',
    'core/assertion/key_der.go', go('./core/assertion', 'BelongTogether'),
    'x.Sub(p, q).BitLen() <= size/2-100 ||', '',
  ],
  [
    'd is large',
    'core/assertion/key_der.go', go('./core/assertion', 'BelongTogether'),
    'd.BitLen() <= size/2 ||', '',
  ],
  [
    'p and q are n',
    'core/assertion/key_der.go', go('./core/assertion', 'BelongTogether'),
    'ok := x.Mul(p, q).Cmp(n[0]) == 0 && ', 'ok := ',
  ],
  [
    'e and d are inverse',
    'core/assertion/key_der.go', go('./core/assertion', 'BelongTogether'),
    'product(e, n[5+i], less).Cmp(one) == 0 && ', 'e.Sign() > 0 && ',
  ],
  [
    'a composite p signs nothing, where WebCrypto signs',
    'js/token/signer.js', node('signers', 'belong together'),
    `const signature =\n      spki === undefined\n        ?`, 'const signature = spki !== null ?',
  ],
  [
    "an elliptic key's number is in the range of its curve",
    'core/assertion/key_der.go', VECTORS,
    'if empty || string(scalar) >= c.order {', 'if empty {',
  ],
  [
    "an elliptic key's public part is its own, where the module signs",
    'core/assertion/sign_private.go', VECTORS,
    'case key.public != nil && !bytes.Equal(key.public, public):', 'case key.public != nil && len(public) == 0 && !bytes.Equal(key.public, public):',
  ],
  [
    'a certificate belongs to its key',
    'core/assertion/certificate.go', VECTORS,
    'if !readPublicKey(d.read(tagSequence)).is(own.public) {', 'if readPublicKey(d.read(tagSequence)).key == nil {',
  ],
  [
    'a certificate belongs to a key of its type, where the host has the key',
    'core/assertion/certificate.go', go('./core/assertion', 'KeyInTheHost'),
    'case k.Type != "" && !k.couldBe(own.public):', 'case k.Type == "none" && !k.couldBe(own.public):',
  ],
  [
    'a certificate belongs to its key, where only a signature tells',
    'core/assertion/certificate.go', go('./core/assertion', 'PublicPartOfTheCertificate'),
    'k.SPKI, k.certified = own.spki, true', 'k.certified = true',
  ],
  [
    'a private key is no certificate, which everybody may see',
    'core/assertion/certificate.go', VECTORS,
    'if b.isKey() {', 'if b.isKey() && b.contents == "" {',
  ],
  [
    'a printed Config shows no key that is given as a certificate',
    'core/print.go', go('./core', 'Prints'),
    'if !f.secret && !f.hidden {', 'if !f.secret {',
  ],
  [
    'a found file names no file of a private key',
    'js/find_credentials.js', js('certificate', 'a found file names'),
    "(keyFileOf(config) === undefined ? undefined : 'privateKey')", 'undefined',
  ],
  [
    'Go: a found file names no file of a private key',
    'cmd/fetchtoken/internal/configuration/find.go', js('certificate', 'by the command in Go'),
    'if config.PrivateKeyFile != "" {\n\t\treturn core', 'if config.PrivateKeyFile == "none" {\n\t\treturn core',
  ],
  [
    "Ed25519's public part is its own, where WebCrypto signs",
    'core/assertion/key_der.go', go('./core/assertion', 'PublicPartGoes'),
    'encode(tagBitString, []byte{0}, public),', 'encode(tagBitString, []byte{0}),',
  ],
  [
    'alg fits the key',
    'core/assertion/sign.go', VECTORS,
    `a.kty == key.Type && a.curve == key.Curve &&\n\t\t\t(key.algs`, 'a.kty == key.Type && (key.algs',
  ],
  [
    'a key of RSASSA-PSS signs with PS alone',
    'core/assertion/sign.go', go('./core/assertion', 'RSAPSS'),
    ` &&\n\t\t\t(key.algs == nil || slices.Contains(key.algs, a.name))`, ' && (key.algs == nil || len(key.algs) > 0 || slices.Contains(key.algs, a.name))',
  ],
  [
    'no HMAC with a private key, no signature with a secret',
    'core/provider/resolve.go', VECTORS,
    'assertion.Algorithms(x.Key.Type == "oct")...',
    'append(assertion.Algorithms(true), assertion.Algorithms(false)...)...',
  ],
  [
    'a symmetric key is no private key',
    'core/key.go', VECTORS,
    'if err == nil && key.Type == "oct" {', 'if false {',
  ],
  [
    'a JWK that is for something else signs nothing',
    'core/assertion/key_jwk.go', VECTORS,
    'if why := forbidden(jwk); why != "" {', 'if why := forbidden(jwk); why == "x" {',
  ],
  [
    "a JWK's alg counts",
    'core/assertion/key_jwk.go', VECTORS,
    'if err := Check(alg, key); err != nil {', 'if err := Check(alg, key); false {',
  ],
  [
    'a short HMAC secret gets a hint',
    'core/answer/hint.go', go('./core/answer', 'HintOfAShort'),
    'hint, found = shortSecret, shortOf(x)', 'hint, found = shortSecret, ""',
  ],
  [
    'PBKDF2 has a bound',
    'core/assertion/key_encrypted.go', VECTORS,
    'const maxIterations = 600_000', 'const maxIterations = 1 << 40',
  ],
  [
    'PBKDF2 runs once',
    'core/assertion/key_encrypted.go', go('./core/assertion', 'Derived'),
    'derivedKeys.byInput[input] = key', '',
  ],
  [
    'what PBKDF2 made is kept for a bounded number',
    'core/assertion/key_encrypted.go', go('./core/assertion', 'Derived'),
    'if len(derivedKeys.byInput) >= maxDerivedKeys {', 'if false {',
  ],
  [
    'a key has a size',
    'core/assertion/key.go', go('./core/assertion', 'KeyHasASize'),
    'if len(input) > maxInput {', 'if false {',
  ],
  [
    'a DPoP pair belongs together',
    'js/token/dpop.js', node('dpop', 'belong together'),
    'await this.#checkPair(alg);', '',
  ],
  [
    'a DPoP key has 2048 bits or more',
    'js/token/dpop.js', node('dpop', 'pair of keys that can sign'),
    ` || modulusLength < 2048\n        ?`, ' ?',
  ],
  [
    'a DPoP pair has one algorithm',
    'js/token/dpop.js', node('dpop', 'pair of keys that can sign'),
    'algorithmOf(privateKey) === algorithmOf(publicKey)', 'true',
  ],
  [
    'a private key becomes no string',
    'js/module/wire.js', node('signers', 'becomes no string'),
    "op === SIGN ? '' : decoder.decode(view)", 'decoder.decode(view)',
  ],
  [
    'a key that is kept can not be exported',
    'js/token/signer.js', node('signers', 'can not be exported'),
    "parametersOf(alg), false, ['sign']);", "parametersOf(alg), true, ['sign']);",
  ],
  [
    "the module's copy of a key is cleared",
    'js/token/signer.js', node('signers', 'can not be exported'),
    'pkcs8.fill(0);', '',
  ],
  [
    "a signer's key is of the kind that alg wants, Go",
    'sign.go', go('.', 'TestSign'),
    'if err := assertion.Check(alg, kindOf(signer.Public())); err != nil {',
    'if err := assertion.Check(alg, kindOf(signer.Public())); false {',
  ],
  [
    'a signature has the length of its algorithm',
    'core/assertion/signature.go', go('./core/assertion', 'Signatures'),
    'if len(signature) != size {', 'if false {',
  ],

  // Bounds.
  [
    'a response has a size, JavaScript',
    'js/token/send.js', node('behaviour', 'body of exactly|maxBody'),
    'if (length > most) {', 'if (false) {',
  ],
  [
    'a response has a time, JavaScript',
    'js/token/send.js', node('behaviour', 'time-out before the headers'),
    "setTimeout(() => resolve(failure('timeout')), timeout)", 'undefined',
  ],
  [
    'a response that is late ends its connection',
    'js/token/send.js', node('behaviour', 'time-out ends the connection'),
    'if (!finished) {', 'if (false) {',
  ],
  [
    'a response has a size, Go',
    'exchanger.go', go('.', 'BodyIsBounded'),
    'int64(len(outcome.Body)) > maxBody', 'false',
  ],
  [
    'no more of a response is read, Go',
    'exchanger.go', go('.', 'BodyWithout'),
    'io.ReadAll(io.LimitReader(response.Body, maxBody+1))', 'io.ReadAll(response.Body)',
  ],
  [
    'a response has a time, Go',
    'exchanger.go', go('.', 'ResponseHasATime'),
    'ctx, cancel := context.WithTimeout(ctx, milliseconds(do.Timeout))',
    'ctx, cancel := context.WithCancel(ctx)',
  ],
  [
    "the server's time has a size",
    'core/renewal/renewal.go', VECTORS,
    'Timeout: r.left(in.Now), MaxBody: maxTimeBody,',
    'Timeout: r.left(in.Now), MaxBody: r.limits.MaxBody,',
  ],
  [
    'a signature has a time, Go',
    'sign.go', go('.', 'SignThatFails'),
    '\tcase <-ctx.Done():\n\t\tvar none T\n\t\treturn none, ctx.Err()\n', '',
  ],
  [
    'all of a renewal has one deadline',
    'core/renewal/renewal.go', VECTORS,
    'left = min(left, r.limits.Deadline-r.elapsed(now))', '_ = left',
  ],
  [
    'no wait goes beyond the deadline',
    'core/renewal/plan.go', TABLE_GO,
    ' || elapsed+wait >= deadline {', ' {',
  ],
  [
    'a grant that may be used up is not sent again',
    'core/renewal/renewal.go', VECTORS,
    'r.takesOnce() && mayHaveArrived(in.Outcome) {', 'false {',
  ],
  [
    'a grant that may be used up is not begun with',
    'core/renewal/renewal.go', VECTORS,
    'case used:\n\t\t\treturn r.end(core.GrantUsed(), 0)', 'case "":',
  ],
  [
    'a session whose process was killed is not gone on with',
    'js/client/session.js', node('session', 'kill -9'),
    'grant === undefined ? LOST : grant', "grant === undefined ? '' : grant",
  ],
  [
    'a record that can not be opened ends the session',
    'js/client/session.js', node('session', 'nobody can read'),
    'until !== undefined || grant === undefined ?', 'until !== undefined ?',
  ],
  [
    'a refresh token is sent only once the store knows that it is',
    'js/client/session.js', node('session', 'nothing is sent'),
    'if (sends > 0) {', 'if (false) {',
  ],
  [
    'a session whose process was killed is not gone on with, Go',
    'session.go', go('.', 'KillBetween|ASessionThatIsLost'),
    'case found.Until != 0 || found.Grant == nil:', 'case found.Grant == nil:',
  ],
  [
    'a record that can not be opened ends the session, Go',
    'session.go', go('.', 'ASessionThatIsLost'),
    'found) != nil {\n\t\treturn grantLost', 'found) != nil {\n\t\treturn before',
  ],
  [
    'a refresh token is sent only once the store knows that it is, Go',
    'grant.go', go('.', 'NothingIsSent'),
    'return was, notKept(failed.Err)', 'return was, nil',
  ],
  [
    'a session is not waited for longer than clocks may differ',
    'js/client/session.js', node('session', 'far ahead'),
    ' && !isAhead(until, now)', '',
  ],
  [
    'a session is not waited for longer than clocks may differ, Go',
    'session.go', go('.', 'ASessionThatIsLost'),
    ' && found.Until <= float64(latest.UnixMilli())', ' && !latest.IsZero()',
  ],
  [
    'a refresh token is sent under a lease only',
    'js/client/shared_token.js', node('session', 'whose lease has ended'),
    'clock.leftOf(held, held.until) > STORE_TIMEOUT', 'true',
  ],
  [
    'a refresh token that another has used meanwhile is not sent',
    'js/client/token_endpoint.js', node('session', 'that another has used'),
    'if (this.#grant.state !== grant) {\n        throw', 'if (false) {\n        throw',
  ],
  [
    'a refresh token is sent in time',
    'js/client/token_endpoint.js', node('session', 'whose time is over'),
    '      checkTime();\n      if', '      if',
  ],
  [
    'a caller that goes away ends no request with a session',
    'js/client/held_token.js', node('session', 'goes away'),
    'if (this.#common.grant.session === undefined) {', 'if (true) {',
  ],
  [
    'a refresh token is sent under a lease only, Go',
    'shared_token.go', go('.', 'ALeaseThatHasEnded'),
    'held.life.left(s.options.Clock.Now()) > storeTimeout', 'true',
  ],
  [
    'a refresh token that another has used meanwhile is not sent, Go',
    'grant.go', go('.', 'ALeaseThatHasEnded'),
    'return before, errBusy()', 'return before, nil',
  ],
  [
    'a refresh token is sent in time, Go',
    'client.go', go('.', 'ATimeThatIsOver'),
    'if now = c.options.Clock.Now(); f.life.left(now) == 0 {', 'if false {',
  ],
  [
    'a caller that goes away ends no request with a session, Go',
    'client.go', go('.', 'ACallerThatGoesAway'),
    ' && !c.family.keepsSession() {', ' {',
  ],
  [
    'a late write of a session comes before the lease is free',
    'js/client/shared_token.js', node('session', 'a late write'),
    'await this.#session?.mend(', 'void this.#session?.mend(',
  ],
  [
    'a write of a session that failed is repeated under its lease only',
    'js/client/session.js', node('session', 'under no other one'),
    'setSure() {\n    this.#isUnsure = false;', 'setSure() {\n    this.#isUnsure ||= false;',
  ],
  [
    'a client that is closed writes the next refresh token again first',
    'js/client/client.js', node('session', 'written again'),
    'await Promise.all(closing.map((held) => held.flush()));', '',
  ],
  [
    'a late write of a session comes before the lease is free, Go',
    'shared_token.go', go('.', 'ALateWrite'),
    'session.mend(s.grant, mine.life)', 'go session.mend(s.grant, mine.life)',
  ],
  [
    'a write of a session that failed is repeated under its lease only, Go',
    'shared_token.go', go('.', 'FaultsReplay'),
    '\t\tsession.setSure()\n', '\t\t_ = session\n',
  ],
  [
    'a client that is closed writes the next refresh token again first, Go',
    'token_request.go', go('.', 'WrittenAgain'),
    'f.flush() // the next', '// the next',
  ],
  [
    'a session that another process renews is waited for, Go',
    'session.go', go('.', 'ASessionThatIsLost'),
    'case float64(now.UnixMilli()) < found.Until &&', 'case false &&',
  ],
  [
    'all tokens of a session have one lease, Go',
    'shared_token.go', go('.', 'InTurns'),
    'if session := s.grant.session; session != nil {\n\t\treturn', 'if session := s.grant.session; false {\n\t\treturn',
  ],
  [
    'a session whose object ended is not gone on with',
    'js/client/session.js', js('broker_session', 'at any step'),
    'until !== undefined || grant === undefined', 'grant === undefined',
  ],
  [
    'an object sends a refresh token only once its storage has confirmed the record of it',
    'js/workers/stored_sessions.js', js('broker_session', 'at any step'),
    '      await storage.sync();\n', '',
  ],
  [
    'a TokenBroker keeps its refresh token to itself',
    'js/client/token_endpoint.js', js('broker_session', 'leaves the object'),
    'return this.#settings.sessions === undefined ? token : access;', 'return token;',
  ],
  [
    'a client with a broker does not use the grant that the broker has used',
    'js/client/held_token.js', node('brokered_token', 'works once'),
    'common.config === null || common.grant.exists', 'common.config === null',
  ],
  [
    'another secret is no other session',
    'js/client/seal.js', node('session', 'a new secret'),
    "'provider', 'environment', 'tenant', 'issuer', 'tokenEndpoint', 'clientId',",
    "'tokenEndpoint', 'clientId', 'clientSecret',",
  ],
  [
    'a session is of one tenant, Go',
    'session.go', go('.', 'ATenantHasItsOwnSession'),
    ' Tenant: whole.Tenant,', '',
  ],
  [
    'a session is of one client, Go',
    'session.go', go('.', 'ATenantHasItsOwnSession'),
    ', ClientID: whole.ClientID,', ',',
  ],
  [
    'a session is of one token endpoint, Go',
    'session.go', go('.', 'ATenantHasItsOwnSession'),
    'TokenEndpoint: whole.TokenEndpoint, ', '',
  ],
  [
    'a session is of one issuer, Go',
    'session.go', go('.', 'ATenantHasItsOwnSession'),
    'Issuer: whole.Issuer, ', '',
  ],
  [
    'a session is of the grant that began it, Go',
    'session.go', go('.', 'ATenantHasItsOwnSession'),
    '\t\t\tpart.Parameters = append(part.Parameters, p)\n',
    '\t\t\tpart.Parameters = append(part.Parameters, core.Parameter{Name: "a"})\n',
  ],
  [
    'a session is of the grant that began it',
    'js/client/seal.js', node('session', 'the next client goes on'),
    "const SESSION_PARAMETERS = ['refresh_token', 'code', 'device_code'];",
    "const SESSION_PARAMETERS = ['code', 'device_code'];",
  ],
  [
    'a store without leases keeps no session',
    'js/client/session.js', node('session', 'without leases'),
    'config === null || store?.lease === undefined', 'config === null',
  ],
  [
    'all tokens of a session have one lease',
    'js/client/shared_token.js', node('session', 'renew it in turns'),
    'const key = (await this.#session?.key()) ?? (await this.#open()).key;',
    'const { key } = await this.#open();',
  ],
  [
    'close() waits for the answer that has the next refresh token',
    'js/client/client.js', node('session', 'closed during a request'),
    'if (settled !== undefined) {', 'if (settled === null) {',
  ],
  [
    'Close waits for the answer that has the next refresh token',
    'token_request.go', go('.', 'ClosedDuringARequest'),
    'if g != nil && g.session != nil {', 'if g != nil && false {',
  ],
  [
    'a client knows better than the record whose writing failed',
    'js/client/session.js', node('session', 'goes on with what it knows'),
    'if (by === this.#by) {', 'if (by === undefined) {',
  ],
  [
    'a Client knows better than the record whose writing failed, Go',
    'session.go', go('.', 'AStoreThatFailsAfterTheAnswer'),
    'case found.By == s.by:', 'case found.By == "":',
  ],
  [
    'a refresh token goes to no other tenant',
    'js/client/seal.js', node('cli_login', 'another tenant'),
    "'provider', 'environment', 'tenant', 'issuer', 'tokenEndpoint', 'clientId',",
    "'provider', 'environment', 'issuer', 'tokenEndpoint', 'clientId',",
  ],
  [
    'a grant counts as used while its request is under way',
    'core/renewal/renewal.go', VECTORS,
    'do.Grant = r.grant; do.Send != nil && do.Attempt > 0 && r.takesOnce() {',
    'do.Grant = r.grant; false {',
  ],
  [
    'an error of the server may come after it took the grant',
    'core/renewal/grant.go', VECTORS,
    'return o.Status < 300 || o.Status >= 500', 'return o.Status < 300',
  ],
  [
    'a refresh token that replaces one is used',
    'core/renewal/grant.go', VECTORS,
    'return rotates + now', 'return stays + before',
  ],
  [
    'requests are repeated three times at most',
    'core/renewal/plan.go', TABLE_GO,
    'if r.attempt >= r.limits.Attempts || ', 'if ',
  ],
  [
    'what was refused is not repeated',
    'core/renewal/plan.go', TABLE_GO,
    'if !e.Retryable {', 'if false {',
  ],
  [
    'fetchToken sends one request',
    'core/renewal/renewal.go', go('./wasm', 'TestVectors$'),
    'if r.limits.Attempts <= 1 {', 'if false {',
  ],
  [
    'a discarded token is removed though another holds the lease',
    'js/client/shared_token.js', node('shared_token', 'somebody else has the lease'),
    '&& looks < DISCARD_LOOKS', '',
  ],
  [
    'several discarded tokens are remembered',
    'js/client/shared_token.js', node('shared_token', 'discarded before the last'),
    'MOST_TOKENS = 8', 'MOST_TOKENS = 1',
  ],
  [
    'a second invalidate takes nothing back',
    'js/client/held_token.js', node('brokered_token', 'second invalidate'),
    'this.#refused = refused ?? this.#refused;', 'this.#refused = refused;',
  ],
  [
    'a configuration is read up to a number of values',
    'js/lib/own.js', node('own', 'given up'),
    'if (budget.left < 0) {', 'if (budget.left === 1) {',
  ],
  [
    'a renewal does nothing after its end',
    'core/renewal/renewal.go', go('./core/renewal', 'FuzzRenewal'),
    '\tr.phase = ended\n', '',
  ],
  [
    'the deadline is for the store, too',
    'js/client/store_answer.js', node('shared_token', 'if that is sooner'),
    'const most = Math.max(1, Math.min(ms, STORE_TIMEOUT));', 'const most = STORE_TIMEOUT;',
  ],
  [
    'half of the deadline is for a request of one’s own',
    'js/client/shared_token.js', node('shared_token', 'one deadline holds'),
    'const isOver = left() <= deadline / 2;', 'const isOver = false;',
  ],
  [
    'a store has a time',
    'js/lib/in_time.js', node('shared_token', 'never answers'),
    'reject(new Error(message));', '',
  ],
  [
    'no request is sent when the time is up',
    'js/client/token_endpoint.js', node('shared_token', 'one deadline holds'),
    'if (whole() === 0) {', 'if (false) {',
  ],
  [
    'a refusal is remembered for a bounded time',
    'core/renewal/plan.go', TABLE_GO,
    'min(max(int64(e.RetryAfter), 0)*1000, maxHold)', 'max(int64(e.RetryAfter), 0)*1000',
  ],
  [
    'an archive has a size',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'if len(file) > MaxSize {', 'if false {',
  ],
  [
    'an archive has entries',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'if len(reader.File) > maxEntries {', 'if false {',
  ],
  [
    'an archive is no bomb',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'case compressed > 0 && size > maxRatio*compressed:', 'case false:',
  ],
  [
    'an archive inflates no further than it says',
    'core/credentials/archive/archive.go', go('./core/credentials/archive', 'InflatesNoFurther'),
    'io.ReadAll(io.LimitReader(content, int64(size)+1))', 'io.ReadAll(content)',
  ],
  [
    'treehub.json has a size',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'case size > credentials.MaxSize || compressed > 2*credentials.MaxSize:', 'case false:',
  ],
  [
    'an archive has treehub.json once',
    'core/credentials/archive/archive.go', go('./core/credentials/archive'),
    'if entry != nil {', 'if false {',
  ],
  [
    'an archive has a size, JavaScript',
    'js/credentials/archive.js', node('credentials', '16 MiB'),
    'if (file.length > MAX_SIZE) {', 'if (false) {',
  ],
  [
    'an archive has entries, JavaScript',
    'js/credentials/archive.js', node('credentials', 'the archives'),
    'if (entries.length > MAX_ENTRIES) {', 'if (false) {',
  ],
  [
    'an archive is no bomb, JavaScript',
    'js/credentials/archive.js', node('credentials', 'the archives'),
    'if (compressed > 0 && size > MAX_RATIO * compressed) {', 'if (false) {',
  ],
  [
    'an archive inflates no further than it says, JavaScript',
    'js/credentials/archive.js', node('archive', 'a bomb'),
    '} while (from < data.length && length <= size);', '} while (from < data.length);',
  ],
  [
    'treehub.json has a size, JavaScript',
    'js/credentials/archive.js', node('credentials', 'the archives'),
    'if (size > MAX_TREEHUB || compressed > 2 * MAX_TREEHUB) {', 'if (false) {',
  ],
  [
    'an archive has treehub.json once, JavaScript',
    'js/credentials/archive.js', node('credentials', 'the archives'),
    'if (others.length > 0) {', 'if (false) {',
  ],
  [
    'a credentials file has a size',
    'core/credentials/credentials.go', go('./core/credentials', 'Size'),
    'if len(file) > MaxSize {', 'if false {',
  ],
  [
    'LoadFile reads no more than a file may have',
    'fetchtoken.go', go('.', 'Load'),
    'io.ReadAll(io.LimitReader(file, archive.MaxSize+1))', 'io.ReadAll(file)',
  ],
  [
    'LoadFile reads regular files',
    'assertion_source.go', go('.', 'Load'),
    'if !info.Mode().IsRegular() {', 'if info.IsDir() {',
  ],
  [
    'what is no regular file is not read',
    'js/lib/read_regular.js', node('cli', 'what is no file is passed over'),
    'if (!found.isFile()) {', 'if (false) {',
  ],
  [
    'a pipe is not waited for',
    'js/lib/read_regular.js', node('file_store', 'what is no file'),
    'constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)', 'constants.O_RDONLY',
  ],
  [
    'a file has an end',
    'js/lib/read_regular.js', node('cli', 'of another kind is refused'),
    'if (size > limit) {', 'if (false) {',
  ],
  [
    'nesting of JSON has a bound',
    'core/jsonobject/jsonobject.go', go('./core/jsonobject'),
    'if depth++; depth > MaxDepth {', 'if depth++; false {',
  ],
  [
    'refusals that are remembered are bounded',
    'js/client/rest.js', node('rest', 'refusals'),
    'this.#held.size <= MOST && ', '',
  ],
  [
    'refusals that are remembered are bounded, Go',
    'rest.go', go('.', 'RememberedRefusals'),
    'if !ok && len(refusals.of) >= maxRefusals {', 'if false {',
  ],
  [
    'configurations that are kept are bounded',
    'wasm/operations.go', go('./wasm', 'KeptConfigurations'),
    'if len(exchanges) == maxExchanges {', 'if false {',
  ],
  [
    'keys that are kept are bounded',
    'js/token/signer.js', node('signers', 'many keys'),
    'if (keys.size >= MOST_KEYS) {', 'if (false) {',
  ],

  // The clock.
  [
    'a server is believed up to 26 hours',
    'core/renewal/plan.go', TABLE_GO,
    ' || ahead < -maxAhead || maxAhead < ahead {', ' || ahead > 1<<62 {',
  ],
  [
    'a clock is corrected once',
    'core/renewal/plan.go', TABLE_GO,
    'correction == 0 || r.correction != 0 ||', 'correction == 0 ||',
  ],
  [
    'a server is asked for its time once',
    'core/renewal/renewal.go', TABLE_GO,
    'explained.TimeEndpoint = ""', '',
  ],
  [
    'a correction counts for others once there is a token, JavaScript',
    'js/client/token_endpoint.js', node('client_table', 'correction|believed'),
    'ahead = Number(answer.values.ahead);\n',
    'offsets.set(this.#host, ahead = Number(answer.values.ahead));\n',
  ],
  [
    'a correction counts for others once there is a token, Go',
    'client.go', TABLE_GO,
    'ahead = do.Ahead\n', 'ahead = do.Ahead\n\t\t\toffsets.Store(s.host, ahead)\n',
  ],
  [
    "an offset is no other host's, JavaScript",
    'js/client/token_endpoint.js', node('client_table', 'offset|correction'),
    'return offsets.get(this.#host) ?? 0;', 'return [...offsets.values()].pop() ?? 0;',
  ],
  [
    "an offset is no other host's, Go",
    'source.go', TABLE_GO,
    'host: x.exchange.URL.Origin(),', 'host: "",',
  ],
  [
    'a correction changes nothing about how long a token is kept',
    'core/renewal/lifetime.go', TABLE_GO,
    'token.ExpiresAt -= r.ahead() / 1000', '',
  ],
  [
    'a Date after 2106 is no time',
    'core/answer/clock.go', VECTORS,
    'if theirs < 0 || theirs > maxTime {', 'if theirs < 0 {',
  ],
  [
    'a token is not served after the clock was set back',
    'js/lib/clock.js', node('client_table', 'set back'),
    ' && now >= since && ', ' && ',
  ],
  [
    'a token is not served after the clock was set back, Go',
    'clock.go', TABLE_GO,
    'return 0 <= wall && wall < p.span', 'return wall < p.span',
  ],
  [
    'a token is not served after a machine slept, Go',
    'clock.go', go('.', 'Period'),
    'wall < p.span && monotonic < p.span', 'monotonic < p.span',
  ],

  // Refusals.
  [
    'a refusal is remembered',
    'core/renewal/plan.go', TABLE_GO,
    'return holdRefusal\n', 'return 0\n',
  ],
  [
    'a refusal is that of the process, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    'refusals.set(this.#clock.origin, shared);', '',
  ],
  [
    'a refusal is that of the configuration, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    'canonicalOf(fields, others)', "canonicalOf(['c', '', []], others)",
  ],
  [
    'a refusal is that of the configuration, Go',
    'rest.go', TABLE_GO,
    '"%#v %#v", plain(config), sources)', '"%#v %#v", plain(config).ClientID, sources)',
  ],
  [
    'a refusal of the client holds for all of its tokens, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    "(error?.error === 'invalid_client' ? this.#client : this.#request)", '(this.#request)',
  ],
  [
    'a refusal of the client holds for all of its tokens, Go',
    'rest.go', TABLE_GO,
    'key = r.client\n', 'key = r.request\n',
  ],
  [
    'a refusal of a scope holds for no other scope, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    "(error?.error === 'invalid_client' ? this.#client : this.#request)", '(this.#client)',
  ],
  [
    'a refusal of a scope holds for no other scope, Go',
    'rest.go', TABLE_GO,
    'key := r.request\n', 'key := r.client\n',
  ],
  [
    'a refusal is passed by force once, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    'if (!force || held.passed) {', 'if (!force) {',
  ],
  [
    'a refusal is passed by force once, Go',
    'rest.go', TABLE_GO,
    'if !force || held.passed {', 'if !force {',
  ],
  [
    'one that came by force leaves no room for another, JavaScript',
    'js/client/rest.js', node('client_table', 'a refusal'),
    'until: mark.since + ms, passed });', 'until: mark.since + ms, passed: false });',
  ],
  [
    'one that came by force leaves no room for another, Go',
    'rest.go', TABLE_GO,
    'refusal{err, period{now, span}, passed}', 'refusal{err, period{now, span}, passed && false}',
  ],
  [
    'invalidate forgets no refusal, JavaScript',
    'js/client/held_token.js', node('client_table', 'a refusal'),
    "this.#report({ type: 'invalidated', served });",
    "this.#report({ type: 'invalidated', served }); this.#source.endpoint?.hold(undefined, 1);",
  ],
  [
    'invalidate forgets no refusal, Go',
    'client.go', TABLE_GO,
    'if token == nil && k != nil {\n', 'c.source.Load().rest.forget()\n\tif token == nil && k != nil {\n',
  ],
  [
    'a refusal is not asked again behind a token that lives, JavaScript',
    'js/client/held_token.js', node('client_table', 'left alone'),
    ` ||\n      this.#rest !== undefined\n    ) {`, ') {',
  ],
  [
    'a refusal is not asked again behind a token that lives, Go',
    'client.go', TABLE_GO,
    ' &&\n\t\tc.remembered(now) == nil {', ' {',
  ],
  [
    'a refusal reaches the store',
    'js/client/shared_token.js', node('shared_token', 'wrong secret ask once'),
    'isNew ? (opened) => this.#putRefusal(opened, rest, seen) : undefined', 'undefined',
  ],
  [
    'a refusal of the store counts for as long as it said at most',
    'js/client/shared_token.js', node('shared_token', 'no longer than it said'),
    'Math.min(until - now(), hold)', 'until - now()',
  ],
  [
    'a token that was refused is renewed once in a while by TokenBroker',
    'js/workers/stored_token.js', js('token_broker', 'refuses every token'),
    'if (since >= 0 && since < minRenewal) {', 'if (false) {',
  ],
  [
    'what a broker calls a code gets into no address',
    'js/lib/token_error.js', node('errors', 'in no address'),
    '/^[a-z_]{1,40}$/.test(code) ? `${PAGE}#${code}` : PAGE', '`${PAGE}#${code}`',
  ],
  [
    'TokenBroker tells its binding nothing but tokens',
    'js/workers/token_broker.js', js('token_broker', 'and nothing else'),
    'export class TokenBroker extends DurableObject {',
    "export class TokenBroker extends DurableObject {\n  configOf() { return this.ctx.storage.kv.get('token'); }",
  ],

  // The state of a client.
  [
    'a token that ended is nobody’s, JavaScript',
    'js/client/held_token.js', node('client_table', 'jumped over|set forward'),
    'if (token !== undefined && !this.#hasEnded(token)) {', 'if (token !== undefined) {',
  ],
  [
    'a token that ended is nobody’s, Go',
    'client.go', TABLE_GO,
    'case err == nil && token.ExpiresIn > 0 && !now.Round(0).Before(token.Expiry):', 'case false:',
  ],
  [
    'invalidate forgets that token only, JavaScript',
    'js/client/held_token.js', node('client_table', 'invalidate'),
    `: refused !== this.#kept.token.access_token\n    ) {`, ': false) {',
  ],
  [
    'invalidate forgets that token only, Go',
    'client.go', TABLE_GO,
    'is := token == nil || k != nil && k.token.AccessToken == token.AccessToken ||', 'is := true ||',
  ],
  [
    'who was refused with an old token takes no new one, JavaScript',
    'js/client/held_token.js', node('client_table', 'at once|refuses every'),
    'if (this.#kept?.token.access_token === token.access_token) {', 'if (true) {',
  ],
  [
    'who was refused with an old token takes no new one, Go',
    'client.go', go('.', 'RefusalOfAnOldToken'),
    '\tis := k != nil && k.token.AccessToken == token.AccessToken\n', '\tis := k != nil\n',
  ],
  [
    'a closed client answers closed, JavaScript',
    'js/client/held_token.js', node('shared_token', 'after close'),
    "flight?.controller.abort(new TokenError('closed', 'the client was closed'));",
    'flight?.controller.abort();',
  ],
  [
    'a closed client gives no token, JavaScript',
    'js/client/held_token.js', node('shared_token', 'after close'),
    'race(this.#renew(flight, force), controller.signal);', 'this.#renew(flight, force);',
  ],
  [
    'a closed client forgets its credentials, JavaScript',
    'js/client/token_source.js', node('rest', 'leaves no secret'),
    'this.endpoint?.forget();', '',
  ],
  [
    'a closed client answers closed, Go',
    'client.go', go('.', 'Table|Closed'),
    'case <-c.family.open.Done(): // closing comes first', 'case <-make(chan struct{}):',
  ],
  [
    'a client takes its configuration as it was',
    'js/client/client.js', node('many_tokens', 'as it was when'),
    'undefined : copyOf(given);', 'undefined : given;',
  ],

  // Stores.
  [
    'a record belongs to its configuration',
    'js/client/seal.js', node('seal', 'is AES-256-GCM'),
    'encoder.encode(VERSION + storeKey);', 'encoder.encode(VERSION);',
  ],
  [
    'a record has a key of its configuration',
    'js/client/seal.js', node('seal', 'is AES-256-GCM'),
    'salt: encoder.encode(storeKey), info', 'salt: new Uint8Array(), info',
  ],
  [
    'a store key is that of the configuration, in whichever order it is written',
    'js/module/wire.js', node('seal', 'how the same configuration'),
    '.sort(([, a], [, b]) => (a < b ? -1 : 1))', '',
  ],
  [
    'a store key is that of the configuration, in whichever order its members are, JavaScript',
    'js/client/seal.js', node('seal', 'parameters and headers'),
    "const members = Object.keys(value)\n    .sort()", 'const members = Object.keys(value)',
  ],
  [
    'a store key is that of the configuration, Go',
    'core/canonical.go', go('.', 'StoreKeysDiffer'),
    'message = appendField(message, f.name, value)', 'message = appendField(message, "", value)',
  ],
  [
    'a record belongs to its configuration, Go',
    'seal.go', go('.', 'SealedRecords'),
    's.aead.Open(nil, iv, sealed, []byte(sealVersion+s.storeKey))', 's.aead.Open(nil, iv, sealed, nil)',
  ],
  [
    'what seals is a secret, Go',
    'seal.go', go('.', 'CanNotBeSealed'),
    'if !config.HasSecret() {', 'if false {',
  ],
  [
    'a record has the text that seal made, Go',
    'seal.go', go('.', 'ChangedRecord'),
    'base64.RawURLEncoding.Strict()', 'base64.RawURLEncoding',
  ],
  [
    'a refused token is not taken from the store, Go',
    'shared_token.go', go('.', 'InvalidatedToken'),
    'r.access == f.refused ||', 'false ||',
  ],
  [
    'a discarded token is not taken from the store, Go',
    'shared_token.go', go('.', 'DiscardedToken'),
    'f.refused || s.isDiscarded(r.access)', 'f.refused',
  ],
  [
    'a token of a store lives no longer than its expires_in, Go',
    'shared_token.go', go('.', 'WhoseClock'),
    'left = min(left, r.whole)', '_ = r.whole',
  ],
  [
    'a token of a store whose age is not known is not taken, Go',
    'shared_token.go', go('.', 'WhoseClock'),
    'if s.isOfTheFuture(r, now) {', 'if false {',
  ],
  [
    'what a store says is cleaned, Go',
    'shared_token.go', go('.', 'StoreThatFails'),
    'return core.Redacted', 'return word',
  ],
  [
    'a refusal is shared by the store, Go',
    'shared_token.go', go('.', 'RefusalIsShared'),
    'what.Refusal = refusalOf(', '_ = refusalOf(',
  ],
  [
    'only the holder of a lease ends it, in memory, Go',
    'stores/memorystore/memorystore.go', go('./stores/memorystore', 'TestStore'),
    'if s.leases[key].number == mine.number {', 'if true {',
  ],
  [
    'a record is its owner’s alone, Go',
    'stores/filestore/filestore.go', go('./stores/filestore', 'Modes'),
    'os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)', 'os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)',
  ],
  [
    'a store key is no path, Go',
    'stores/filestore/filestore.go', go('./stores/filestore', 'WhatIsNoRecord'),
    'if !storeKey.MatchString(key) {\n\t\treturn', 'if false {\n\t\treturn',
  ],
  [
    'what could be told from nothing else is not shared',
    'js/client/seal.js', node('seal', 'refuses what it could not tell'),
    "if (kind === 't') {", 'if (false) {',
  ],
  [
    'a header is nothing to seal with',
    'js/client/seal.js', node('seal', 'something to seal with'),
    '(SECRETS.includes(entry.name) &&', "([...SECRETS, 'headers'].includes(entry.name) &&",
  ],
  [
    "a caller's header replaces no other",
    'core/headers.go', VECTORS,
    'strings.Contains(taken, "|"+name+"|"):', 'false:',
  ],
  [
    'a header is one header',
    'core/headers.go', VECTORS,
    '!IsPrintable(h.Value) ||', 'false ||',
  ],
  [
    'explain masks the headers of the caller',
    'core/explain.go', VECTORS,
    'own[i].Value = Redacted', '_ = i',
  ],
  [
    'no error repeats a header of the caller',
    'core/secrets.go', go('./core/answer', 'RedactHeaders'),
    's.AddSecret(part)', '_ = part',
  ],
  [
    'a record has an IV of its own',
    'js/client/seal.js', node('seal', 'is another one each time'),
    'crypto.getRandomValues(new Uint8Array(12));', 'new Uint8Array(12);',
  ],
  [
    'a key to seal with has 16 bytes',
    'js/client/seal.js', node('seal', 'something to seal with'),
    '.length < KEY_LENGTH) {', '.length < 1) {',
  ],
  [
    'what seals is a secret',
    'js/client/seal.js', node('seal', 'something to seal with'),
    'if (!entries.some(hasSecret)) {', 'if (false) {',
  ],
  [
    'a key that shows nothing needs a name',
    'js/client/seal.js', node('seal', 'needs a name'),
    `if (\n    hidden !== undefined &&\n    !entries.some(`,
    'if (hidden !== undefined && false && !entries.some(',
  ],
  [
    'a record has the text that seal made',
    'js/client/seal.js', node('seal', 'other format|a bit has changed'),
    'if (base64url(bytes) !== text) {', 'if (false) {',
  ],
  [
    'only the holder of a lease ends it, in memory',
    'js/stores/memory.js', node('stores', 'memory: a lease'),
    'if (leases.get(key) === lease) {', 'if (true) {',
  ],
  [
    'only the holder of a lease ends it, in Redis',
    'js/stores/redis.js', js('redis', 'a lease ends with its time'),
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return", 'if true then return',
  ],
  [
    'a lease has one holder, in Redis',
    'js/stores/redis.js', js('redis', 'one holds the lease'),
    "'PX', milliseconds(ttl), 'NX');", "'PX', milliseconds(ttl));",
  ],
  [
    'a lease of Redis has a holder of its own',
    'js/stores/redis.js', js('redis', 'a lease ends with its time'),
    'const holder = crypto.randomUUID();', "const holder = 'a';",
  ],
  [
    'only the holder of a lease ends it, in files',
    'js/stores/file.js', node('stores', 'file: a lease'),
    'await move(mine, join(lock, `free.${crypto.randomUUID()}`));',
    'for (const state of await readdir(lock)) {\n            await move(join(lock, state), join(lock, `free.${crypto.randomUUID()}`));\n          }',
  ],
  [
    'a lease has one holder, in files',
    'js/stores/file.js', node('stores', 'file: one holds'),
    'now >= Number(until) || now <', 'true || now <',
  ],
  [
    'records are for their owner, in files',
    'js/stores/file.js', node('file_store', 'only the owner'),
    "await open(written, 'wx', 0o600);", "await open(written, 'wx', 0o644);",
  ],
  [
    'the folder is for its owner',
    'js/stores/file.js', node('file_store', 'only the owner'),
    'await mkdir(folder, { recursive: true, mode: 0o700 });',
    'await mkdir(folder, { recursive: true });',
  ],
  [
    'a store key is no path',
    'js/stores/file.js', node('stores', 'outside its folder'),
    'if (!/^[0-9a-f]{64}$/.test(key)) {', "if (key === '') {",
  ],
  [
    'no home folder is not the working directory, in files',
    'js/lib/home_folder.js', node('file_store', 'home folder'),
    'isAbsolute(home) ? join(home, byDefault) : undefined', 'join(home, byDefault)',
  ],
  [
    "the sweep leaves what is somebody else's",
    'js/stores/file.js', node('file_store', 'nobody has used'),
    "if (!/^[0-9a-f]{64}(\\.|$)/.test(name)) {", 'if (false) {',
  ],
  [
    'invalidate reaches the store',
    'js/client/held_token.js', node('shared_token', 'is invalidated is removed'),
    'const discarded = store.discard(refused);', 'const discarded = Promise.resolve();',
  ],
  [
    'invalidate leaves a newer token in the store',
    'js/client/shared_token.js', node('shared_token', 'late leaves a newer one'),
    'for (let looks = 0; await holds(); looks++) {', 'for (let looks = 0; ; looks++) {',
  ],
  [
    'invalidate leaves one that came meanwhile',
    'js/client/shared_token.js', node('shared_token', 'slow to remove'),
    'if (lease === undefined || (await holds())) {', 'if (true) {',
  ],
  [
    'invalidate waits for who has the lease',
    'js/client/shared_token.js', node('shared_token', 'who removes a token waits'),
    'if (lease === undefined && this.#store.lease !== undefined && looks < DISCARD_LOOKS) {',
    'if (false) {',
  ],
  [
    'a token that was invalidated is not taken from the store',
    'js/client/shared_token.js', node('shared_token', 'still shows a token that was discarded'),
    ' || isDiscarded(this.#store, this.#opened?.key, access_token);', ';',
  ],
  [
    'a token that is invalidated while it is written is gone',
    'js/client/shared_token.js', node('shared_token', 'while it is written'),
    'await this.flush(); // the token', '// the token',
  ],
  [
    'what nothing keeps going is waited for',
    'js/client/held_token.js', node('shared_token', 'nothing outlives it'),
    'return !runtime.requestsEnd;', 'return true;',
  ],
  [
    'a lifetime in a store is never longer than expires_in',
    'js/client/record.js', node('client_table', 'set back by less'),
    'Math.min(left, lifetimeOf(record, Infinity));', 'left;',
  ],
  [
    'a record of the future is not taken',
    'js/client/shared_token.js', node('shared_token', 'a record of a time that is still to come'),
    `(left === undefined &&\n        isOfTheFuture(`, '(false && isOfTheFuture(',
  ],
  [
    'a refusal of the future is not taken',
    'js/client/shared_token.js', node('shared_token', 'a refusal of a time that is still to come'),
    ` &&\n      !isAhead(stored.refusal.until - stored.refusal.hold, now())`, '',
  ],
  [
    'what a store says is left of a lifetime counts',
    'js/client/shared_token.js', node('shared_token', 'never longer than expires_in'),
    'const left = stored.refusal === undefined ? found?.left : undefined;',
    'const left = undefined;',
  ],
  [
    'what a store throws is shown as foreign',
    'js/client/shared_token.js', node('foreign_error'),
    'const cause = foreignError(error);', 'const cause = /** @type {any} */ (error);',
  ],

  // Inherited members.
  [
    'a polluted prototype has no option',
    'js/lib/options.js', node('polluted'),
    'const options = /** @type {Record<string, any>} */ (ownOf(given));',
    'const options = /** @type {Record<string, any>} */ (given);',
  ],
  [
    'a polluted prototype has no method',
    'js/lib/own.js', node('polluted'),
    'if (parent === null && owner !== object) {', 'if (false) {',
  ],
  [
    'a polluted prototype has no member of a request',
    'js/token/send.js', node('polluted'),
    '    __proto__: null,\n    ...runtimeInit,', '    ...runtimeInit,',
  ],
  [
    'a polluted prototype has no toJSON',
    'js/lib/own.js', node('polluted'),
    "const toJSON = memberOf(value, 'toJSON');", 'const { toJSON } = value;',
  ],
  [
    'a response sets no prototype',
    'core/answer/parse.go', VECTORS,
    'case "__proto__": // it', 'case "__proto": // it',
  ],
  [
    'a response sets no prototype further down',
    'core/answer/parse.go', VECTORS,
    'if m.Name != "__proto__" {', 'if true {',
  ],
  [
    'a token is printable',
    'core/answer/parse.go', VECTORS,
    'if !core.IsPrintable(token.AccessToken) {', 'if false {',
  ],
  [
    'a token_type is printable',
    'core/answer/parse.go', go('./core/answer', 'TokenType'),
    'if !core.IsPrintable(token.TokenType) {', 'if false {',
  ],
  [
    'a host that may be http is compared whole',
    'core/provider/resolve.go', VECTORS,
    'if host.Host == url.Host &&', 'if strings.HasSuffix(url.Host, host.Host) &&',
  ],
  [
    'a port that is named is the one that may be http',
    'core/provider/resolve.go', VECTORS,
    '(host.Port == url.Port || !hasPort) {', '(hasPort || !hasPort) {',
  ],
  [
    'no variable allows http',
    'core/config_fields.go', VECTORS,
    ' && !f.caller {', ' {',
  ],
  [
    'explain says that http is in the clear',
    'core/provider/resolve.go', VECTORS,
    'r.note("allowHttp", allowed, core.FromCaller)', '_ = allowed',
  ],
  [
    'a secret header is not taken from the command line',
    'js/cli/parameters.js', node('cli_request', '--header'),
    "SECRET_HEADER.test(name) && value !== '{uuid}',", 'false && name === value,',
  ],
  [
    'a placeholder is not sent',
    'core/provider/resolve.go', VECTORS,
    'if isPlaceholder(r.user.ClientSecret) {', 'if false {',
  ],
  [
    "another platform's key is not High Mobility's",
    'core/credentials/credentials.go', VECTORS,
    ' && !has("type") && !has("service_account_id"):', ':',
  ],
  [
    'a path takes what has its names',
    'core/answer/placed.go', VECTORS,
    'if m.Name != name ||', 'if m.Name != name && false ||',
  ],
  [
    'beside a path the access_token of the RFC is not taken',
    'core/answer/placed.go', VECTORS,
    'at == 0 && len(r.tokens) > 0 {', 'at == 0 {',
  ],
  [
    'no error repeats what stands at the path of the token',
    'core/answer/parse.go', VECTORS,
    'r.search.AddToken(scalar(value))', '_ = value',
  ],
  [
    'a path is short',
    'core/response.go', VECTORS,
    'len(path) > maxPath ||', 'false ||',
  ],
  [
    'a path has few names',
    'core/response.go', VECTORS,
    'strings.Count(path, ".") >= maxPathNames', 'false',
  ],
  [
    'of two tokens none is taken',
    'core/answer/parse.go', VECTORS,
    'case isThere && text != token.AccessToken:', 'case isThere && text == "\\x00":',
  ],

  // Of what a server says about itself.
  [
    'metadata are of the issuer',
    'core/answer/metadata.go', VECTORS,
    'case issuer != r.exchange.Issuer: // RFC', 'case issuer == "": // RFC',
  ],
  [
    'metadata name no endpoint without TLS',
    'core/provider/discovery.go', VECTORS,
    'if err == nil && url.Scheme != "https" && issuer.Scheme == "https" {', 'if false {',
  ],
  [
    'metadata end',
    'core/renewal/discovery.go', VECTORS,
    'return err == nil && now < until && until-now <= maxKept', 'return err == nil && until != now',
  ],
  [
    'metadata are bounded',
    'core/renewal/discovery.go', VECTORS,
    'MaxBody: min(r.limits.MaxBody, answer.MaxMetadata)', 'MaxBody: r.limits.MaxBody',
  ],
  [
    'metadata name each member once',
    'core/answer/metadata.go', VECTORS,
    'all, err := jsonobject.Parse(r.outcome.Body)', 'all, err := jsonobject.ParseLoose(r.outcome.Body)',
  ],
  [
    'an issuer of the environment leads no secret of a file away',
    'js/cli/variables.js', node('cli', 'lead a secret elsewhere'),
    "'tokenEndpoint', 'issuer', ...", "'tokenEndpoint', ...",
  ],

  // Signing users in.
  [
    'a callback has the state of its request',
    'core/authorization.go', go('./core', 'Callback'),
    'case c.State == "" || !equal(state, c.State):', 'case c.State == "" || state == "":',
  ],
  [
    'a callback is of the issuer',
    'core/authorization.go', go('./core', 'Callback'),
    'issuer != "" && c.Issuer != "" && issuer != c.Issuer:', 'false:',
  ],
  [
    'a code challenge is S256',
    'core/authorization.go', go('./core', 'Authorize'),
    'Value: encode(challenge[:])},', 'Value: a.CodeVerifier + encode(challenge[:0])},',
  ],
  [
    'a poll waits as the server wants',
    'core/renewal/plan.go', VECTORS,
    'r.interval += slower', 'r.interval += 0',
  ],
  [
    'an address for a user has TLS',
    'core/answer/other.go', go('.', 'AnAddressForAUser'),
    'usable = err == nil && (url.Scheme == "https" || url.Loopback())',
    'usable = err == nil && url.Scheme != ""',
  ],

  // What is forgotten.
  [
    'an instance that has grown is dropped',
    'js/module/module.js', node('module', 'grow'),
    '(!lives || instance.size > MOST_MEMORY)', '!lives',
  ],
];

/** @type {Mutation[]} */
export const mutations = MUTATIONS.map(
  ([rule, file, tests, text, becomes]) => ({ rule, file, text, becomes, tests }),
);
