package credentials

import (
	"bytes"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
)

// The examples of the documentation of java.util.Properties.load, and its rules one by one.
func TestProperties(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"Truth = Beauty\n":                     {"Truth": "Beauty"},
		"  Truth:Beauty":                       {"Truth": "Beauty"},
		"Truth                    :Beauty\r\n": {"Truth": "Beauty"},
		"fruits   apple, banana, pear, \\\n                  cantaloupe, watermelon, \\\n              " +
			"    kiwi, mango": {
			"fruits": "apple, banana, pear, cantaloupe, watermelon, kiwi, mango"},
		"cheeses\n":                       {"cheeses": ""},
		`\:\==\u0061\u00e9\ud83d\ude00`:   {":=": "aé😀"},
		`a\ b = c\\d\e\tf`:                {"a b": "c\\de\tf"},
		"a=1\rb=2\r\nc=3\n\n\n#d=4\n!e=5": {"a": "1", "b": "2", "c": "3"},
		"a = b=c:d e":                     {"a": "b=c:d e"},
		"a = b \\\\\nc=d":                 {"a": "b \\", "c": "d"},
		"a==b":                            {"a": "=b"},
		// Java refuses it; nothing is lost here
		`a=\u00g1`:              {"a": "u00g1"},
		"a=\\u\x10\x10\x14\x11": {"a": "u\x10\x10\x14\x11"}, // control characters are no digits
		`a=b\`:                  {"a": `b\`},
	} {
		if got := properties(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Names of variables are made of the names of fields: no field that a text can set has none.
func TestVariableNames(t *testing.T) {
	for field, want := range map[string]string{
		"provider": "FETCHTOKEN_PROVIDER", "tokenEndpoint": "FETCHTOKEN_TOKEN_ENDPOINT", "clientId": "FETCHTOKEN_CLIENT_ID",
		"clientSecret": "FETCHTOKEN_CLIENT_SECRET", "privateKey": "FETCHTOKEN_PRIVATE_KEY",
		"passphrase": "FETCHTOKEN_PASSPHRASE",
		"scope":      "FETCHTOKEN_SCOPE", "audience": "FETCHTOKEN_AUDIENCE",
		"response.token": "FETCHTOKEN_RESPONSE_TOKEN", "response.expiresIn": "FETCHTOKEN_RESPONSE_EXPIRES_IN",
	} {
		if got := variableName(field); got != want || !slices.Contains(variableFields(), field) {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
	environment := []string{"PATH=/bin", "HERE=x", "EMPTY="}
	for _, field := range variableFields() {
		environment = append(environment, variableName(field)+"=value of "+field)
	}
	config, err := FromEnvironment(environment)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, value := range config.Fields() {
		want := "value of " + name
		if name == "response" {
			want = `{"token":"value of response.token","expiresIn":"value of response.expiresIn",` +
				`"scope":"value of response.scope"}`
		}
		if found++; value.Text != want {
			t.Errorf("%s: got %q", name, value)
		}
	}
	if found != len(core.TextNames())+1 {
		t.Errorf("%d of %d fields", found, len(core.TextNames())+1)
	}
}

// A file is named in errors, whatever its name.
func TestFilename(t *testing.T) {
	for name, want := range map[string]string{
		"":                                 `the credentials file is empty`,
		"key.json":                         `the credentials file "key.json" is empty`,
		"a\n\x1b[31mb\xff\"":               `the credentials file "a??[31mb?\"" is empty`,
		strings.Repeat("ä", 100) + ".json": `the credentials file "…` + strings.Repeat("ä", 37) + `.json" is empty`,
	} {
		if _, err := Load(nil, Options{Filename: name}); err == nil ||
			!strings.HasPrefix(err.Error(), want+":") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSize(t *testing.T) {
	file := append(
		[]byte("here.access.key.id=a\nhere.access.key.secret="),
		bytes.Repeat([]byte("b"), MaxSize)...)
	if _, err := Load(file[:MaxSize], Options{}); err != nil {
		t.Error(err)
	}
	if _, err := Load(file[:MaxSize+1], Options{}); err == nil ||
		!strings.Contains(err.Error(), "is larger than 1 MiB") {
		t.Error(err)
	}
}

func TestIsOther(t *testing.T) {
	for text, want := range map[string]bool{
		`{"name":"x","version":"1"}`: true, "a = b\n": true, "-----BEGIN CERTIFICATE-----\n": true, `[1]`: true,
		"": false, `{"name":`: false, "\x89PNG": false, "<html>": false, "a:b": false,
		`{"oauth2":{}}`: false, `{"private_key":1}`: false, `{"type":"service_account"}`: false,
		"here.user.id=a": false, "[x]\nhere.user.id=a": false, "FETCHTOKEN_X=1": false,
	} {
		if got := IsOther([]byte(text)); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"here.access.key.id = a\nhere.access.key.secret : b\\\n c\n",
		"[default]\nhere.access.key.id=a\nhere.access.key.secret=b\n[x]\nhere.access.key.id:c",
		`{"oauth2":{"server":"https://h/token","client_id":"a","client_secret":"b","scope":"c"}}`,
		`{"ostree":{},"basic_auth":{"user":"a","password":"b"},"no_auth":true,"certificate_auth":true}`,
		`{"id":"a","private_key":"b","client_id":"c","instance_uri":"https://h"}`,
		`{"type":"service_account","client_email":"a@b","private_key":"c","private_key_id":"d","token_uri":"https://h"}`,
		"export FETCHTOKEN_CLIENT_ID=a # x\nFETCHTOKEN_PRIVATE_KEY=\"b\\nc\nd\"\nFETCHTOKEN_SCOPE='e'",
		"HERE_ACCESS_KEY_ID=a\r\nHERE_ACCESS_KEY_SECRET=`b`\r\n",
		"id:secret", "https://a:b@c", "eyJ.e30.x", "-----BEGIN PRIVATE KEY-----\n", "PK\x03\x04", "\xff\xfea\x00", "\xef\xbb\xbf#",
	} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "x")
	}
	f.Fuzz(func(t *testing.T, file []byte, profile string) {
		config, err := Load(file, Options{Filename: profile, Profile: profile})
		if err != nil {
			if e, ok := err.(*core.TokenError); !ok || e.Code != core.CodeInvalidCredentials {
				t.Errorf("%q: %v", file, err)
			}
			return
		}
		if IsOther(file) || config.Provider == "" && config.ClientID == "" ||
			strings.ContainsRune(config.TokenEndpoint, 0) {
			t.Errorf("%q: %v", file, config)
		}
	})
}

// A hostile file costs what its length is: four times as long, about four times the memory.
// Building a line piece by piece would take sixteen times as much.
func TestCostIsLinear(t *testing.T) {
	for name, file := range map[string]func(n int) string{
		"a line that goes on":   func(n int) string { return "here.a = b" + strings.Repeat("\\\nc", n) },
		"blanks that go on":     func(n int) string { return "here.a = b" + strings.Repeat("\\\n   ", n) },
		"backslashes":           func(n int) string { return "here.a = " + strings.Repeat(`\\\`+"\n", n) },
		"sections":              func(n int) string { return "here.a = b\n" + manySections(n) },
		"one section again":     func(n int) string { return strings.Repeat("[here.]\nhere.a=b\n", n) },
		"variables":             func(n int) string { return strings.Repeat("FETCHTOKEN_X=1\n", n) },
		"quotes without an end": func(n int) string { return "FETCHTOKEN_X=1\n" + strings.Repeat("A=\"\\\"\nB='\nC=`\n", n) },
		"escapes":               func(n int) string { return "here.a = " + strings.Repeat(`\u0061\n`, n) },
		"names":                 func(n int) string { return strings.Repeat("here.a b\n", n) },
		"words":                 func(n int) string { return strings.Repeat("a:b ", n) },
		"a pair":                func(n int) string { return "a:" + strings.Repeat("b", n) },
	} {
		bytesOf := func(n int) uint64 {
			text := []byte(file(n))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := Load(text, Options{}); err != nil && len(err.Error()) > 3000 {
				t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
			}
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		const n = 10_000
		if one, four := bytesOf(n), bytesOf(4*n); four > 8*one {
			t.Errorf("%s: %d bytes, and %d for four times as much", name, one, four)
		}
	}
}

func manySections(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("[" + strconv.Itoa(i) + "]\n")
	}
	return b.String()
}

