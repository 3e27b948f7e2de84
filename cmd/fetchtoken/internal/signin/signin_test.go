package signin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
)

var (
	client = core.Config{
		TokenEndpoint: "https://as.example.com/{tenant}/token", Tenant: "one", ClientID: "tool",
		ClientAuth: core.None, Scope: []string{"a", "b"},
	}
	signIn = &SignIn{
		GrantType: "refresh_token", Parameters: map[string]string{"refresh_token": "refresh-1"},
		Scope: "a b",
	}
)

// inFolder gives a test its own folders, and returns that of the key.
func inFolder(t *testing.T) (state string) {
	t.Helper()
	folder := t.TempDir()
	state = filepath.Join(folder, "state")
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache"))
	return filepath.Join(state, "fetchtoken")
}

func of(t *testing.T, config core.Config) *SignIn {
	t.Helper()
	found, err := Of(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestKeep(t *testing.T) {
	inFolder(t)
	ctx := context.Background()
	if got := of(t, client); got != nil {
		t.Error(got)
	}
	if err := signIn.Keep(ctx, client); err != nil {
		t.Fatal(err)
	}
	narrow := client
	narrow.Scope, narrow.ClientSecret = []string{"a"}, "a new secret"
	for _, config := range []core.Config{client, narrow} {
		if got := of(t, config); !reflect.DeepEqual(got, signIn) {
			t.Errorf("%+v, want %+v", got, signIn)
		}
	}
	for _, change := range []func(*core.Config){
		func(c *core.Config) { c.Tenant = "two" },
		func(c *core.Config) { c.ClientID = "another" },
		func(c *core.Config) { c.TokenEndpoint = "https://attacker.example/token" },
	} {
		other := client
		change(&other)
		if got := of(t, other); got != nil {
			t.Errorf("%s has the session of another client", other)
		}
	}
	if err := Forget(ctx, client); err != nil || of(t, client) != nil {
		t.Error(err)
	}
}

// The key is for its user alone, and the record is sealed with it.
func TestKey(t *testing.T) {
	folder := inFolder(t)
	if err := signIn.Keep(context.Background(), client); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err) // no temporary file is left
	}
	path := filepath.Join(folder, "sealing-key")
	for name, want := range map[string]os.FileMode{path: 0o600, folder: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	records, _ := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "fetchtoken", "*"))
	if len(records) != 1 {
		t.Error(records)
	}
	for _, record := range records {
		if text, _ := os.ReadFile(record); strings.Contains(string(text), "refresh-1") {
			t.Error("the record is not sealed")
		}
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 43)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := of(t, client); got != nil {
		t.Error("another key opens it")
	}
	for _, key := range []string{"", "short", strings.Repeat("x", 1025)} {
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
		var wrong *usage.Error
		if _, err := Of(context.Background(), client); !errors.As(err, &wrong) ||
			!strings.HasSuffix(wrong.Message, "sealing-key holds no key") {
			t.Error(len(key), err)
		}
	}
}

func TestHasGrant(t *testing.T) {
	for grant, want := range map[string]bool{
		"": false, "refresh_token": false, "client_credentials": true,
		"urn:ietf:params:oauth:grant-type:jwt-bearer": true,
	} {
		if got := HasGrant(core.Config{GrantType: grant}); got != want {
			t.Errorf("%q: %v", grant, got)
		}
	}
	for name, want := range map[string]bool{
		"prompt": false, "refresh_token": true, "password": true, "id_token_hint": true,
	} {
		config := core.Config{Parameters: []core.Parameter{{Name: name, Values: []string{""}}}}
		if got := HasGrant(config); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestOn(t *testing.T) {
	config := signIn.On(client)
	if config.Scope == nil || len(config.Scope) > 0 || config.GrantType != "refresh_token" ||
		config.Parameters[0].Values[0] != "refresh-1" {
		t.Errorf("%+v", config.Parameters)
	}
	narrow := client
	narrow.Scope = []string{"a"}
	if got := ScopeOf(signIn.On(narrow)); got != "a" {
		t.Error(got)
	}
	if got := signIn.Unseen().On(client).Parameters[0].Values[0]; got != "REFRESH_TOKEN" {
		t.Error(got)
	}
}
