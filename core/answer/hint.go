package answer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
)

// hint returns the advice for an error of a server. The server's own code and words decide first,
// then the visible faults of the request and the response, and last the preset's advice for an
// error of the standard, which says little.
func (r *reading) hint(e *core.TokenError) string {
	description := strings.ToLower(join(e.ErrorDescription, r.words))
	if r.signsTime() {
		r.complaint = complaintOf(description + " " + strings.ToLower(e.OAuthError))
	}
	standard := ""
	for i := range r.exchange.Hints {
		h := &r.exchange.Hints[i]
		if h.Code != "" && h.Code != e.ProviderCode && h.Code != e.OAuthError ||
			!strings.Contains(description, h.Describes) {
			continue
		}
		if h.If == core.ClockOff {
			r.complaint = max(r.complaint, complaintTime)
		}
		found := r.find(h.If)
		if h.If == core.ClockOff {
			told := false
			if e.ClockOffset, told = r.clockOffset(); !told {
				e.TimeEndpoint = timeEndpoint(r.exchange)
			}
		}
		switch {
		case h.If != core.Always && found == "":
		case h.If == core.Always && h.Describes == "" && h.Code == e.OAuthError:
			standard = h.Text
		default:
			return strings.ReplaceAll(h.Text, "{}", found)
		}
	}
	general := r.answersHint(e, description)
	foreign := ""
	if general == "" {
		foreign = r.foreignHint(e, description)
	}
	if general == "" && r.refusesCredentials(e, description) {
		general = first(
			r.credentialsHint(e, description), foreign, standard, r.assertionHint(false),
		)
	}
	return first(general, foreign, standard, r.usualHint(e, description), r.answerHint(e))
}

// signsTime says whether the client signed a request that contains a time.
func (r *reading) signsTime() bool {
	return r.exchange.ClientAuth == core.OAuth1 || r.exchange.Claims != nil
}

// find returns the subject of a condition, or nothing if it doesn't hold.
func (r *reading) find(c core.Condition) string {
	switch c {
	case core.BlankAround:
		return credential(r.exchange, strings.TrimSpace)
	case core.ClockOff:
		switch offset, _ := r.clockOffset(); {
		case offset < 0:
			return strconv.Itoa(-offset) + " s ahead of"
		case offset > 0:
			return strconv.Itoa(offset) + " s behind"
		}
	}
	return ""
}

// credential says which of clientId and clientSecret differs from its changed form.
func credential(x *core.Exchange, form func(string) string) string {
	id, secret := form(x.ClientID) != x.ClientID, form(x.ClientSecret) != x.ClientSecret
	switch {
	case id && secret:
		return "each of clientId and clientSecret"
	case id:
		return "clientId"
	case secret:
		return "clientSecret"
	}
	return ""
}

// refusesCredentials says whether the server refused the client. Some servers say so only in words.
func (r *reading) refusesCredentials(e *core.TokenError, description string) bool {
	switch e.OAuthError {
	case "invalid_client":
		return true
	case "invalid_grant": // RFC 7521 section 4.1.1: of an assertion
		return r.exchange.Claims != nil
	case "", "invalid_request":
		if strings.Contains(description, "client") || strings.Contains(description, "assertion") {
			return true
		}
	}
	return e.Status == 401 || r.complaint != 0
}

const setClock = "the clock of this machine is {} the server's: set it"

