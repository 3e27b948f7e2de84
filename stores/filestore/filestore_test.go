package filestore_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/storetest"
	"github.com/fetchtoken/fetchtoken/stores/filestore"
)

func newStore(t *testing.T, folder string) *filestore.Store {
	t.Helper()
	store, err := filestore.New(folder)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestStore(t *testing.T) {
	storetest.Test(t, newStore(t, filepath.Join(t.TempDir(), "a", "b")))
}

// Only the owner may read files and folders, and no temporary file is left.
func TestModes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tokens")
	store, key := newStore(t, folder), storetest.Key()
	release, err := store.Lease(t.Context(), key, time.Minute)
	if err != nil || release == nil {
		t.Fatal(err)
	}
	if err := store.Set(t.Context(), key, "record", time.Minute); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Fatal(err, entries)
	}
	if runtime.GOOS == "windows" {
		return // Windows has no such modes
	}
	err = filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDefaultFolder(t *testing.T) {
	cache, home := t.TempDir(), t.TempDir()
	for _, test := range []struct{ cache, home, want string }{
		{cache, home, filepath.Join(cache, "fetchtoken")},
		{"", home, filepath.Join(home, ".cache", "fetchtoken")},
		{"relative", home, filepath.Join(home, ".cache", "fetchtoken")},
		{"", "", ""},
		{"relative", "relative", ""},
	} {
		t.Setenv("XDG_CACHE_HOME", test.cache)
		t.Setenv("HOME", test.home)
		t.Setenv("USERPROFILE", test.home)
		store, err := filestore.New("")
		if test.want == "" {
			if err == nil {
				t.Errorf("%+v: no error", test)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		key := storetest.Key()
		if err := store.Set(t.Context(), key, "record", time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(test.want, key)); err != nil {
			t.Error(err)
		}
	}
}

// A file that is no record counts as absent, and the next record replaces it.
func TestWhatIsNoRecord(t *testing.T) {
	folder := t.TempDir()
	store := newStore(t, folder)
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "{", "null": "null", "no record": `{"since":0,"until":9e15}`,
		"no end": `{"since":0,"record":"r"}`, "another type": `{"since":0,"until":9e15,"record":1}`,
		"over":          `{"since":0,"until":1,"record":"r"}`,
		"of the future": `{"since":8e15,"until":9e15,"record":"r"}`,
	} {
		key := storetest.Key()
		if err := os.WriteFile(filepath.Join(folder, key), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _, err := store.Get(t.Context(), key); got != "" || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if err := store.Set(t.Context(), key, "record", time.Minute); err != nil {
			t.Fatal(name, err)
		}
		if got, _, _ := store.Get(t.Context(), key); got != "record" {
			t.Errorf("%s: not replaced", name)
		}
	}
	for _, key := range []string{"", "../x", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		if err := store.Set(t.Context(), key, "record", time.Minute); err == nil {
			t.Errorf("the key %q was taken", key)
		}
	}
}

// A process takes a lease that is over, that begins in the future, or whose lock is empty. It
// doesn't take a lease that another process holds.
func TestStatesOfALock(t *testing.T) {
	folder := t.TempDir()
	store := newStore(t, folder)
	for state, free := range map[string]bool{
		"":                                      true,
		"free.a-nonce":                          true,
		"1.2.3.a-nonce":                         true,
		"1.9999999999999.3.a-nonce":             false,
		"9999999999998.9999999999999.3.a-nonce": true,
		"of somebody else":                      false,
	} {
		key := storetest.Key()
		lock := filepath.Join(folder, key+".lock")
		if err := os.Mkdir(lock, 0o700); err != nil {
			t.Fatal(err)
		}
		if state != "" {
			if err := os.WriteFile(filepath.Join(lock, state), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		release, err := store.Lease(t.Context(), key, time.Minute)
		if err != nil || (release != nil) != free {
			t.Errorf("%q: taken %v, %v", state, release != nil, err)
		}
		if entries, _ := os.ReadDir(lock); len(entries) != 1 {
			t.Errorf("%q: %d files in the lock", state, len(entries))
		}
	}
}

// The first write removes the files of dead processes. Files of other programs stay.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	old := time.Now().Add(-25 * time.Hour)
	key := func(name string) string { return storetest.Key() + name }
	gone := []string{key(".x.tmp"), key(".lock.x.tmp"), key(""), key(".lock")}
	stays := []string{"notes.txt", key("x"), key(".lock"), key("")}
	for _, name := range append(gone, stays...) {
		path := filepath.Join(folder, name)
		var err error
		switch {
		case name == stays[2]:
			err = os.MkdirAll(filepath.Join(path, "1.9999999999999.3.held"), 0o700)
		case strings.HasSuffix(name, ".lock"):
			err = os.MkdirAll(filepath.Join(path, "free.a"), 0o700)
		case name == stays[3]:
			err = os.WriteFile(path, []byte(`{"since":0,"until":9e15,"record":"r"}`), 0o600)
		default:
			err = os.WriteFile(path, []byte(`{"since":0,"until":1,"record":"r"}`), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := newStore(t, folder).Set(t.Context(), storetest.Key(), "r", time.Minute); err != nil {
		t.Fatal(err)
	}
	for i, names := range [][]string{gone, stays} {
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(folder, name)); (err == nil) != (i == 1) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
