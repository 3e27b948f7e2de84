package fetchtoken

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Package core recognizes the reason of a failed request by the names of OpenSSL and of the C
// library. Go has types and values instead. This file translates them into those names.

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

// wordsOf returns the words of an error. It shortens a URL in them to the scheme and the host,
// because the rest may be secret.
func wordsOf(err error) string {
	words := ""
	for text := err.Error(); ; {
		before, rest, found := strings.Cut(text, "://")
		words += before
		if !found {
			return words
		}
		end := strings.IndexAny(rest+" ", " \t\r\n\"'")
		host := rest[:strings.IndexAny(rest[:end]+"/", "/?#")]
		words += "://" + host[strings.LastIndexByte(host, '@')+1:]
		text = rest[end:]
	}
}

// withCondition returns the words of an error after the name of its condition.
func withCondition(err error) string {
	for _, c := range conditions {
		if c.is(err) {
			return c.name + ": " + wordsOf(err)
		}
	}
	return wordsOf(err)
}

// withoutCondition returns only the words.
func withoutCondition(words string) string {
	for _, c := range conditions {
		if rest, found := strings.CutPrefix(words, c.name+": "); found {
			return rest
		}
	}
	return words
}
