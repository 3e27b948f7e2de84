package oauth1_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"sync"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

func Example() {
	url, err := oauth1.ParseURL("https://www.sampleurl.com/some/path")
	if err != nil {
		panic(err)
	}
	request := oauth1.Request{
		Method:          "POST",
		URL:             url,
		ConsumerKey:     "testKey",
		ConsumerSecret:  "testSecret",
		SignatureMethod: oauth1.HMACSHA256,
		Nonce:           "ab1Xo3",
		Timestamp:       "123456789",
		Version:         "1.0",
	}
	signed, err := request.Sign()
	if err != nil {
		panic(err)
	}
	fmt.Println(signed.Signature)
	// Output: FeKRSQawLAt3GwVBYCJqY2lawFkEHs2u78MfT7m1P+A=
}

// RFC 5849 section 3.6, character by character.
func TestEncodeLeavesExactlyTheUnreservedSet(t *testing.T) {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	for c := range 256 {
		s := string([]byte{byte(c)})
		want := fmt.Sprintf("%%%02X", c)
		if strings.Contains(unreserved, s) {
			want = s
		}
		if got := oauth1.Encode(s); got != want {
			t.Errorf("Encode(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, test := range []struct{ in, sent, base string }{
		{"https://account.api.here.com/oauth2/token", "https://account.api.here.com/oauth2/token", "https://account.api.here.com/oauth2/token"},
		// RFC 5849 3.4.1.2
		{"HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X?id=123",
			"http://example.com/r%20v/X"},
		// RFC 5849 3.4.1.2
		{"https://www.example.net:8080/?q=1", "https://www.example.net:8080/?q=1",
			"https://www.example.net:8080/"},
		{"https://host:443", "https://host/", "https://host/"},
		{"https://host?a=b", "https://host/?a=b", "https://host/"},
		{"https://host/p?", "https://host/p", "https://host/p"},
		{"https://host/p?a='b'", "https://host/p?a=%27b%27", "https://host/p"},
		{"http://127.0.0.1:8080/t", "http://127.0.0.1:8080/t", "http://127.0.0.1:8080/t"},
		{"http://[::1]:8080/t", "http://[::1]:8080/t", "http://[::1]:8080/t"},
	} {
		u, err := oauth1.ParseURL(test.in)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", test.in, err)
			continue
		}
		if u.String() != test.sent || u.BaseStringURI() != test.base {
			t.Errorf(
				"ParseURL(%q) = %q, base %q; want %q, %q",
				test.in,
				u.String(),
				u.BaseStringURI(),
				test.sent,
				test.base,
			)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, in := range []string{
		"", "host", "//host/p", "ftp://host/p", "file:///etc/passwd", "https:/host", "https://", "https:///p", "https://:443/p",
		"https://user@host/p", "https://user:secret@host/p", "https://host/p#fragment",
		"https://host/a b", "https://host/é",
		"https://höst/p", "https://host\\p", "https://host/\"", "https://host/p?a=|", "https://host/%", "https://host/%2", "https://host/%zz",
		"https://host/p?a=%2", "https://host/a/../b", "https://host/./b", "https://host/%2E%2e/b", "https://host:0/p", "https://host:65536/p",
		"https://host:/p", "https://host:0443/p", "https://host:44a/p", "https://127.1/p",
		"https://0x7f.0.0.1/p", "https://127.0.0.01/p",
		"https://2130706433/p", "https://0x7f000001/p", "https://1.2.3.256/p", "https://host.1/p", "https://[::2]/p", "https://[::1/p",
		"https://[0:0:0:0:0:0:0:1]/p", "https://a..b/p", "https://.a/p", "https://ho%73t/p",
		"https://host/\x00", "https://host/\n", "https://h\tost/",
	} {
		if u, err := oauth1.ParseURL(in); err == nil {
			t.Errorf("ParseURL(%q) = %q, want an error", in, u)
		} else if len(in) > 8 && strings.Contains(err.Error(), in) {
			t.Errorf("ParseURL(%q): the error repeats the URL: %v", in, err)
		}
	}
}

func TestLoopback(t *testing.T) {
	for in, want := range map[string]bool{
		"http://localhost/": true, "http://LOCALHOST:1/": true, "http://127.0.0.1/": true,
		"http://127.255.0.9/": true, "http://[::1]/": true,
		// What a resolver says about a name below localhost, RFC 6761 only asks of it.
		"http://a.localhost/": false, "http://evil.LOCALHOST:80/": false,
		"http://localhost.example/": false, "http://127.example.com/": false, "http://notlocalhost/": false, "http://10.0.0.1/": false,
	} {
		u, err := oauth1.ParseURL(in)
		if err != nil {
			t.Fatal(err)
		}
		if u.Loopback() != want {
			t.Errorf("%s: Loopback = %v", in, !want)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	url, err := oauth1.ParseURL("https://host/p")
	if err != nil {
		t.Fatal(err)
	}
	good := oauth1.Request{
		Method:          "POST",
		URL:             url,
		ConsumerKey:     "k",
		ConsumerSecret:  "s",
		SignatureMethod: oauth1.HMACSHA256,
		Nonce:           "n",
		Timestamp:       "1",
	}
	if _, err := good.Sign(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*oauth1.Request){
		"signatureMethod": func(r *oauth1.Request) { r.SignatureMethod = "RSA-SHA384" },
		"nonce":           func(r *oauth1.Request) { r.Nonce = "" },
		"timestamp":       func(r *oauth1.Request) { r.Timestamp = "" },
		"realm":           func(r *oauth1.Request) { r.Realm = `a"b` },
		"oauth_":          func(r *oauth1.Request) { r.Extra = []oauth1.Param{{Name: "callback", Value: "x"}} },
		"oauth_token":     func(r *oauth1.Request) { r.Extra = []oauth1.Param{{Name: "oauth_token", Value: "x"}} },
		"oauth_signature": func(r *oauth1.Request) { r.Extra = []oauth1.Param{{Name: "oauth_signature", Value: "x"}} },
	} {
		bad := good
		change(&bad)
		if _, err := bad.Sign(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
}

// What a signer keeps of one request must not show in the next, whichever goroutine makes it, and
// with more secrets than are kept.
func TestSignAgain(t *testing.T) {
	url, err := oauth1.ParseURL("https://host/p?q=2")
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]func() hash.Hash{oauth1.HMACSHA256: sha256.New, oauth1.HMACSHA1: sha1.New}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 600 {
				r := oauth1.Request{
					Method:          "POST",
					URL:             url,
					ConsumerKey:     "k",
					ConsumerSecret:  fmt.Sprint("s", i%100),
					TokenSecret:     fmt.Sprint(i % 2),
					SignatureMethod: []string{oauth1.HMACSHA256, oauth1.HMACSHA1, oauth1.Plaintext}[i%3],
					Nonce:           fmt.Sprint(worker, i),
					Timestamp:       "1",
					Form:            []oauth1.Param{{Name: "a", Value: strings.Repeat("é", i%7)}},
				}
				signed, err := r.Sign()
				if err != nil {
					t.Error(err)
					return
				}
				key := r.ConsumerSecret + "&" + r.TokenSecret
				want := key
				if newHash := hashes[r.SignatureMethod]; newHash != nil {
					mac := hmac.New(newHash, []byte(key))
					mac.Write([]byte(signed.BaseString))
					want = base64.StdEncoding.EncodeToString(mac.Sum(nil))
				}
				if signed.Signature != want {
					t.Errorf(
						"%s, %s: the signature is %s, want %s",
						r.SignatureMethod,
						key,
						signed.Signature,
						want,
					)
				}
				wantBase := "POST&https%3A%2F%2Fhost%2Fp&a%3D" + strings.Repeat("%25C3%25A9", i%7) +
					"%26oauth_consumer_key%3Dk%26oauth_nonce%3D" + r.Nonce + "%26oauth_signature_method%3D" + r.SignatureMethod + "%26oauth_timestamp%3D1%26q%3D2"
				if signed.BaseString != strings.ReplaceAll(wantBase, " ", "%2520") {
					t.Errorf("the base string is %s, want %s", signed.BaseString, wantBase)
				}
			}
		})
	}
	group.Wait()
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"https://host/p?a=b+c&d=%20&=&&e", "http://[::1]:8/",
		"https://127.0.0.1", "https://h/%41'?'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := oauth1.ParseURL(s)
		if err != nil {
			return
		}
		again, err := oauth1.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q became %q, which became %v (%v)", s, u, again, err)
		}
	})
}