// credentialsHint names a visible fault of the refused credentials, and notes a wrong clock.
func (r *reading) credentialsHint(e *core.TokenError, description string) string {
	x := r.exchange
	hint, found := "{} begins or ends with a blank: was it copied with one?", r.find(core.BlankAround)
	if found == "" {
		hint = "{} stands within quotes: leave them out if it has none (docker --env-file keeps them)"
		found = credential(x, withoutQuotes)
	}
	if found == "" {
		hint = "{} has an invisible character, U+" + codePointIn(x.ClientID+x.ClientSecret) +
			": copy it anew"
		found = credential(x, withoutInvisible)
	}
	switch {
	case found != "" || x.EncodingFixed:
	case x.ClientAuth == core.ClientSecretBasic && x.BasicEncoding == core.BasicRaw:
		hint = "Basic carried {} as it is, with characters that form-encoding changes: if it is right, " +
			"try basicEncoding: 'form'"
		found = credential(x, urlencoded.Encode)
	// raw can't encode these
	case x.ClientAuth == core.ClientSecretBasic && !strings.Contains(x.ClientID, ":"):
		hint = "Basic carried {} form-encoded, which changed characters of it: if it is right, try " +
			"basicEncoding: 'raw'"
		found = credential(x, urlencoded.Encode)
	case r.signsTime():
		hint, found = setClock, r.find(core.ClockOff)
		if !e.Retryable {
			e.ClockOffset, _ = r.clockOffset()
		}
		if found == "" && strings.Contains(description, "aud") {
			return r.assertionHint(true)
		}
		if found == "" && !x.OwnAudience {
			hint, found = shortSecret, shortOf(x)
		}
	}
	if found == "" {
		return ""
	}
	return strings.ReplaceAll(hint, "{}", found)
}

func withoutQuotes(text string) string {
	if last := len(text) - 1; last > 1 && text[0] == text[last] &&
		strings.IndexByte("\"'`", text[0]) >= 0 {
		return text[1:last]
	}
	return text
}

// isInvisible says whether nobody sees a character: the soft hyphen, the no-break space, those
// without a width, marks of direction, and the byte order mark.
func isInvisible(r rune) bool {
	return r == 0xa0 || r == 0xad || 0x200b <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e ||
		0x2060 <= r && r <= 0x206f || r == 0xfeff
}

func withoutInvisible(text string) string {
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, text)
}

// codePointIn returns the four hexadecimal digits of the first invisible character, or "".
func codePointIn(text string) string {
	for _, r := range text {
		if isInvisible(r) {
			return strings.ToUpper(strconv.FormatInt(0x10000+int64(r), 16)[1:])
		}
	}
	return ""
}

const shortSecret = "{}, which RFC 7518 section 3.2 wants: some servers refuse a shorter one, so " +
	"ask for a longer one or try another clientAuth"

// shortOf says that the client secret is shorter than the hash of its HMAC.
func shortOf(x *core.Exchange) string {
	bits, _ := strings.CutPrefix(x.Alg, "HS")
	if n, ok := core.WholeNumber(bits); ok && x.ClientAuth == core.ClientSecretJWT &&
		int64(len(x.ClientSecret)) < n/8 {
		return "clientSecret is shorter than the " + strconv.FormatInt(n/8, 10) + " bytes for " + x.Alg
	}
	return ""
}

// assertionHint is about a refused assertion, which may have a wrong signature or a wrong aud. The
// server's complaint about the aud leaves the aud only.
func (r *reading) assertionHint(complains bool) string {
	x := r.exchange
	aud := string(x.Claims.Get("aud"))
	if aud == "" {
		return ""
	}
	endpoint := r.redact(x.URL.BaseStringURI()) // without its query, which may be secret
	hint := "the aud of the assertion is " + r.redact(aud) + ", the token endpoint is " + endpoint +
		": set assertion.claims.aud to what the server documents, or leave it out"
	if strings.Contains(aud, string(jsonobject.AppendText(nil, x.URL.String()))) { // it may be a list
		hint = "the aud of the assertion is " + endpoint + ", but many servers want their issuer: set " +
			"assertion.claims.aud to "
		if x.Issuer == "" {
			hint += "it"
		} else {
			hint += "'{issuer}'"
		}
	} else if !complains && !x.OwnAudience { // the preset knows it
		return checkKey
	}
	if complains {
		return hint
	}
	return checkKey + "; " + hint
}

const checkKey = "check clientId and its secret or key"

// usual are the errors of RFC 6749 section 5.2 and RFC 8707 section 2, with lower-case words of the
// description, and the advice for each. The first match counts.
var usual = []struct{ code, words, hint string }{
	{"invalid_client", "", checkClient},
	{"unauthorized_client", "credentials", checkClient}, // Keycloak
	{"unauthorized_client", "secret", checkClient},
	{
		"unauthorized_client",
		"",
		"the client may not use this grant type: allow it where the client is registered, or check " +
			"clientId",
	},
	{
		"unsupported_grant_type",
		"",
		"the server has no such grant type: check grantType and tokenEndpoint",
	},
	{
		"invalid_scope",
		"",
		"the scope is unknown, missing or not allowed for this client: check scope",
	},
	{
		"invalid_target",
		"",
		"the resource or audience is unknown or not allowed for this client: check resource and " +
			"audience",
	},
}

