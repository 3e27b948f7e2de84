package home_test

import (
	"os"
	"os/user"
	"runtime"
	"testing"

	"github.com/fetchtoken/fetchtoken/internal/home"
)

func TestFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Setenv("USERPROFILE", `C:\home`)
		if got := home.Folder(); got != `C:\home` {
			t.Error(got)
		}
		return
	}
	for _, given := range []string{"/a/home", ""} {
		t.Setenv("HOME", given)
		if got := home.Folder(); got != given {
			t.Errorf("HOME=%q: %q", given, got)
		}
	}
	os.Unsetenv("HOME") // t.Setenv sets it again at the end
	current, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := home.Folder(); got != current.HomeDir {
		t.Errorf("without HOME: %q, want %q", got, current.HomeDir)
	}
}
