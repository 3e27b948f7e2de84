package fetchtoken

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// No way of printing a Config shows a secret.
func TestConfigPrints(t *testing.T) {
	config := Config{
		Provider: "here", ClientID: "the id", ClientSecret: "the-secret-1", PrivateKey: "the-secret-2",
		TokenEndpoint: "https://as.example/the%2Dsecret-1?%74he-secret-1", KeyID: "id the-secret-1",
		Passphrase: "the-secret-3", Scope: []string{"a", "b"}, ClientAuth: "the-secret-1",
		Parameters: url.Values{"password": {"the-secret-4"}},
		Assertion:  Assertion{Claims: map[string]any{"x": "the-secret-5"}},
	}
	unusable := config
	unusable.Assertion.Claims = map[string]any{"x": "the-secret-5", "y": func() {}}
	for _, c := range []Config{config, unusable} {
		var logged bytes.Buffer
		text, object := slog.New(
			slog.NewTextHandler(&logged, nil),
		), slog.New(
			slog.NewJSONHandler(&logged, nil),
		)
		for _, logger := range []*slog.Logger{text, object} {
			logger.Info("x", "config", c, "pointer", &c, "slice", []Config{c})
		}
		marshalled, err := json.Marshal(map[string]any{"config": c, "pointer": &c})
		if err != nil {
			t.Fatal(err)
		}
		printed := map[string]string{
			"log/slog":      logged.String(),
			"encoding/json": string(marshalled),
		}
		verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t", "%U", "%f", "%20v", "%c"}
		for _, verb := range verbs {
			printed[verb] = fmt.Sprintf(verb, c)
			printed[verb+" of a pointer"] = fmt.Sprintf(verb, &c)
			printed[verb+" in a slice"] = fmt.Sprintf(verb, []Config{c})
			printed[verb+" in a struct"] = fmt.Sprintf(verb, struct{ Config Config }{c})
		}
		for how, text := range printed {
			if strings.Contains(text, "the-secret") || !strings.Contains(text, "the id") ||
				strings.Count(text, "[redacted]") < 5 {
				t.Errorf("%s: %s", how, text)
			}
		}
	}
}

// echoed returns the token request that a configuration makes.
func echoed(t *testing.T, config Config) (form url.Values, err error) {
	t.Helper()
	client := &http.Client{
		Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(req.Body)
			form, _ = url.ParseQuery(string(body))
			return answering(200, `{"access_token":"x"}`).Transport.RoundTrip(req)
		}),
	}
	_, err = FetchToken(t.Context(), config, &Options{HTTPClient: client})
	return form, err
}

