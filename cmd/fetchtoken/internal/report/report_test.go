package report

import (
	"bytes"
	"math"
	"testing"
)

func TestPrintable(t *testing.T) {
	// One of each kind, as js/test/node/printable.test.js has them.
	for _, bad := range []rune{
		0x07, 0x1b, '\r', '\n', 0x7f, 0x85, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x200b, 0x200d, 0x200e,
		0x202e, 0x2028, 0x2029, 0x2060, 0x2066, 0x2069, 0x3164, 0xfe0f, 0xfeff, 0xfff9, 0xe0001,
		0xe0041, 0xe0100, 0x1d173, 0xe000, 0x10ffff,
	} {
		if !isUnseen(bad) {
			t.Errorf("%U is seen", bad)
		}
	}
	const good = "aZ09 ~\"'\\äß中文😀é—…"
	if got := Printable(good); got != good {
		t.Errorf("got %q", got)
	}
	if got := Printable("a\x1b[1m\u202eb\xff"); got != `a\u{1b}[1m\u{202e}b`+"\ufffd" {
		t.Errorf("got %q", got)
	}
}

func TestComplain(t *testing.T) {
	var errout bytes.Buffer
	Complain(&errout, "a\nb", "")
	Complain(&errout, "c", "d\r")
	const want = "fetchtoken: a\\u{a}b\nfetchtoken: c\nhint: d\\u{d}\n"
	if got := errout.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrapped(t *testing.T) {
	for want, width := range map[string]int{
		"hint: set --endpoint to a URL":             math.MaxInt,
		"hint: set --endpoint\n  to a URL":          20,
		"hint:\n  set\n  --endpoint\n  to a\n  URL": 7,
		"hint: set --endpoint to a\n  URL":          25,
	} {
		if got := wrapped("hint: set --endpoint to a URL", width); got != want {
			t.Errorf("%d: %q, want %q", width, got, want)
		}
	}
}

// The words of Node 20 for the same failures.
func TestNodeWords(t *testing.T) {
	for words, want := range map[string]string{
		"ECONNREFUSED: dial tcp 127.0.0.1:9: connect: connection refused":            "connect ECONNREFUSED 127.0.0.1:9",
		"ENOTFOUND: dial tcp: lookup a.invalid on 127.0.0.1:53: no such host":        "getaddrinfo ENOTFOUND a.invalid",
		"WRONG_VERSION_NUMBER: http: server gave HTTP response to HTTPS client":      "wrong version number",
		"WRONG_VERSION_NUMBER: tls: first record does not look like a TLS handshake": "wrong version number",
		"remote error: tls: handshake failure":                                       "remote error: tls: handshake failure",
	} {
		if got := nodeWords(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
