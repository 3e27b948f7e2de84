package login

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The browser gets the address, and no secret of the environment.
func TestBrowser(t *testing.T) {
	folder := t.TempDir()
	seen := filepath.Join(folder, "seen")
	script := "#!/bin/sh\n{ echo \"$1\"; env; } > '" + seen + ".tmp'\nmv '" + seen + ".tmp' '" +
		seen + "'\n"
	if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("FETCHTOKEN_CLIENT_SECRET", "a secret")
	openBrowser("https://as.example.com/authorize")
	var text []byte
	for text == nil {
		text, _ = os.ReadFile(seen)
		time.Sleep(time.Millisecond)
	}
	url, env, _ := strings.Cut(string(text), "\n")
	if url != "https://as.example.com/authorize" || !strings.Contains(env, "PATH=") ||
		strings.Contains(env, "FETCHTOKEN_") {
		t.Errorf("%s", text)
	}
}
