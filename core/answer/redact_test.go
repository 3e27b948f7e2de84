package answer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	mathrand "math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
)

var sixteen = []byte("0123456789abcdef")

// refusal returns the error for a response with that body.
func refusal(
	t *testing.T,
	x *core.Exchange,
	body string,
	headers map[string]string,
) *core.TokenError {
	t.Helper()
	header := func(name string) string { return headers[name] }
	_, err := answer.Parse(x, answer.Outcome{Status: 400, Header: header, Body: []byte(body)},
		1512072698000,
		sixteen,
		nil,
	)
	var e *core.TokenError
	if !errors.As(err, &e) {
		t.Fatalf("no *TokenError: %v", err)
	}
	return e
}

// described returns the description that an error shows.
func described(t *testing.T, x *core.Exchange, description string) string {
	t.Helper()
	body, err := json.Marshal(
		map[string]string{"error": "invalid_request", "error_description": description},
	)
	if err != nil {
		t.Fatal(err)
	}
	return refusal(t, x, string(body), nil).ErrorDescription
}

// each encodes character by character.
func each(encode func(r rune) string) func(string) string {
	return func(s string) string {
		var out strings.Builder
		for _, r := range s {
			out.WriteString(encode(r))
		}
		return out.String()
	}
}

func lowerHex(s string) string {
	out := []byte(s)
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' {
			copy(out[i+1:], strings.ToLower(string(out[i+1:i+3])))
		}
	}
	return string(out)
}

func jsonText(s string) string {
	text, _ := json.Marshal(s)
	return string(text[1 : len(text)-1])
}