// claims are values for encoding/json. The default claims come from RFC 7523 section 3, and nil
// removes one.
func TestClaimsAreGoValues(t *testing.T) {
	form, err := echoed(t, Config{
		TokenEndpoint: "https://as.example/token",
		ClientID:      "client",
		ClientSecret:  strings.Repeat("s", 32),
		ClientAuth:    AuthClientSecretJWT,
		Assertion: Assertion{
			Type:     "urn:example:type",
			Header:   map[string]any{"x5t": "thumb"},
			Lifetime: 90 * time.Second,
			Claims: map[string]any{
				"aud": []string{"https://as.example", "{tokenEndpoint}"}, "sub": nil, "n": 1 << 53,
				"raw": json.RawMessage(`{"a": 1.50}`), "number": json.Number("12.0"), "html": "<&>",
			},
		},
		Parameters: url.Values{"b": {"1", "2"}, "a": {""}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if form.Get("client_assertion_type") != "urn:example:type" ||
		!reflect.DeepEqual(form["b"], []string{"1", "2"}) ||
		!form.Has("a") {
		t.Error(form)
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	var header, claims map[string]json.RawMessage
	for i, into := range []*map[string]json.RawMessage{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			t.Fatal(parts[i], err)
		}
	}
	for name, want := range map[string]string{
		"iss": `"client"`, "aud": `["https://as.example","https://as.example/token"]`, "sub": "",
		"n": "9007199254740992", "raw": `{"a":1.50}`, "number": "12.0", "html": `"<&>"`,
	} {
		if got := string(claims[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	var issued, expires int64
	json.Unmarshal(claims["iat"], &issued)
	json.Unmarshal(claims["exp"], &expires)
	if expires-issued != 90 || string(header["x5t"]) != `"thumb"` ||
		string(header["alg"]) != `"HS256"` {
		t.Errorf("%s %s", header, claims)
	}
}

func TestAssertionsThatCantBeUsed(t *testing.T) {
	for message, a := range map[string]Assertion{
		"Assertion.Claims holds what is no JSON": {
			Claims: map[string]any{"x": math.NaN()},
		},
		"Assertion.Header holds what is no JSON": {
			Header: map[string]any{"x": func() {}},
		},
		"Assertion.Claims holds what is no JSON, or no UTF-8": {
			Claims: map[string]any{"x": []string{"a\xff"}},
		},
		"Assertion.Lifetime must be a whole number of seconds": {
			Lifetime: 1500 * time.Millisecond,
		},
		"Assertion.Lifetime must be a whole number of seconds ":  {Lifetime: -time.Second},
		"Assertion.Lifetime must be a whole number of seconds f": {Lifetime: 25 * time.Hour},
		`Assertion.Claims["x"] contains a line break`: {
			Claims: map[string]any{"x": "a\nb"},
		},
		"Assertion.Header must not hold alg: set Alg itself": {
			Header: map[string]any{"alg": "none"},
		},
		"Assertion.Claims: x holds the unknown placeholder {foo}": {Claims: map[string]any{"x": "{foo}"}},
	} {
		config := of("https://as.example/token")
		config.ClientAuth, config.Assertion = AuthClientSecretJWT, a
		config.ClientSecret = strings.Repeat("s", 32)
		if _, err := New(config, nil); err == nil || code(t, err) != CodeInvalidConfig ||
			!strings.HasPrefix(err.Error(), message) {
			t.Errorf("got  %v\nwant %s", err, message)
		}
	}
	config := of("https://as.example/token")
	config.Parameters = url.Values{"": {"x"}}
	if _, err := New(config, nil); err == nil ||
		err.Error() != "Parameters has a name that is empty" {
		t.Error(err)
	}
}

// The constants are those of package core.
func TestConstants(t *testing.T) {
	for ours, core := range map[string]string{
		string(AuthClientSecretBasic):  core.ClientSecretBasic,
		string(AuthClientSecretPost):   core.ClientSecretPost,
		string(AuthClientSecretJWT):    core.ClientSecretJWT,
		string(AuthPrivateKeyJWT):      core.PrivateKeyJWT,
		string(AuthOAuth1):             core.OAuth1,
		string(AuthNone):               core.None,
		"body " + string(BodyForm):     "body " + core.BodyForm,
		"body " + string(BodyJSON):     "body " + core.BodyJSON,
		"basic " + string(BasicForm):   "basic " + core.BasicForm,
		"basic " + string(BasicRaw):    "basic " + core.BasicRaw,
		string(CodeInvalidConfig):      core.CodeInvalidConfig,
		string(CodeInvalidKey):         core.CodeInvalidKey,
		string(CodeInvalidCredentials): core.CodeInvalidCredentials,
		string(CodeErrorResponse):      core.CodeErrorResponse,
		string(CodeHTTPError):          core.CodeHTTPError,
		string(CodeInvalidResponse):    core.CodeInvalidResponse,
		string(CodeRedirect):           core.CodeRedirect,
		string(CodeResponseTooLarge):   core.CodeResponseTooLarge,
		string(CodeTimeout):            core.CodeTimeout,
		string(CodeNetwork):            core.CodeNetwork,
		string(CodeInternal):           core.CodeInternal,
	} {
		if ours != core {
			t.Errorf("%s is %s in package core", ours, core)
		}
	}
}

// Nothing is lost on the way from package core and back.
func TestConfigThereAndBack(t *testing.T) {
	var config core.Config
	for _, name := range core.TextNames() {
		if err := config.Set(name, core.Value{Kind: core.KindText, Text: "the " + name}); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"assertion":  `{"type":"t","header":{"h":1},"claims":{"a":"b","c":null},"lifetime":7}`,
		"parameters": `{"p":["1","2"],"q":""}`,
		"headers":    `{"a-header":"1","x-header":"2"}`,
		"allowHttp":  `["keycloak:8080"]`,
		"response":   `{"token":"a.b","expiresIn":"c","scope":"d.0.e"}`,

		"mtlsEndpointAliases": `true`,
		"x5c":                 `true`,
	} {
		if err := config.Set(name, core.Value{Kind: core.KindJSON, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	config.EmptySecret = true
	back, err := configOf(config).core()
	if err != nil || !reflect.DeepEqual(back, config) {
		t.Errorf("%v\ngot  %#v\nwant %#v", err, back.Assertion, config.Assertion)
	}
	fields := reflect.ValueOf(config)
	for i := range fields.NumField() { // so that a new field can't be forgotten here
		if name := fields.Type().Field(i).Name; fields.Field(i).IsZero() && name != "HostKey" &&
			name != "HostSigns" && name != "PrivateKeyFile" {
			t.Errorf("the test doesn't set %s", name)
		}
	}
}

func TestLoadTakesTheSectionOfAnINI(t *testing.T) {
	file := []byte("[default]\nhere.access.key.id = a\nhere.access.key.secret = s\n" +
		"[other]\nhere.access.key.id = b\nhere.access.key.secret = s\n")
	for profile, want := range map[string]string{"": "a", "other": "b"} {
		config, err := Load(file, profile)
		if err != nil || config.ClientID != want || config.ClientSecret != "s" {
			t.Error(profile, config, err)
		}
	}
	_, err := Load(file, "third")
	if err == nil || code(t, err) != CodeInvalidCredentials ||
		!strings.Contains(err.Error(), "[default], [other]") {
		t.Error(err)
	}
}
