package core_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core"
)

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"":                       "",
		"clientId":               "clientId",
		"größe":                  "größe",
		"a\x1b[31mb\x07":         "a [31mb",
		"a\u009bb":               "a b",
		"a\u202eb\u2066c\u200fd": "a b c d",
		"a\u200bb\ufeffc\u00add": "a b c d",
		"a\U000e0041b":           "a b",
		"a\xffb":                 "a b",
		strings.Repeat("é", 64):  strings.Repeat("é", 64),
		strings.Repeat("é", 65):  strings.Repeat("é", 64) + "…",
		strings.Repeat("a", 1e6): strings.Repeat("a", 64) + "…",
	} {
		if got := core.Name(name); got != want {
			t.Errorf("Name(%.20q) = %q, want %q", name, got, want)
		}
	}
}

func TestNameShowsNoFormatCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || !utf8.ValidRune(r) {
			continue
		}
		if got := core.Name("a" + string(r) + "b"); got != "a b" {
			t.Errorf("U+%04X is shown: %q", r, got)
		}
	}
}

func TestNames(t *testing.T) {
	ten := strings.Repeat("n\t, ", 9) + "n"
	if got := core.Names(strings.Split(ten, ", ")); got != strings.Repeat("n, ", 9)+"n" {
		t.Errorf("ten names: %q", got)
	}
	many := make([]string, 1e5)
	for i := range many {
		many[i] = strings.Repeat("x", 1e3)
	}
	got := core.Names(many)
	if !strings.HasSuffix(got, " and 99990 more") || strings.Count(got, "x…") != 10 ||
		utf8.RuneCountInString(got) > 10*67+20 {
		t.Errorf("many names: %.80q", got)
	}
	if got := core.Names(nil); got != "" {
		t.Errorf("no names: %q", got)
	}
}

// The caller chooses the name of an unknown parameter, and its length.
func TestErrorsBoundNames(t *testing.T) {
	long := strings.Repeat("n", 1e6)
	var config core.Config
	for _, err := range []error{
		config.Set("parameters", core.Value{Kind: core.KindJSON, Text: `{"` + long + `":1}`}),
		config.Set("assertion", core.Value{Kind: core.KindJSON, Text: `{"claims":{"` + long + `":"\n"}}`}),
		(&core.Config{Parameters: []core.Parameter{{Name: long, Values: []string{"\n"}}}}).Check(),
		core.UnknownName("provider", long, []string{"a"}),
	} {
		if err == nil || len(err.Error()) > 500 || !strings.Contains(err.Error(), "nnn") {
			t.Errorf("%.200v", err)
		}
	}
}

// The text after a name without a separator may be the secret itself.
func TestUnknownKeysHoldNoSecret(t *testing.T) {
	var config core.Config
	var options core.Options
	var request core.OAuth1Request
	for _, name := range []string{
		"client-secretHUNTER2", "clientSecret_HUNTER2", "clientSecretHunter", "client_secret-hunter", "passphraseHUNTER",
		"privateKeyHUNTER", "private_key_hunter", "-pHUNTER2", "HUNTER2", "timeoutHUNTER", "x=HUNTER", "hunter pass", "hun\tter",
		strings.Repeat("hunter", 10),
	} {
		for _, err := range []error{
			config.Set(name, core.Value{Kind: core.KindText, Text: "a"}),
			config.Set("assertion", core.Value{Kind: core.KindJSON, Text: "{" + strconv.Quote(name) + ":1}"}),
			options.Set(name, core.Value{Kind: core.KindText, Text: "a"}),
			request.Set(name, core.Value{Kind: core.KindText, Text: "a"}),
		} {
			if err == nil || strings.Contains(strings.ToLower(err.Error()), "hun") ||
				!strings.HasPrefix(err.Error(), "unknown ") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	for _, name := range []string{"scopes", "clientID", "client_secret", "colour", "privatekey", "CLIENTID"} {
		err := config.Set(name, core.Value{Kind: core.KindText, Text: "a"})
		if err == nil ||
			!strings.HasPrefix(err.Error(), "unknown configuration key "+strconv.Quote(name)+":") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