// A message names ten sections, and of each what fits.
func TestSectionsInMessage(t *testing.T) {
	long := strings.Repeat("s", 1000)
	text := "[" + long + "]\nhere.access.key.id = a\n" + manySections(5000)
	_, err := Load([]byte(text), Options{Profile: long + "x"})
	if err == nil || len(err.Error()) > 600 || !strings.Contains(err.Error(), "[0], [1]") ||
		!strings.HasSuffix(err.Error(), " and 4991 more") {
		t.Errorf("%.1000v", err)
	}
	_, err = Load([]byte(text), Options{Profile: long})
	if err == nil || len(err.Error()) > 600 ||
		!strings.Contains(err.Error(), "has no here.access.key.secret") {
		t.Errorf("%.1000v", err)
	}
}

// A section that stands twice is one, and others' lines are not its.
func TestSections(t *testing.T) {
	names, values := iniSection("x=0\n[a]\nx=1\n[b]\nx=2\n[ a ]\ny:3\n[]\n", "a")
	if want := []string{"[a]", "[b]", "[]"}; !slices.Equal(names, want) ||
		!reflect.DeepEqual(values, map[string]string{"x": "1", "y": "3"}) {
		t.Error(names, values)
	}
	if names, values := iniSection("x=0\n", "a"); names != nil || values != nil {
		t.Error(names, values)
	}
}
