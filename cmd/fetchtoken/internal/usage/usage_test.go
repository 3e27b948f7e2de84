package usage

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
)

// TestNameForCommand runs the table that js/test/node/cli_names.test.js runs, too.
func TestNameForCommand(t *testing.T) {
	text, err := os.ReadFile("../../../../core/testdata/command/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Texts map[string]string }
	if err := json.Unmarshal(text, &table); err != nil || len(table.Texts) < 15 {
		t.Fatal(err, len(table.Texts))
	}
	for text, want := range table.Texts {
		if got := NameForCommand(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestMessageOf(t *testing.T) {
	for code, want := range map[string]string{
		core.CodeErrorResponse: "clientId: tokenEndpoint",
		core.CodeInvalidConfig: "--client-id: --endpoint",
	} {
		if got := MessageOf(core.NewError(code, "clientId: tokenEndpoint")); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	given, err := Parse([]string{"call", "-iXPOST", "-H", "a: b", "-H=c", "--", "-x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"include": "", "request": "POST", "api-header": "a: b,=c",
	} {
		if got := strings.Join(given.Values[name], ","); !given.Values.Has(name) || got != want {
			t.Errorf("--%s is %q, want %q", name, got, want)
		}
	}
	if got := strings.Join(given.Positionals, ","); got != "-x" {
		t.Error(got)
	}
	given, err = Parse([]string{"exec", "FILE", "--", "program", "--json"})
	if err != nil || strings.Join(given.Program, " ") != "program --json" {
		t.Error(given, err)
	}
}

// TestFields checks that each field that a text can set has an option and a variable, except the
// secrets.
func TestFields(t *testing.T) {
	for _, field := range core.TextNames() {
		variable := variableOf(field)
		if slices.Contains(SecretVariables, variable) {
			continue
		}
		if option := OfField(field); option == nil || option.Variable() != variable {
			t.Errorf("%s has no option with %s", field, variable)
		}
	}
}