const checkClient = "check clientId, its secret or key, and clientAuth"

// usualHint returns the advice for an error that the standard defines, and for a parameter that the
// server misses.
func (r *reading) usualHint(e *core.TokenError, description string) string {
	for _, u := range usual {
		if u.code == e.OAuthError && strings.Contains(description, u.words) {
			return u.hint
		}
	}
	if e.OAuthError == "" || e.OAuthError == "invalid_request" {
		return r.missingHint(strings.ReplaceAll(description, " ", "_"))
	}
	return ""
}

// NoteAttempts gives the last error of a renewal its advice, if the server failed.
func NoteAttempts(e *core.TokenError, attempts int) {
	if e.Hint != "" || e.Status < 500 && e.OAuthError != "server_error" &&
		e.OAuthError != "temporarily_unavailable" {
		return
	}
	if e.Hint = "the server failed: try again later"; attempts > 1 {
		e.Hint = "the server failed " + strconv.Itoa(attempts) + " times: try again later"
	}
	e.Hint += askedToWait(e)
}

// askedToWait is the end of the advice to try again.
func askedToWait(e *core.TokenError) string {
	if e.RetryAfter < 0 {
		return ""
	}
	return "; the server asks to wait " + strconv.Itoa(e.RetryAfter) + " s"
}

// missing are the words of a server that misses a parameter.
var missing = []string{
	"missing", "required", "must_contain", "must_include", "must_be_provided", "not_provided",
	"can't_be_blank",
}

// parameters are those that servers miss, with the fields that set them. They stand in the order
// in which a sentence is searched for them.
var parameters = []struct{ name, field string }{
	{"grant_type", ""},
	{"audience", "audience"},
	{"scope", "scope"},
	{"client_id", ""},
	{"client_secret", ""},
	{"resource", "resource"},
	{"parameter", ""},
}

// missingHint returns the advice for a parameter that the server misses by its words, in which low
// lines stand for blanks.
func (r *reading) missingHint(words string) string {
	contains := func(word string) bool { return strings.Contains(words, word) }
	if !slices.ContainsFunc(missing, contains) {
		return ""
	}
	x := r.exchange
	for _, p := range parameters {
		if !contains(p.name) {
			continue
		}
		sent := slices.ContainsFunc(x.Fields, func(f oauth1.Param) bool { return f.Name == p.name })
		hint := "the request has no {}, which the server wants: set " + p.field
		switch {
		case p.name == "parameter":
			return "the server wants a further parameter: give it in parameters"
		case sent || p.field == "" && x.ClientIDInBody:
			hint = "the server doesn't find {} in the body: try bodyFormat: '" + r.otherFormat() + "'"
		case p.field == "":
			hint = "the server doesn't find {} in the body: try clientAuth: 'client_secret_post'"
		}
		return strings.ReplaceAll(hint, "{}", p.name)
	}
	return ""
}

// otherFormat returns the format of the body that the request doesn't have.
func (r *reading) otherFormat() string {
	if r.exchange.BodyFormat == core.BodyJSON {
		return core.BodyForm
	}
	return core.BodyJSON
}

// answers are the lower-case words of proxies and servers for faults other than the credentials,
// with the advice for each. None of these faults goes away by itself.
var answers = []struct {
	status      int // 0 for any status
	words, hint string
}{
	{495, "", clientCertificate}, // nginx's own statuses
	{496, "", clientCertificate},
	{497, "", speaksTLS},
	// nginx: No required SSL certificate was sent
	{400, "required ssl certificate", clientCertificate},
	{400, "ssl certificate error", clientCertificate}, // nginx
	{0, "client certificate", clientCertificate},      // IIS, RFC 8705
	{0, "mtls", clientCertificate},
	{0, "mutual tls", clientCertificate},
	{400, "sent to https port", speaksTLS},                        // nginx, Jetty
	{400, "http request to an https", speaksTLS},                  // Go
	{400, "combination of host and port requires tls", speaksTLS}, // Tomcat
	{407, "", "the proxy wants credentials of its own: give them where the proxy is set"},
	{511, "", "the network wants a login first (a captive portal): open a page in a browser"},
}

