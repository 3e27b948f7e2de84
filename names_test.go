package fetchtoken

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
)

// javaScript matches words that Go's users don't know: names in JavaScript's spelling, and features
// that only its runtimes have.
var javaScript = regexp.MustCompile(
	`\b(tokenEndpoint|clientId|clientSecret|clientAuth|privateKey|keyId|` +
		`grantType|bodyFormat|basicEncoding|maxBody|createClient|CryptoKey|Uint8Array|WebCrypto|` +
		`NODE_\w+|options\.|assertion\.(claims|header|type))|\b(?:a|the|this) fetch\b|\bdpop\b|"profile"`,
)

// neverInGo are texts that no Go program gets: texts about values that only JavaScript passes, and
// about messages of its runtimes.
var neverInGo = []string{
	"a CryptoKey", "a Uint8Array", "must be a function", "a function like the global fetch",
	"a function that returns as many random bytes", "sign must return the signature as a Uint8Array",
	"privateKey can't sign here: WebCrypto", "must be a string, a Uint8Array", "options.",
	"is a public CryptoKey", "is a CryptoKey for ", "which is symmetric: give the secret itself",
}

// "sign" is a word here, and no field.
func TestSignInAgain(t *testing.T) {
	said := nameForGo("sign in again: get a new code, refresh token or assertion, and make a " +
		"client with that")
	if !strings.HasPrefix(said, "let the user sign in again, ") {
		t.Error(said)
	}
}

// Every text of the core is said with Go's names.
func TestNoTextSpeaksOfJavaScript(t *testing.T) {
	seen := 0
	for _, folder := range []string{
		"core", "core/answer", "core/provider", "core/credentials", "core/assertion", "core/renewal",
	} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source = lineBreak.ReplaceAll(source, nil)
			tree, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil || !strings.Contains(text, " ") {
					return true // no sentence
				}
				seen++
				if slices.ContainsFunc(
					neverInGo,
					func(s string) bool { return strings.Contains(text, s) },
				) {
					return true
				}
				said := nameForGo(text)
				placeholders := regexp.MustCompile(`\{(clientId|keyId|tokenEndpoint|origin)\}`)
				if found := javaScript.FindString(placeholders.ReplaceAllString(said, "")); found != "" {
					t.Errorf("%s: %q speaks of %s", file, said, found)
				}
				return true
			})
		}
	}
	if seen < 200 {
		t.Errorf("only %d texts were read", seen)
	}
}

// lineBreak is where the source breaks a text over lines.
var lineBreak = regexp.MustCompile(`["\x60] \+\n\s*["\x60]`)

// The core has every phrase that goPhrases replaces: a changed phrase would stay as it is.
func TestPhrasesOfTheCore(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"core/*.go", "core/answer/*.go", "core/provider/*.go", "core/credentials/*.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, "_test.go") {
				source.Write(lineBreak.ReplaceAll(text, nil))
			}
		}
	}
	for _, phrase := range []string{
		"give createClient the option dpop", "by a fetch, in Go by an HTTPClient, that presents one",
		"which one the fetch, in Go the HTTPClient, presents", "or a fetch of your own)",
		"name its file in NODE_EXTRA_CA_CERTS", "and alg don't fit each other",
		"privateKey, sign or clientAssertion is given", ", and environment: ", "with provider or tokenEndpoint",
		"set provider, clientId and clientSecret", `leave "profile" out`,
		`name one of its sections as "profile"`,
	} {
		if !strings.Contains(source.String(), phrase) {
			t.Errorf("no text of the core says %q", phrase)
		}
	}
}

func TestNameForGo(t *testing.T) {
	for text, want := range map[string]string{
		"tokenEndpoint is missing: set provider, tokenEndpoint or issuer": "TokenEndpoint is missing: " +
			"set Provider, TokenEndpoint or Issuer",
		"scope has a blank":                            "Scope has a blank",
		"the scope has a blank":                        "the scope has a blank",
		"set scope, or leave it out":                   "set Scope, or leave it out",
		"parameters.a-b holds":                         `Parameters["a-b"] holds`,
		"headers.x-api-key is there":                   `Headers["x-api-key"] is there`,
		"response.token is no path":                    "Response.Token is no path",
		"set response.token to the place":              "set Response.Token to the place",
		"the response has no token":                    "the response has no token",
		"set assertion.claims.aud":                     `set Assertion.Claims["aud"]`,
		"assertion.claims: x":                          "Assertion.Claims: x",
		`unknown provider "clientId"`:                  `unknown provider "clientId"`,
		`"clientId" and clientId`:                      `"clientId" and ClientID`,
		"the placeholder {clientId}":                   "the placeholder {clientId}",
		"it is https://a.example/clientId?keyId=keyId": "it is https://a.example/clientId?keyId=keyId",
		"try basicEncoding: 'raw'":                     "try BasicEncoding: BasicRaw",
		"larger than maxBody allows":                   "larger than Options.MaxBody allows",
		"one with neither: clientAuth: 'none'":         "one with neither: ClientAuth: AuthNone",
	} {
		if got := nameForGo(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// The words of a server stay as they are, even if they contain the name of a field.
func TestServersWordsStay(t *testing.T) {
	client := answering(
		400,
		`{"error":"invalid_request","error_description":"clientId: tokenEndpoint"}`,
	)
	_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: client})
	e, ok := errors.AsType[*TokenError](err)
	if !ok || e.ErrorDescription != "clientId: tokenEndpoint" ||
		!strings.HasSuffix(e.Message, "clientId: tokenEndpoint") {
		t.Errorf("%+v", err)
	}
	lost := &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("the clientId of the proxy")
	})}
	_, err = FetchToken(t.Context(), basic, &Options{HTTPClient: lost})
	if !strings.HasSuffix(err.Error(), "failed: the clientId of the proxy") {
		t.Error(err)
	}
}

func TestHintsNameGosNames(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, hint string
	}{
		{415, "", "the server takes no body of this type: try BodyFormat: BodyJSON"},
		{404, "", "there is no token endpoint at https://as.example/token: check TokenEndpoint"},
		{
			400,
			`{"error":"invalid_dpop_proof"}`,
			"the server wants a proof of possession (RFC 9449): set Options.DPoP",
		},
		{
			496,
			"",
			"the server wants a client certificate (mutual TLS): " +
				"set an Options.HTTPClient that presents one",
		},
		{401, `{"error":"invalid_client"}`, "check ClientID, its secret or key, and ClientAuth"},
	} {
		_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: answering(c.status, c.body)})
		if e, _ := errors.AsType[*TokenError](err); e == nil || e.Hint != c.hint {
			t.Errorf("%d: %v, want the hint %s", c.status, err, c.hint)
		}
	}
}

// Each field that a text can set has a name in Go.
func TestEveryFieldHasAName(t *testing.T) {
	known := slices.Collect(maps.Keys(goNames))
	known = slices.AppendSeq(known, maps.Keys(goFields))
	for _, name := range core.TextNames() {
		if !slices.Contains(known, name) {
			t.Errorf("%s has no name in Go", name)
		}
	}
}
