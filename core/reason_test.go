package core

import "testing"

// The words of Node 20 and 24 (OpenSSL 3), of Electron (BoringSSL), and of others.
func TestPlainReason(t *testing.T) {
	for words, want := range map[string]string{
		"ERR_SSL_WRONG_VERSION_NUMBER 80CCACCD747F0000:error:0A00010B:SSL routines:ssl3_get_record:" +
			"wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:350:\n": "wrong version number",
		"write EPROTO 139:error:0A00010B:SSL routines::wrong version number:a.c:77:\n": "wrong version number",
		"80CC:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:" +
			"../a.c:1601:SSL alert number 40": "sslv3 alert handshake failure",
		"write EPROTO 3:error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:" +
			"../../third_party/boringssl/src/ssl/tls_record.cc:231:\n": "wrong version number",
		"error:1E08010C:DECODER routines::unsupported": "error:1E08010C:DECODER routines::unsupported",
		"error: SSL routines:":                         "error: SSL routines:",
		"tls: first record does not look like a TLS handshake": "tls: first record does not look like a " +
			"TLS handshake",
		"": "",
	} {
		if got := PlainReason(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
