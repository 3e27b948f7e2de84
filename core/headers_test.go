package core_test

import (
	"bytes"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
)

// Headers contain nothing of an earlier request, and their constant parts stay the same.
func TestHeadersHaveAFreshUUID(t *testing.T) {
	for _, method := range []string{core.ClientSecretBasic, core.ClientSecretPost, core.OAuth1} {
		x := coretest.Resolve(t, core.Config{
			ClientSecret: opaque, ClientAuth: method,
			Headers: []core.Header{
				{Name: "x-api-key", Value: "a key"}, {Name: "x-request-id", Value: "{uuid}"},
			},
		})
		seen := map[string]bool{}
		for i := range 3 {
			r, _, err := x.Build(1512072698000, bytes.Repeat([]byte{byte(i)}, core.RandomSize), nil)
			if err != nil {
				t.Fatal(err)
			}
			own := r.Headers[len(r.Headers)-2:]
			if own[0] != (core.Header{Name: "x-api-key", Value: "a key"}) || seen[own[1].Value] ||
				len(own[1].Value) != 36 {
				t.Errorf("%s: %q", method, own)
			}
			seen[own[1].Value] = true
		}
	}
}