const (
	clientCertificate = "the server wants a client certificate (mutual TLS): send the request by a " +
		"fetch, in Go by an HTTPClient, that presents one"
	speaksTLS = "the port speaks TLS: write https in tokenEndpoint"
)

// answersHint returns the advice for a response with known words. Repeating the request doesn't
// help.
func (r *reading) answersHint(e *core.TokenError, words string) string {
	for _, a := range answers {
		if (a.status == 0 && 400 <= e.Status && e.Status < 500 || a.status == e.Status) &&
			strings.Contains(words, a.words) {
			e.Retryable = false
			return a.hint
		}
	}
	return ""
}

// answerHint returns the advice for a response that names its own fault, or that no token endpoint
// sends. It also notes a wrong clock.
func (r *reading) answerHint(e *core.TokenError) string {
	switch {
	case e.OAuthError == "invalid_dpop_proof" || e.OAuthError == core.UseDPoPNonce:
		r.complaint = complaintOf(strings.ToLower(e.ErrorDescription))
		if found := r.find(core.ClockOff); found != "" && e.OAuthError != core.UseDPoPNonce {
			e.ClockOffset, _ = r.clockOffset()
			return strings.ReplaceAll(setClock, "{}", found)
		}
		return "the server wants a proof of possession (RFC 9449): give createClient the option dpop"
	case e.Status == 429:
		return "too many requests: keep the token until it expires" + askedToWait(e)
	case e.Status == 415:
		return "the server takes no body of this type: try bodyFormat: '" + r.otherFormat() + "'"
	case e.Status == 405 && r.outcome.header("allow") != "":
		return "the server takes no POST there but " + core.Name(
			r.mask(r.outcome.header("allow")),
		) + ": it is no token endpoint, check tokenEndpoint"
	case strings.HasPrefix(r.place, "at "):
		return anotherShape + ", or set response.token to the place of the token"
	case r.place != "":
		return anotherShape
	case e.Status == 404 || e.Status == 405:
		return "there is no token endpoint at " + r.redact(r.exchange.URL.BaseStringURI()) +
			": check tokenEndpoint"
	case e.Status < 500 && isHTML(r.outcome.Body) || e.Status == 403 && e.Code == core.CodeHTTPError:
		return "this is no answer of a token endpoint: check tokenEndpoint, and whether a proxy, a " +
			"firewall or a login page stands before it"
	}
	return ""
}

const anotherShape = "the response has another shape than that of RFC 6749: check that " +
	"tokenEndpoint is one of OAuth 2.0"

