package fetchtoken_test

import (
	"testing"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// A kept token, beside golang.org/x/oauth2: go test -bench Token -cpu 1,2 .
func BenchmarkToken(b *testing.B) {
	server := tokenServer()
	defer server.Close()
	client, err := fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", ClientSecret: "secret"},
		nil,
	)
	if err != nil {
		b.Fatal(err)
	}
	other := &clientcredentials.Config{
		TokenURL:     server.URL,
		ClientID:     "client",
		ClientSecret: "secret",
	}
	for name, source := range map[string]oauth2.TokenSource{"fetchtoken": client,
		"clientcredentials": other.TokenSource(b.Context())} {
		if _, err := source.Token(); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				source.Token()
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					source.Token()
				}
			})
		})
	}
}
