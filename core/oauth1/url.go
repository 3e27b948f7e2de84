package oauth1

import (
	"errors"
	"strings"
)

// A URL is an absolute http or https URL in the spelling that is both signed and sent. ParseURL
// makes it, so the signed and the sent URL can't differ.
type URL struct {
	Scheme string  // "http" or "https"
	Host   string  // lower case, without the port
	Port   string  // "" for the scheme's default port
	Path   string  // starts with "/"
	Query  string  // as sent, without "?"; "" if there is none
	params []Param // the decoded query
}

// Origin returns scheme://host[:port], the default port left out (RFC 6454 section 6.1).
//
//go:noinline // its text is put together at a dozen places otherwise
func (u *URL) Origin() string {
	if u.Port == "" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + "://" + u.Host + ":" + u.Port
}

// BaseStringURI returns the base string URI of RFC 5849 section 3.4.1.2: the URL without its query.
func (u *URL) BaseStringURI() string { return u.Origin() + u.Path }

// String returns the URL that is sent.
func (u *URL) String() string {
	if u.Query == "" {
		return u.BaseStringURI()
	}
	return u.BaseStringURI() + "?" + u.Query
}

// Loopback says whether the host is this machine: localhost, 127.0.0.0/8 or [::1]. A name below
// localhost doesn't count, because a resolver decides its address. js/client/client_options.js has
// the same rule.
func (u *URL) Loopback() bool {
	return u.Host == "localhost" || u.Host == "[::1]" ||
		strings.HasPrefix(u.Host, "127.") && isIPv4(u.Host)
}

// LinkLocal says whether the host is an address of 169.254.0.0/16 (RFC 3927), which no router
// forwards.
func (u *URL) LinkLocal() bool { return strings.HasPrefix(u.Host, "169.254.") && isIPv4(u.Host) }

// Characters of RFC 3986 besides the unreserved ones, "%", and those that ParseURL handles itself.
const (
	pathChars  = "/!$&'()*+,;=:@"
	queryChars = pathChars + "?[]" // RFC 3986 wants "[" and "]" encoded, and every fetch leaves them
)

// ParseURL reads an absolute http or https URL. It rejects every URL that a fetch implementation
// would rewrite or that it doesn't understand, because the signed and the sent URL could differ
// then: user information, a fragment, characters outside RFC 3986, broken percent-encoding, "." and
// ".." segments, numeric hosts that are not four plain decimal numbers, and IPv6 literals other
// than [::1]. The error names the fault and never repeats the URL, which may contain a secret.
func ParseURL(s string) (*URL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return nil, errors.New("is not an absolute URL: it must start with https://")
	}
	u := &URL{Scheme: strings.ToLower(scheme)}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("must start with https://")
	}
	if strings.Contains(rest, "#") {
		return nil, errors.New("has a fragment (#…): remove it")
	}
	end := 0
	for end < len(rest) && rest[end] != '/' && rest[end] != '?' {
		end++
	}
	authority, rest := rest[:end], rest[end:]
	u.Path, u.Query, _ = strings.Cut(rest, "?")
	if u.Path == "" {
		u.Path = "/"
	}
	if err := u.setAuthority(authority); err != nil {
		return nil, err
	}
	if err := checkChars("path", u.Path, pathChars); err != nil {
		return nil, err
	}
	for rest := u.Path; rest != ""; {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		if isDots(segment) {
			return nil, errors.New(`has a "." or ".." in its path: write the path without it`)
		}
	}
	if err := checkChars("query", u.Query, queryChars); err != nil {
		return nil, err
	}
	// Every fetch sends "'" in a query as %27, so that is signed.
	u.Query = strings.ReplaceAll(u.Query, "'", "%27")
	for rest := u.Query; rest != ""; {
		var part string
		if part, rest, _ = strings.Cut(rest, "&"); part != "" {
			name, value, _ := strings.Cut(part, "=")
			u.params = append(u.params, Param{decodeForm(name), decodeForm(value)})
		}
	}
	return u, nil
}

func (u *URL) setAuthority(authority string) error {
	if strings.Contains(authority, "@") {
		return errors.New(
			"has user information (user@host): remove it, for credentials have fields of their own",
		)
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
		if !isPort(port) {
			return errors.New("has a port that is not a number from 1 to 65535")
		}
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	u.Host, u.Port = strings.ToLower(host), port
	if u.Host == "" {
		return errors.New("has no host")
	}
	if u.Host[0] == '[' {
		if u.Host != "[::1]" {
			return errors.New(
				"has an IPv6 address for its host: use a host name (of the IPv6 addresses only [::1] is " +
					"understood)",
			)
		}
		return nil
	}
	for i := 0; i < len(u.Host); i++ {
		c := u.Host[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return errors.New(
				"has a host with a character that is not a letter, a digit, '-', '.' or '_' (write an " +
					"international name in its xn-- form)",
			)
		}
	}
	if strings.HasPrefix(u.Host, ".") || strings.Contains(u.Host, "..") {
		return errors.New("has a host with an empty label")
	}
	last := strings.TrimSuffix(u.Host, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	if numeric(last) && !isIPv4(u.Host) {
		return errors.New("has a numeric host that is not an IPv4 address of four decimal numbers")
	}
	return nil
}

// isDots says whether a segment of a path is "." or "..", with or without percent-encoding.
func isDots(segment string) bool {
	dots := 0
	for ; segment != "" && dots < 3; dots++ {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case len(segment) >= 3 && segment[:2] == "%2" && segment[2]|0x20 == 'e':
			segment = segment[3:]
		default:
			return false
		}
	}
	return dots == 1 || dots == 2
}

// numeric says whether the URL standard would read a host with this last label as an IPv4 address.
func numeric(label string) bool {
	hex, found := strings.CutPrefix(label, "0x")
	for i := 0; i < len(hex); i++ {
		if !(found && isHex(hex[i]) || '0' <= hex[i] && hex[i] <= '9') {
			return false
		}
	}
	return label != ""
}

func isIPv4(host string) bool {
	n := 0
	for part := range strings.SplitSeq(host, ".") {
		if !decimal(part, 255) {
			return false
		}
		n++
	}
	return n == 4
}

func isPort(s string) bool { return s != "0" && decimal(s, 65535) }

// decimal says whether s is a number from 0 to limit in its plain decimal form.
func decimal(s string, limit int) bool {
	if s == "" || len(s) > 5 || len(s) > 1 && s[0] == '0' {
		return false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= limit
}

func checkChars(part, s, extra string) error {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return errors.New("has a '%' in its " + part + " that two hexadecimal digits don't follow")
			}
			i += 2
		case !unreserved[c] && strings.IndexByte(extra, c) < 0:
			return errors.New("has a character in its " + part + " that must be percent-encoded")
		}
	}
	return nil
}