// failures are the lower-case words of hosts for a request without a response, with the advice for
// each. The first match counts. They are words of Node (undici and OpenSSL), of Chromium, Firefox
// and Safari, and of workerd.
var failures = []struct {
	words, hint string
	lasting     bool // the same request will fail again
}{
	{
		"err_tls_cert_altname_invalid",
		"the certificate is for another host: check the host of tokenEndpoint",
		true,
	},
	{
		"cert_has_expired",
		"the certificate of the server is out of date, or the clock of this machine is off",
		true,
	},
	{
		"cert_not_yet_valid",
		"the certificate of the server isn't valid yet, or the clock of this machine is off",
		true,
	},
	{"self_signed_cert", untrusted, true},
	{"unable_to_verify_leaf_signature", untrusted, true},
	{"unable_to_get_issuer_cert", untrusted, true},
	{"alert certificate required", clientCertificate, true},
	{"alert_certificate_required", clientCertificate, true},
	{"tls: certificate required", clientCertificate, true},
	{"alert bad certificate", refusedCertificate, true},
	{"alert_bad_certificate", refusedCertificate, true},
	{"alert_unknown_ca", refusedCertificate, true},
	{"remote error: tls: bad certificate", refusedCertificate, true},
	{"remote error: tls: unknown certificate authority", refusedCertificate, true},
	{"certificate", "the certificate of the server is not trusted", true},
	{"wrong_version_number", noTLS, true},
	{"invalidcontenttype", noTLS, true}, // Deno
	{"unrecognized name", "the server knows no such host: check the host of tokenEndpoint", true},
	{"unrecognized_name", "the server knows no such host: check the host of tokenEndpoint", true},
	{"handshake failure", noHandshake, false},
	{"handshake_failure", noHandshake, false},
	{"protocol version", noHandshake, false},
	{"protocol_version", noHandshake, false},
	{"unsupported protocol", noHandshake, false},
	{"insufficient security", noHandshake, false},
	{"bad port", "fetch never connects to this port: check tokenEndpoint", true},
	{
		"enotfound",
		"there is no such host: check the host of tokenEndpoint, and the DNS of this machine",
		false,
	},
	{
		"eai_again",
		"the host can't be looked up now: check the network and the DNS of this machine",
		false,
	},
	{"econnrefused", "nobody listens there: check host and port of tokenEndpoint", false},
	{"etimedout", unreachable, false},
	{"und_err_connect_timeout", unreachable, false},
	{"ehostunreach", unreachable, false},
	{"enetunreach", unreachable, false},
	{"failed to fetch", crossOrigin, false},
	{"networkerror when attempting to fetch", crossOrigin, false},
	{"load failed", crossOrigin, false},
	{
		"network connection lost",
		"nobody listens there, or the connection was cut: check host and port of tokenEndpoint",
		false,
	},
	{
		"internal error; reference",
		"a Worker is not told more: check that the host of tokenEndpoint exists and has a certificate " +
			"that is trusted",
		false,
	},
	{
		"http/1.1 protocol",
		"what answers there is not HTTP: check host and port of tokenEndpoint",
		false,
	},
}

const (
	untrusted = "this machine doesn't trust who signed the certificate: if it is an " +
		"authority of your own, name its file in NODE_EXTRA_CA_CERTS"
	refusedCertificate = "the server refuses the client certificate, or wants one: check which one " +
		"the fetch, in Go the HTTPClient, presents"
	noTLS       = "the port doesn't speak TLS: check the port of tokenEndpoint"
	noHandshake = "the server and this machine agree on no version and no cipher of TLS, or the " +
		"server wants a client certificate"
	unreachable = "there is no way to the host: a firewall may be in between, or a proxy " +
		"that must be named (Node: NODE_USE_ENV_PROXY=1 and HTTPS_PROXY, or a fetch of your own)"
	crossOrigin = "a browser doesn't say why: if the server is up, it lets no page read its " +
		"answers (CORS), and your own server has to ask for the token; the browser's console says more"
)

// gaveHTTP are the words of Go for a server that answers in HTTP.
const gaveHTTP = "gave http response to https client"

// httpHint returns the advice for a port that doesn't speak TLS. A server of one's own often speaks
// http. isHTTP says that this one does; most runtimes don't know.
func (r *reading) httpHint(isHTTP bool) string {
	url := r.exchange.URL
	hint := "the port doesn't speak TLS: if it speaks http, "
	switch {
	case !url.Loopback() && !isPrivate(url.Host):
		return noTLS
	case isHTTP:
		hint = "the server speaks http, not https: "
	}
	if hint += "write http in tokenEndpoint"; !url.Loopback() {
		hint += ", and its host in allowHttp"
	}
	return hint
}

// isPrivate says whether a host is in a network of one's own: by a name without a dot, as in a
// compose network, or by one or an address that nobody else can reach (RFC 1918, RFC 6762).
func isPrivate(host string) bool {
	switch {
	case strings.HasPrefix(host, "10.") || strings.HasPrefix(host, "192.168."):
		return true
	case strings.HasPrefix(host, "172."):
		second, _, _ := strings.Cut(strings.TrimPrefix(host, "172."), ".")
		n, ok := core.WholeNumber(second)
		return ok && 16 <= n && n < 32
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == host && host[0] != '[' ||
		slices.Contains([]string{"internal", "lan", "local", "svc"}, last)
}
