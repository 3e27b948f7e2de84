package proxy

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/internal/origin"
)

// hopByHop are the headers for one connection (RFC 9110 section 7.6.1), and the headers that older
// programs send for it.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// notSent are headers of the program that the API never gets. The connection to the API sets some
// anew.
var notSent = append([]string{
	"Accept-Encoding", "Authorization", "Content-Length", "Cookie", "Cookie2", "Dpop", "Expect",
	"Forwarded", "Host", "Origin", "Referer", "Via", "X-Forwarded-For", "X-Forwarded-Host",
	"X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Real-Ip",
}, hopByHop...)

// replacing are headers that some servers take for the method or the path, so that no rule would
// hold.
var replacing = []string{
	"X-Http-Method", "X-Http-Method-Override", "X-Method-Override", "X-Original-Url",
	"X-Rewrite-Url",
}

// notReturned are headers of the API that the program never gets.
var notReturned = append([]string{"Alt-Svc", "Set-Cookie", "Set-Cookie2"}, hopByHop...)

// A rule is an --allow: a method or *, and a path. If the path is open, it may go on.
type rule struct {
	method, path string
	isOpen       bool
}

// ruleText has the blanks of JavaScript.
var ruleText = regexp.MustCompile(`^(\*|[A-Z]{1,20}) (/[^\s\v\p{Z}\x{feff}*?#%]*)(\*?)$`)

// ruleOf reads the value of an --allow.
func ruleOf(text string) (rule, bool) {
	parts := ruleText.FindStringSubmatch(text)
	if parts == nil {
		return rule{}, false
	}
	return rule{parts[1], parts[2], parts[3] != ""}, true
}

func (r rule) permits(method, path string) bool {
	if r.method != "*" && r.method != method {
		return false
	}
	return path == r.path || r.isOpen && strings.HasPrefix(path, r.path)
}

// A session is the proxy's own data, by which it checks a request.
type session struct {
	key         string
	to          *url.URL
	rules       []rule
	port        string // its own
	listensHere bool   // whether only this machine can reach it
}

// A refusal is the reason why a request is refused, with the status and the test.
type refusal struct {
	status int
	why    string
	test   func(*http.Request, *session) bool
}

// refusals are in the order of the checks.
var refusals = []refusal{
	{421, "the Host is not this proxy", func(r *http.Request, s *session) bool {
		// net/http takes the Host of an absolute target from there; such a target is refused below
		return s.listensHere && strings.HasPrefix(r.RequestURI, "/") && !isOwnName(r.Host, s.port)
	}},
	{401, "the key of this session is missing or wrong", func(r *http.Request, s *session) bool {
		return !hasKey(r.Header.Get("Authorization"), s.key)
	}},
	{501, "the proxy passes no WebSocket on", func(r *http.Request, _ *session) bool {
		upgrade := strings.Join(r.Header.Values("Upgrade"), ",")
		return strings.Contains(strings.ToLower(upgrade), "websocket")
	}},
	{501, "the proxy passes no such method on", func(r *http.Request, _ *session) bool {
		return r.Method == http.MethodTrace || r.Method == "TRACK"
	}},
	{400, "the method is not in upper case", func(r *http.Request, _ *session) bool {
		return r.Method != strings.ToUpper(r.Method) // the parser of Node refuses it, too
	}},
	{400, "the target is no plain path of the API", func(r *http.Request, _ *session) bool {
		return !isPlainPath(r.RequestURI)
	}},
	{403, "no rule permits this method and path", func(r *http.Request, s *session) bool {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		permits := func(rule rule) bool { return rule.permits(r.Method, path) }
		return len(s.rules) > 0 && (isDecoded(path) || !slices.ContainsFunc(s.rules, permits))
	}},
	{403, "a header asks for another method or path, which no rule permits",
		func(r *http.Request, s *session) bool {
			isThere := func(name string) bool { return r.Header[name] != nil }
			return len(s.rules) > 0 && slices.ContainsFunc(replacing, isThere)
		}},
}

// refusalOf returns why a request is refused, or nil if the proxy passes it on.
func refusalOf(r *http.Request, s *session) *refusal {
	for i := range refusals {
		if refusals[i].test(r, s) {
			return &refusals[i]
		}
	}
	return nil
}

var hostName = regexp.MustCompile(`^(.*?)(?::(\d+))?$`)

func isOwnName(host, port string) bool {
	name := hostName.FindStringSubmatch(host)
	return name != nil && cmp.Or(name[2], "80") == port && isLoopback(name[1])
}

var bearer = regexp.MustCompile(`^(?i:Bearer) +(\S+)$`)

func hasKey(authorization, key string) bool {
	given := ""
	if parts := bearer.FindStringSubmatch(authorization); parts != nil {
		given = parts[1]
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

var plainSegment = regexp.MustCompile(`^([\w.~!$&'()*+,;=:@[\]^|-]|%[0-9A-Fa-f]{2})*$`)

// isPlainPath reports whether a target is a path of the API that every server reads alike: it names
// no host, it has no empty, "." or ".." segment, and every other character is encoded. Some servers
// cut off a ";" and what follows it in a segment.
func isPlainPath(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	rest, isPath := strings.CutPrefix(path, "/")
	if !isPath || strings.ContainsAny(target, `\#`) {
		return false
	}
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		dots := strings.NewReplacer("%2e", ".", "%3b", ";").Replace(strings.ToLower(segment))
		dots, _, _ = strings.Cut(dots, ";")
		isEmpty := segment == "" && i < len(segments)-1
		if isEmpty || dots == "." || dots == ".." || !plainSegment.MatchString(segment) {
			return false
		}
	}
	return true
}

// isDecoded reports whether an API may decode the path before it looks at it, and perhaps twice.
func isDecoded(path string) bool {
	return decoded.MatchString(path)
}

var decoded = regexp.MustCompile(`(?i)%(25)*(2f|5c|2e|00)`)

// sentHeaders returns the headers that the API gets. The client adds the token.
func sentHeaders(all http.Header) http.Header {
	headers := all.Clone()
	drop(headers, notSent)
	if headers.Get("User-Agent") == "" {
		headers["User-Agent"] = []string{"fetchtoken"}
	}
	return headers
}

// drop removes headers, and those that Connection names.
func drop(headers http.Header, names []string) {
	for _, value := range headers.Values("Connection") {
		for name := range strings.SplitSeq(value, ",") {
			headers.Del(strings.Trim(name, " \t"))
		}
	}
	for _, name := range names {
		headers.Del(name)
	}
}

// pathOf returns the path, query and fragment of a Location that leads to the API. Any other one is
// not ok.
func pathOf(location string, from *url.URL, to *url.URL) (path string, ok bool) {
	if strings.ContainsAny(location, "\\\t") {
		return "", false // fetch reads them otherwise
	}
	u, err := from.Parse(location)
	if err != nil || origin.Of(u) != origin.Of(to) {
		return "", false
	}
	u = &url.URL{
		Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment,
		RawFragment: u.RawFragment,
	}
	if u.Path == "" {
		u.Path = "/"
	}
	// a program would take // for the beginning of a host
	return u.String(), !strings.HasPrefix(u.Path, "//")
}