func asciiJSON(s string) string {
	return each(func(r rune) string {
		switch {
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			return fmt.Sprintf(`\u%04x\u%04x`, high, low)
		case r > '~':
			return fmt.Sprintf(`\u%04X`, r)
		case r == '"' || r == '\\' || r == '/':
			return `\` + string(r)
		}
		return string(r)
	})(s)
}

// percentAll encodes every byte.
func percentAll(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, "%%%02x", b)
	}
	return out.String()
}

var namedEntities = map[rune]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\'': "&apos;", '+': "&plus;", '/': "&sol;", '=': "&equals;",
	'%': "&percnt;", '\\': "&bsol;", 'é': "&eacute;", 'ß': "&szlig;", '£': "&pound;", 'ü': "&uuml;", '#': "&num;", ';': "&semi;",
}

// encoders don't use the decoder under test: they are from the standard library, and a few are
// written by hand.
var encoders = map[string]func(string) string{
	"form":                url.QueryEscape,
	"percent":             url.PathEscape,
	"form, lower case":    func(s string) string { return lowerHex(url.QueryEscape(s)) },
	"percent, all":        percentAll,
	"HTML":                html.EscapeString,
	"HTML, named":         each(func(r rune) string { return first(namedEntities[r], string(r)) }),
	"HTML, decimal":       each(func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
	"HTML, hexadecimal":   each(func(r rune) string { return fmt.Sprintf("&#x%x;", r) }),
	"HTML, HEXADECIMAL":   each(func(r rune) string { return fmt.Sprintf("&#X%04X;", r) }),
	"JSON":                jsonText,
	"JSON, ASCII":         asciiJSON,
	"JSON, all escaped":   func(s string) string { return each(func(r rune) string { return utf16Escape(r) })(s) },
	"percent, ISO-8859-1": each(percentLatin),
	"JavaScript, bytes":   bytesEscaped,
}

// bytesEscaped escapes the bytes of UTF-8 as JavaScript, C and Python do.
func bytesEscaped(s string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, `\x%02x`, s[i])
	}
	return out.String()
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func utf16Escape(r rune) string {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// percentLatin percent-encodes ISO-8859-1, for the characters that it has.
func percentLatin(r rune) string {
	if r > 0xff || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
		return string(r)
	}
	return fmt.Sprintf("%%%02X", r)
}

// A secret is found in every encoding that a server may use, and no other text is taken for one.
func TestRedactEncoded(t *testing.T) {
	names := slices.Sorted(maps.Keys(encoders))
	for seed := range uint64(1000) {
		random := mathrand.New(mathrand.NewPCG(seed, 1))
		secret := randomText(
			random,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&=+%/~ \"'\\<>#;:-_éßü€日😀",
			4+random.IntN(37),
		)
		x := coretest.Resolve(t, core.Config{
			ClientSecret: "Q" + secret + "Q", ClientAuth: core.ClientSecretPost,
		})
		before, after, how := "it is: ", " (not this)", "as it is"
		text := "Q" + secret + "Q"
		for range random.IntN(5) {
			name := names[random.IntN(len(names))]
			encode := encoders[name]
			before, text, after, how = encode(before), encode(text), encode(after), how+", "+name
		}
		want := before + core.Redacted + after
		got := described(t, x, before+text+after)
		switch shown := strings.TrimSuffix(strings.TrimSuffix(got, "…"), core.Redacted); {
		case len(before+text+after) <= 8<<10 && len(want) <= 500:
			if got == want {
				continue
			}
		case strings.HasPrefix(before, shown) || strings.HasPrefix(want, shown):
			continue
		}
		t.Fatalf("seed %d, %q, %s: %q\ngot  %q\nwant %q", seed, secret, how, before+text+after, got, want)
	}
}

func randomText(random *mathrand.Rand, alphabet string, length int) string {
	runes := []rune(alphabet)
	text := make([]rune, length)
	for i := range text {
		text[i] = runes[random.IntN(len(runes))]
	}
	return string(text)
}

const opaque = "q7Jt5Zb1cVw8dK2mXr4Hn9Ls"

// showsPart says whether a text contains eight consecutive characters of a secret.
func showsPart(text, secret string) bool {
	for i := 0; i+8 <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+8]) {
			return true
		}
	}
	return false
}

// No part of a secret is left over where our code or the server has cut a text.
func TestRedactCut(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, at := range []int{500, 8 << 10} {
		for before := at - 60; before <= at+20; before++ {
			for _, fill := range []string{".", opaque + " ", "%25"} {
				text := strings.Repeat(fill, before/len(fill)+1)[:before] + opaque + strings.Repeat(".", 600)
				if got := described(t, x, text); showsPart(got, opaque) {
					t.Fatalf("%d characters of %q before it: %q", before, fill, got)
				}
			}
		}
	}
	for size := 6; size < len(opaque); size++ {
		head, tail := opaque[:size], opaque[len(opaque)-size:]
		for _, text := range []string{
			"unknown: " + head, tail + " is unknown", "(" + url.QueryEscape(head) + "…)", "bad key " + head + "...", head + "****" + tail,
			"more … " + tail + ", more", "x" + head + "?" + tail + "x",
		} {
			got := described(t, x, text)
			if strings.Contains(text, "x"+head) && size < 8 {
				continue // nothing shows that a part was left out
			}
			if strings.Contains(got, head) || strings.Contains(got, tail) {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
	if got := described(t, x, opaque[:5]+" and "+opaque[6:11]); strings.Contains(got, "redacted") {
		t.Errorf("a few characters are no part: %q", got)
	}
}

// A word is shown even if the secret begins or ends with it.
func TestRedactShowsWords(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: "secret of the client"})
	for _, text := range []string{"ClientId is Invalid", "wrong secret", "my client",
		"Client Secret"} {
		if got := described(t, x, text); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
	for _, text := range []string{"secret of the Client", "no secret of…", "secret+of+the"} {
		if got := described(t, x, text); !strings.Contains(got, core.Redacted) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Text that the secret has in common with public text is shown.
func TestRedactShowsWhatIsPublic(t *testing.T) {
	x := coretest.Resolve(
		t,
		core.Config{
			Provider:     "here",
			ClientID:     "here.access.key.id",
			ClientSecret: "here.access.key.secret",
		},
	)
	got := described(t, x, "here.access.key.id, here.access.key.secret")
	if got != "here.access.key.id, [redacted]" {
		t.Errorf("%q", got)
	}
}

// The tokens of a response are secret in its other members, and so are the request's.
func TestRedactTokens(t *testing.T) {
	const sent, token = "rt-Vw8dK2mXr4Hn9Ls-sent", "at-0pZWn3Lx9Qe2RyY3u-issued"
	x := coretest.Resolve(t, core.Config{
		ClientSecret: opaque, GrantType: "refresh_token",
		Parameters: []core.Parameter{{Name: "refresh_token", Values: []string{sent}}},
	})
	for _, name := range []string{
		"access_token", "accessToken", "refresh_token", "refreshToken", "id_token", "idToken", "token", "session_token", `\u0061ccess_token`, "ACCESS-TOKEN",
	} {
		for _, shape := range []string{
			`{"%s":%q,"error":"invalid %[2]s","error_description":"issued %[2]s","errorCode":"%[2]s"}`,
			`{"data":[{"%s": %q}],"error":"invalid_grant","error_description":"issued ` + percentAll(token) + `"}`,
			`{"error_description":"issued %[2]s","error":"access_denied","result":{"%[1]s":
			%[2]q}}`,
			strings.ReplaceAll(fmt.Sprintf(`{"error":"invalid_grant","error_description":"issued %%[2]s","result":%q}`, `{"%[1]s":"T"}`), "T", "%[2]s"),
			strings.ReplaceAll(fmt.Sprintf(`{"error":"invalid_grant","error_description":"issued %%[2]s","results":[%q]}`, fmt.Sprintf(`{"inner":%q}`, `{"%[1]s":"T"}`)), "T", "%[2]s"),
		} {
			e := refusal(t, x, fmt.Sprintf(shape, name, token), map[string]string{"x-request-id": token})
			text := fmt.Sprint(e.Error(), *e)
			if strings.Contains(text, token) || strings.Contains(text, percentAll(token)) ||
				!strings.Contains(text, core.Redacted) {
				t.Errorf("%s in %s: %s", name, shape, text)
			}
		}
	}
	many := strings.Repeat(`{"token":"`+strings.Repeat("0", 1000)+`"},`, 70)
	flood := refusal(
		t,
		x,
		`{"error":"invalid_grant","l":[`+many+`{"token":"`+token+`"}],"error_description":"issued `+token+`"}`,
		nil,
	)
	if flood.ErrorDescription != core.Redacted {
		t.Errorf("of a flood of tokens: %v", flood)
	}
	cut := refusal(
		t,
		x,
		`{"access_token":"`+token,
		map[string]string{
			"www-authenticate": `Bearer error="invalid_token", error_description="not ` + token + `"`,
		},
	)
	if strings.Contains(cut.Error(), token) || cut.ErrorDescription != "not [redacted]" {
		t.Errorf("of a body that was cut off: %v", cut)
	}
	e := refusal(
		t,
		x,
		`{"error":"`+sent+`","error_description":"`+sent+`","errorCode":"`+sent+`"}`,
		map[string]string{"x-request-id": sent},
	)
	if text := fmt.Sprint(e.Error(), *e); strings.Contains(text, sent) {
		t.Errorf("what was sent: %s", text)
	}
}

// encryptedKey is key-format-0010 of the corpus; its passphrase is "correct horse".
const encryptedKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhlawnPhwif/gICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAazdFVcyIyAmZ3crOGBK40EgZAY
Bn5RkYs3fSHWWagMyuBevv/jtp5asjdeQpQY4jIGiYRuE0H3VvwelUzihaZN7AEW
c12UA4CtkRU9nVbO/FQqpmUfNUNKZWfhHxJU+eY819G0/ywsWPYSvKjUd1yFga/o
52Za//xom+XcFmGXytHeegVSjE6h+CrRLwv6nPawazZit1s5zttOu5xLfW5czSY=
-----END ENCRYPTED PRIVATE KEY-----`

// No error shows the request's credentials or any key, whichever header or member repeats them.
func TestRedactCredentials(t *testing.T) {
	const jwk = `{"kty":"EC","crv":"P-256","kid":"the-key-that-is-public","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",` +
		// RFC 7515 appendix A.3
		`"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	basic := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	signed := coretest.Resolve(t, core.Config{ClientSecret: opaque, ClientAuth: core.OAuth1})
	key := coretest.Resolve(t, core.Config{PrivateKey: jwk})
	locked := coretest.Resolve(t, core.Config{PrivateKey: encryptedKey, Passphrase: "correct horse"})
	refreshing := coretest.Resolve(t, core.Config{
		ClientSecret: opaque, GrantType: "refresh_token", Parameters: []core.Parameter{{Name: "refresh_token", Values: []string{"Rt.0-77d1/kV"}}},
	})
	request, _, err := signed.Build(1512072698000, sixteen, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, signature, _ := strings.Cut(request.Headers[1].Value, `oauth_signature="`)
	signature = strings.TrimSuffix(strings.Split(signature, ",")[0], `"`)
	decoded, _ := url.PathUnescape(signature)
	for _, c := range []struct {
		x      *core.Exchange
		secret string
	}{
		{basic, opaque}, {basic, strings.ToUpper(opaque)},
		{basic, base64.StdEncoding.EncodeToString([]byte("client:" + opaque))},
		{basic, base64.URLEncoding.EncodeToString([]byte("?" + opaque + "!"))[4:28]},
		{basic, hex.EncodeToString([]byte(opaque))},
		{signed, signature}, {signed, decoded}, {signed, url.QueryEscape(signature)},
		{locked, "correct horse"}, {refreshing, "Rt.0-77d1/kV"},
		{key, "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"},
		{basic, "eyJhbGciOiJub25lIn0.e30."}, {basic, percentAll("eyJhbGciOiJub25lIn0.e30.c2ln")},
	} {
		for _, text := range []string{c.secret, "(" + c.secret + ")", "it is " + html.EscapeString(c.secret) + ", which"} {
			if got := described(t, c.x, text); strings.Contains(got, c.secret) ||
				!strings.Contains(got, core.Redacted) {
				t.Errorf("%q: %q", text, got)
			}
		}
		failed := c.x.SigningFailed(core.SigningThrew, "can't: "+c.secret, 1512072698000, sixteen)
		if strings.Contains(failed.Error()+failed.Cause, c.secret) {
			t.Errorf("%v", failed)
		}
		_, err := answer.Parse(c.x, answer.Outcome{Failure: answer.FailureNetwork, Detail: "can't: " + c.secret},
			1512072698000,
			sixteen,
			nil,
		)
		if strings.Contains(err.Error()+err.(*core.TokenError).Cause, c.secret) {
			t.Errorf("%v", err)
		}
	}
	if got := described(t, key, "unknown the-key-that-is-public"); strings.Contains(
		got,
		core.Redacted,
	) {
		t.Errorf("a key id is no secret: %q", got)
	}
}

// A secret's final backslash is hidden with it.
func TestRedactBackslash(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: `\` + opaque + `\`})
	for text, want := range map[string]string{
		`it is \` + opaque + `\.`:                 "it is [redacted].",
		`it is ` + jsonText(`\`+opaque+`\`) + `.`: "it is [redacted].",
		`it is %5C` + opaque + `%5c.`:             "it is [redacted].",
	} {
		if got := described(t, x, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The third part of an assertion is as good as the whole, so it is hidden in every form, whoever
// signed it.
func TestServerRepeatsTheSignatureOfAPrivateKey(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	x := coretest.Resolve(t, core.Config{PrivateKey: string(pkcs8)})
	_, signing, err := x.Build(1512072698000, sixteen, nil)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(signing.Data))
	der, err := ecdsa.SignASN1(rand.Reader, private, digest[:]) // as key services return it
	if err != nil {
		t.Fatal(err)
	}
	request, _, err := x.Build(1512072698000, sixteen, der)
	if err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(request.Body)
	if err != nil {
		t.Fatal(err)
	}
	signature := form.Get("client_assertion")[strings.LastIndexByte(form.Get("client_assertion"), '.')+1:]
	if len(signature) != 86 { // 64 bytes
		t.Fatalf("a signature of ES256: %q", signature)
	}
	for _, part := range []string{signature, signature[:20], signature[50:], signature[30:42]} {
		body := `{"error":"invalid_client","error_description":"the signature (` + part + `) is wrong"}`
		_, err := answer.Parse(
			x,
			answer.Outcome{Status: 401, Body: []byte(body)},
			1512072698000,
			sixteen,
			der,
		)
		if text := fmt.Sprintf("%+v", *err.(*core.TokenError)); strings.Contains(text, part) ||
			!strings.Contains(text, core.Redacted) {
			t.Errorf("%s: %s", part, text)
		}
	}
}

// base64 has two alphabets with two characters of their own. This secret is full of them, at any
// offset.
func TestRedactBothAlphabetsOfBase64(t *testing.T) {
	secret := "~~~~?~~~>~~~?~~?~~~>>~~~?~~~"
	x := coretest.Resolve(t, core.Config{ClientSecret: secret})
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString([]byte("id:"[:before] + secret + ":"))
			got := described(t, x, "it is ("+encoded+") here")
			for i := 0; i+8 <= len(encoded); i++ {
				if strings.Contains(got, encoded[i:i+8]) {
					t.Errorf("%d before it: %q of %q", before, got, encoded)
					break
				}
			}
		}
	}
}

// Invisible characters between those of a secret, encoded or not, don't hide the secret from the
// search.
func TestRedactBetweenWhatShowsNothing(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, nothing := range []string{"\u200b", "\u00ad", "\u2066", "\ufeff", "&#8203;", "%E2%80%8B", `\u200B`} {
		for _, every := range []int{1, 3, 5} {
			var parts []string
			for rest := opaque; rest != ""; rest = rest[min(every, len(rest)):] {
				parts = append(parts, rest[:min(every, len(rest))])
			}
			if got := described(t, x, "it is "+strings.Join(parts, nothing)); got != "it is [redacted]" {
				t.Errorf("%q every %d: %q", nothing, every, got)
			}
		}
	}
}

// A short value is a token if RFC 6749 or OpenID Connect says so, in every spelling.
func TestRedactShortTokens(t *testing.T) {
	const token = "Opq-77.x/9"
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, name := range []string{"access_token", "accessToken", "Access-Token", "ACCESS_TOKEN", "refresh-token", "id_token", "IdToken"} {
		e := refusal(
			t,
			x,
			`{"error":"invalid_grant","error_description":"issued `+token+`","`+name+`":"`+token+`"}`,
			nil,
		)
		if e.ErrorDescription != "issued [redacted]" {
			t.Errorf("%s: %q", name, e.ErrorDescription)
		}
	}
}

// A supposed escape may be plain text: then the unescaped text contains the secret.
func TestRedactWhatLooksLikeAnEscape(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: "41Jt5Zb1cVw8dK2"})
	for text, want := range map[string]string{
		"100%41Jt5Zb1cVw8dK2":     "100%[redacted]",
		`\\u0041Jt5Zb1cVw8dK2 is`: `\\u00[redacted] is`,
	} {
		if got := described(t, x, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	y := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	// JavaScript's function escape
	escaped := each(func(r rune) string { return fmt.Sprintf("%%u%04X", r) })(opaque)
	if got := described(t, y, "it is "+escaped+"."); got != "it is [redacted]." {
		t.Error(got)
	}
}

// A success that consists of one word may be the token, even if it has only letters.
func TestOneWordOfASuccessIsNotShown(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	_, err := answer.Parse(x, answer.Outcome{Status: 200, Body: []byte("opaquetokenofletters")},
		1512072698000,
		sixteen,
		nil,
	)
	if e := err.(*core.TokenError); e.Code != core.CodeInvalidResponse ||
		strings.Contains(fmt.Sprintf("%+v", *e), "opaquetoken") {
		t.Errorf("%+v", *e)
	}
}

// A word of an unknown body may be the token. Only words of human language are shown.
func TestWhatLooksLikeATokenIsNotShown(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, word := range []string{"a1b2c3d4e5f6g7h8i9j0", "Zm9vYmFyMTIzNDU2",
		"7f3e11d9-ab2c-4042-8d1e-00c04fd430c8"} {
		for _, status := range []int{200, 400} {
			body := "Your key is " + word + " from now on"
			_, err := answer.Parse(
				x,
				answer.Outcome{Status: status, Body: []byte(body)},
				1512072698000,
				sixteen,
				nil,
			)
			if text := fmt.Sprintf("%+v", *err.(*core.TokenError)); strings.Contains(text, word) ||
				!strings.Contains(text, "Your key is") {
				t.Errorf("%d: %s", status, text)
			}
		}
	}
}

// A word of letters is hidden too if the response calls it a token.
func TestWhatIsCalledATokenIsNotShown(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, body := range []string{"use access_token=opaqueletters from now on",
		"token: opaqueletters is yours", "say Bearer opaqueletters to us"} {
		_, err := answer.Parse(
			x,
			answer.Outcome{Status: 200, Body: []byte(body)},
			1512072698000,
			sixteen,
			nil,
		)
		if text := fmt.Sprintf("%+v", *err.(*core.TokenError)); strings.Contains(text, "opaqueletters") {
			t.Error(text)
		}
	}
}

// A server may repeat a header as it is or encoded. Its public part, the UUID, is shown.
func TestRedactHeaders(t *testing.T) {
	const key, before = "opaque-key.of_the-caller", "kept-in-front"
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque, Headers: []core.Header{
		{Name: "x-api-key", Value: key}, {Name: "x-mixed", Value: before + "{uuid}"},
	}})
	for _, secret := range []string{key, before} {
		for _, text := range []string{
			secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			got := described(t, x, "bad "+text+"!")
			if !strings.HasPrefix(got, "bad "+core.Redacted) || len(got) > len("bad A==!"+core.Redacted) {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
	r, _, err := x.Build(1512072698000, sixteen, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(r.Headers[len(r.Headers)-1].Value, before)
	if got := described(t, x, "request "+id); got != "request "+id {
		t.Error(got)
	}
}
