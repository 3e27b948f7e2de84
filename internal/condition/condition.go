// Package condition names the reason of a failed request as OpenSSL and the C library do. Package
// core recognizes it by these names. Go has types and values instead.
package condition

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// A condition is the name of a reason, with a test for Go's error.
type condition struct {
	name string
	is   func(error) bool
}

var conditions = []condition{
	{"ERR_TLS_CERT_ALTNAME_INVALID", has[x509.HostnameError]},
	{"CERT_NOT_YET_VALID", func(err error) bool {
		// Go has one error for both conditions.
		return expired(err) && strings.Contains(err.Error(), " is before ")
	}},
	{"CERT_HAS_EXPIRED", expired},
	{"UNABLE_TO_GET_ISSUER_CERT", has[x509.UnknownAuthorityError]},
	{"WRONG_VERSION_NUMBER", func(err error) bool {
		return has[tls.RecordHeaderError](err) || errors.Is(err, http.ErrSchemeMismatch)
	}},
	{"ENOTFOUND", func(err error) bool {
		name, ok := errors.AsType[*net.DNSError](err)
		return ok && name.IsNotFound
	}},
	{"EAI_AGAIN", has[*net.DNSError]},
	// The values of package syscall differ between systems. The words hardly differ: Unix, then
	// Windows.
	{"ECONNREFUSED", says("connection refused", "actively refused it")},
	{"EHOSTUNREACH", says("no route to host", "unreachable host")},
	{"ENETUNREACH", says("network is unreachable", "unreachable network")},
	{"HTTP/1.1 protocol", says("malformed HTTP ")},
}

// Of returns the name of the condition of an error, or "" if it has none.
func Of(err error) string {
	for _, c := range conditions {
		if c.is(err) {
			return c.name
		}
	}
	return ""
}

// Names returns the names of all conditions.
func Names() []string {
	names := make([]string, len(conditions))
	for i, c := range conditions {
		names[i] = c.name
	}
	return names
}

func has[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func says(words ...string) func(error) bool {
	return func(err error) bool {
		said := err.Error()
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
	}
}

func expired(err error) bool {
	certificate, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && certificate.Reason == x509.Expired
}
