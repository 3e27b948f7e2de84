package fetchtoken

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A recordFile is core/testdata/store/records.json, with records that node:crypto has sealed.
type recordFile struct {
	Schema string       `json:"schema"`
	Source string       `json:"source"`
	Tests  []recordTest `json:"tests"`
}

type recordTest struct {
	ID         string                      `json:"id"`
	Configs    []map[string]jsontext.Value `json:"configs"`
	SealingKey string                      `json:"sealingKey"`
	StoreKey   string                      `json:"storeKey"`
	Value      jsontext.Value              `json:"value"`
	Record     string                      `json:"record"`
}

func recordTests(t *testing.T) []recordTest {
	text, err := os.ReadFile("core/testdata/store/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var file recordFile
	if err := json.Unmarshal(text, &file, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	if file.Schema != "fetchtoken/store/1" || len(file.Tests) == 0 {
		t.Fatal(file.Schema, len(file.Tests))
	}
	return file.Tests
}

// configFrom makes a configuration of JavaScript's members.
func configFrom(t *testing.T, members map[string]jsontext.Value) Config {
	t.Helper()
	var config core.Config
	for name, raw := range members {
		v := core.Value{Kind: core.KindJSON, Text: string(raw)}
		if json.Unmarshal(raw, &v.Text) == nil {
			v.Kind = core.KindText
		}
		if err := config.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	return configOf(config)
}

func sealerFor(t *testing.T, config Config, key string) *sealer {
	t.Helper()
	inner, err := config.core()
	if err != nil {
		t.Fatal(err)
	}
	var given []byte
	if key != "" {
		given = []byte(key)
	}
	s, err := newSealer(inner, given, "store")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The sealer opens a record of another implementation, and sealing its text again gives the same
// record.
func TestSealedRecords(t *testing.T) {
	for _, test := range recordTests(t) {
		for i, members := range test.Configs {
			s := sealerFor(t, configFrom(t, members), test.SealingKey)
			if s.storeKey != test.StoreKey {
				t.Errorf("%s, configuration %d: key %s, want %s", test.ID, i, s.storeKey, test.StoreKey)
				continue
			}
			text := s.open(test.Record)
			if text == nil {
				t.Errorf("%s, configuration %d: not opened", test.ID, i)
				continue
			}
			got, want := jsontext.Value(bytes.Clone(text)), bytes.Clone(test.Value)
			got.Canonicalize()
			(*jsontext.Value)(&want).Canonicalize()
			if !bytes.Equal(got, want) {
				t.Errorf("%s: opened %s, want %s", test.ID, got, want)
			}
			iv, err := base64.RawURLEncoding.DecodeString(strings.Split(test.Record, ".")[1])
			if err != nil {
				t.Fatal(err)
			}
			if sealed := s.sealWith(iv, text); sealed != test.Record {
				t.Errorf("%s: sealed %s, want %s", test.ID, sealed, test.Record)
			}
		}
	}
}

// The sealer doesn't open a record with a changed bit or in another form.
func TestChangedRecordIsNotOpened(t *testing.T) {
	s := sealerFor(t, basic, "")
	record := s.seal([]byte("tokens"))
	if string(s.open(record)) != "tokens" || s.seal([]byte("tokens")) == record {
		t.Fatal(record)
	}
	for i := range len(record) {
		for bit := byte(1); bit != 0; bit <<= 1 {
			changed := []byte(record)
			changed[i] ^= bit
			if s.open(string(changed)) != nil {
				t.Errorf("bit %d of character %d", bit, i)
			}
		}
	}
	for _, digit := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		other := record[:len(record)-1] + string(digit)
		if other != record && s.open(other) != nil {
			t.Errorf("%c as the last character", digit)
		}
	}
	parts := strings.Split(record, ".")
	for _, other := range []string{
		"", "2", "2.", "2..", "2.A.A", "1." + parts[1] + "." + parts[2], "2." + parts[1],
		record + ".", record + "\n", record + "=", " " + record, record[:8] + "\n" + record[8:],
		"2." + parts[2] + "." + parts[1], "2." + parts[1] + ".AAAA",
	} {
		if s.open(other) != nil {
			t.Errorf("opened %q", other)
		}
	}
	another := basic
	another.ClientSecret = "another"
	if sealerFor(t, another, "").open(record) != nil ||
		sealerFor(t, basic, "a key of 16 bytes").open(record) != nil {
		t.Error("opened by another")
	}
}

// Configurations that get different tokens have different keys.
func TestStoreKeysDiffer(t *testing.T) {
	known := map[string]int{}
	for i, change := range []func(*Config){
		func(*Config) {},
		func(c *Config) { c.Scope = []string{} },
		func(c *Config) { c.Scope = []string{"a", "b"} },
		func(c *Config) { c.Scope = []string{"b", "a"} },
		func(c *Config) { c.Audience = []string{"a", "b"} },
		func(c *Config) { c.Audience = []string{"a b"} },
		func(c *Config) { c.Audience = []string{`["a","b"]`} },
		func(c *Config) { c.Resource = []string{"a b"} },
		func(c *Config) { c.ClientSecret += " " },
		func(c *Config) { c.ClientID += "clientSecret" },
		func(c *Config) { c.Environment = "live" },
		func(c *Config) { c.Passphrase = "p" },
		func(c *Config) { c.Parameters = map[string][]string{"a": {"1"}} },
		func(c *Config) { c.Parameters = map[string][]string{"a": {"1", "2"}} },
		func(c *Config) { c.Parameters = map[string][]string{"a": {}} },
		func(c *Config) { c.Headers = map[string]string{"a": "1"} },
		func(c *Config) { c.Response.Token = "a.b" },
		func(c *Config) { c.Response.Scope = "a.b" },
		func(c *Config) { c.AllowHTTP = []string{"keycloak"} },
		func(c *Config) { c.SubjectToken = "of-a" },
		func(c *Config) { c.SubjectToken = "of-b" },
		func(c *Config) { c.ActorToken = "of-a" },
		func(c *Config) { c.Tenant = "a" },
		func(c *Config) { c.Assertion.Type = "t" },
		func(c *Config) { c.Assertion.Lifetime = 1e9 },
		func(c *Config) { c.Assertion.Claims = map[string]any{"n": jsontext.Value("9007199254740993")} },
		func(c *Config) { c.Assertion.Claims = map[string]any{"n": jsontext.Value("9007199254740992")} },
		func(c *Config) { c.Assertion.Header = map[string]any{"n": jsontext.Value("9007199254740992")} },
	} {
		config := basic
		change(&config)
		key := sealerFor(t, config, "").storeKey
		if before, ok := known[key]; ok {
			t.Errorf("configurations %d and %d have one key", before, i)
		}
		known[key] = i
	}
}

func TestWhatCanNotBeSealed(t *testing.T) {
	public := core.Config{ClientID: "public", ClientAuth: core.None}
	signed := core.Config{ClientID: "c", HostSigns: true, KeyID: "k"}
	unnamed := core.Config{ClientID: "c", HostSigns: true}
	key := []byte("a key of 16 bytes")
	for _, test := range []struct {
		config core.Config
		key    []byte
		says   string
	}{
		{public, nil, "has no secret with which the tokens"},
		{public, key, ""},
		{signed, nil, "Options.Sign doesn't show its key"},
		{signed, key, ""},
		{unnamed, key, "name the key in Config.KeyID"},
		{core.Config{SubjectToken: core.Source{File: "/a"}}, key, "two subjects would share a token"},
		{core.Config{ActorToken: core.Source{Host: true}}, key, "two subjects would share a token"},
		{core.Config{SubjectToken: core.Source{Text: "of-a"}}, key, ""},
		{core.Config{ClientAssertion: core.Source{File: "/a"}}, key, ""},
		{core.Config{ClientAssertion: core.Source{File: "/a"}}, nil, "has no secret with which"},
	} {
		_, err := newSealer(test.config, test.key, "store")
		if test.says == "" && err == nil {
			continue
		}
		if !errors.Is(err, CodeInvalidConfig) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v, want %q", err, test.says)
		}
	}
}
