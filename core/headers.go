package core

import "strings"

// uuidPlaceholder in the value of the caller's header becomes a fresh UUID in each request.
const uuidPlaceholder = "{uuid}"

// The limits of the caller's headers. Many servers accept 8 KiB of headers in all, with the host's.
const (
	maxHeaders    = 32
	maxHeaderSize = 4096 // bytes of all names and values
)

// connectionHeaders are headers that belong to the connection (RFC 9110 section 7.6.1) or to the
// host's HTTP client, and Accept.
const connectionHeaders = "|accept|host|connection|keep-alive|te|trailer|transfer-encoding|" +
	"upgrade|expect|accept-encoding|cookie|"

// madeHeaders are the headers that are made for the token request, besides.
const madeHeaders = "|authorization|dpop" + connectionHeaders

func (c *Config) setHeaders(v Value) (err error) {
	c.Headers, err = headersOf("headers", v)
	return err
}

// headersOf reads an object of headers.
func headersOf(name string, v Value) (headers []Header, err error) {
	members, err := objectOf(name, v)
	for _, m := range members {
		value, err := textOf(name+"."+m.Name, valueOf(m.Value))
		if err != nil {
			return nil, err
		}
		headers = append(headers, Header{m.Name, value})
	}
	return headers, err
}

// checkHeaders rejects invalid HTTP headers (RFC 9110 sections 5.1 and 5.5), and headers of taken,
// which the caller must not set.
func checkHeaders(field string, headers []Header, taken string) error {
	size := 0
	for i, h := range headers {
		name := strings.ToLower(h.Name)
		size += len(name) + len(h.Value)
		what := ""
		switch {
		case i == maxHeaders || size > maxHeaderSize:
			what = "is too much: 32 headers are taken, with 4096 bytes in all"
		case strings.Trim(name, tokenCharacters) != "" || len(name)*len(h.Value) == 0 ||
			!IsPrintable(h.Value) || strings.TrimSpace(h.Value) != h.Value:
			what = "is no header of RFC 9110: take letters, digits and hyphens for its name, and " +
				"printable ASCII for its value"
		case strings.HasPrefix(name, "content-"), strings.HasPrefix(name, "proxy-"),
			strings.Contains(taken, "|"+name+"|"):
			what = "is there twice, or is made by clientAuth, bodyFormat, the option dpop or the HTTP " +
				"client: leave it out"
		}
		if what != "" {
			return ConfigError(field+"."+h.Name, what)
		}
		taken += name + "|"
	}
	return nil
}

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
