package core_test

import (
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

const opaque = "q7Jt5Zb1cVw8dK2mXr4Hn9Ls"

var sixteen = []byte("0123456789abcdef")

// A rejected tokenEndpoint may contain a secret, so the error doesn't repeat it.
func TestRefusedEndpointIsNotRepeated(t *testing.T) {
	for _, endpoint := range []string{
		"https://u:hunter2@as.example/", "http://hunter2.example/", "ftp://hunter2", "hunter2", "https://as.example/hunter2#x",
		"https://as.example/{hunter2}", "https://as.example/a b?hunter2", "https://as.example:hunter2/", "https://hunter2..example/",
	} {
		_, err := provider.Resolve(
			core.Config{TokenEndpoint: endpoint, ClientID: "client", ClientSecret: opaque},
		)
		if err == nil || !strings.HasPrefix(err.Error(), "tokenEndpoint ") ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// A nonce is made from exactly as many random bytes as it needs.
func TestBuildWantsAllRandomBytes(t *testing.T) {
	for _, method := range []string{core.OAuth1, core.ClientSecretJWT, core.ClientSecretBasic} {
		x := coretest.Resolve(t, core.Config{ClientSecret: opaque, ClientAuth: method})
		for _, random := range [][]byte{nil, sixteen[:15], append([]byte("0"), sixteen...)} {
			if _, _, err := x.Build(1512072698000, random, nil); err == nil {
				t.Errorf("%s: %d bytes are taken", method, len(random))
			}
		}
	}
}

// A name that would break a line of a log is rejected, like such a value.
func TestNamesHoldNoLineBreaks(t *testing.T) {
	for _, name := range []string{`a\n`, `\r`, `\u0000a`} {
		for _, text := range []string{`{"claims":{"` + name + `":1}}`, `{"header":{"` + name + `":1}}`, `{"claims":{"a":[{"` + name + `":1}]}}`} {
			var config core.Config
			if err := config.Set("assertion", core.Value{Kind: core.KindJSON, Text: text}); err == nil {
				t.Errorf("%s is taken", text)
			}
		}
	}
}
