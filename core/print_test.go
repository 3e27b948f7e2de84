package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// No way of printing a Config shows its secrets.
func TestConfigPrints(t *testing.T) {
	config := Config{
		Provider: "here", ClientID: "the id", TokenEndpoint: "https://as.example/the%2Dsecret-1?%74he-secret-1", KeyID: "id the-secret-1", ClientSecret: "the-secret-1", PrivateKey: "the-secret-2", Passphrase: "the-secret-3",
		Certificate: "the-secret-7",
		Scope:       []string{"a", "b"}, Parameters: []Parameter{{"password", []string{"the-secret-4"}}},
		Headers:   []Header{{"x-api-key", "the-secret-6"}},
		Response:  Response{"result.token"},
		Assertion: Assertion{Claims: jsonobject.Object{{Name: "x", Value: []byte(`"the-secret-5"`)}}},
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "config", config, "pointer", &config)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "config", config, "pointer", &config)
	marshalled, err := json.Marshal(map[string]any{"config": config, "pointer": &config})
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{"log/slog": logged.String(), "encoding/json": string(marshalled)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t", "%U", "%f", "%20v", "%c"} {
		printed[verb] = fmt.Sprintf(verb, config)
		printed[verb+" of a pointer"] = fmt.Sprintf(verb, &config)
		printed[verb+" in a slice"] = fmt.Sprintf(verb, []Config{config})
		printed[verb+" in a struct"] = fmt.Sprintf(verb, struct{ Config Config }{config})
	}
	for how, text := range printed {
		if strings.Contains(text, "the-secret") || !strings.Contains(text, "the id") ||
			strings.Count(text, "[redacted]") < 5 {
			t.Errorf("%s: %s", how, text)
		}
	}
	const want = `{"provider":"here","tokenEndpoint":"https://as.example/[redacted]?[redacted]","clientId":"the id","clientSecret":"[redacted]","privateKey":"[redacted]","passphrase":"[redacted]","certificate":"[redacted]",` +
		`"keyId":"id [redacted]","assertion":"[redacted]","scope":"a b","parameters":"[redacted]","headers":"[redacted]","response":{"token":"result.token"}}`
	if got := config.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
