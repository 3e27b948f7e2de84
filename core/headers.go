package core

import "strings"

// uuidPlaceholder in the value of the caller's header becomes a fresh UUID in each request.
const uuidPlaceholder = "{uuid}"

// The limits of the caller's headers. Many servers accept 8 KiB of headers in all, with the host's.
const (
	maxHeaders    = 32
	maxHeaderSize = 4096 // bytes of all names and values
)

// madeHeaders are headers that the core makes itself, and those that belong to the connection (RFC
// 9110 section 7.6.1) or to the host's HTTP client.
const madeHeaders = "|authorization|dpop|accept|host|connection|keep-alive|te|trailer|" +
	"transfer-encoding|upgrade|expect|accept-encoding|cookie|"

func (c *Config) setHeaders(v Value) error {
	members, err := objectOf("headers", v)
	for _, m := range members {
		value, err := textOf("headers."+m.Name, valueOf(m.Value))
		if err != nil {
			return err
		}
		c.Headers = append(c.Headers, Header{m.Name, value})
	}
	return err
}

// checkHeaders rejects invalid HTTP headers (RFC 9110 sections 5.1 and 5.5), and headers that the
// caller must not set.
func (c *Config) checkHeaders() error {
	size, taken := 0, madeHeaders
	for i, h := range c.Headers {
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
			return ConfigError("headers."+h.Name, what)
		}
		taken += name + "|"
	}
	return nil
}

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
