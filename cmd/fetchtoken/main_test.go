package main

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/signin"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
)

// The commands of the npm package alone say how they are run.
func TestNotInGo(t *testing.T) {
	for _, name := range []string{"console"} {
		given, err := usage.Parse([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		_, err = answer(context.Background(), given)
		var wrong *usage.Error
		if want := "npx fetchtoken " + name + " is that of the npm package"; !errors.As(err, &wrong) ||
			wrong.Hint != want {
			t.Errorf("%v, want the hint %s", err, want)
		}
	}
}

func TestVersion(t *testing.T) {
	for recorded, want := range map[string]string{
		"v1.2.3": "1.2.3", "(devel)": "(devel)", "": "(devel)",
		"v0.0.0-20261129111151-554975187920+dirty": "0.0.0-20261129111151-554975187920+dirty",
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: recorded}}
		if got := version(info); got != want {
			t.Errorf("%q is %q, want %q", recorded, got, want)
		}
	}
	if got := version(nil); got != "(devel)" {
		t.Error(got)
	}
}

// A refresh token that works once is not shown: whoever used it would end the session.
func TestASessionIsShownWithoutItsRefreshToken(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(folder, "state"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache"))
	config := core.Config{
		TokenEndpoint: "https://as.example.com/token", ClientID: "tool", ClientAuth: core.None,
	}
	signIn := &signin.SignIn{
		GrantType: "refresh_token", Parameters: map[string]string{"refresh_token": "the-newest"},
	}
	if err := signIn.Keep(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	values := usage.Values{"explain": {""}, "curl": {""}, "show-secrets": {""}}
	text, err := explained(t.Context(), config, values)
	if err != nil || !strings.Contains(text, "refresh_token=REFRESH_TOKEN") ||
		strings.Contains(text, "the-newest") {
		t.Error(text, err)
	}
}
