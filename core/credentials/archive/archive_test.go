package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// An entry that inflates to more than it says costs what it says, and not what it is.
func TestInflatesNoFurtherThanItSays(t *testing.T) {
	var compressed, file bytes.Buffer
	deflater, _ := flate.NewWriter(&compressed, flate.BestCompression)
	for range 200 {
		deflater.Write(make([]byte, 1<<20))
	}
	deflater.Close()
	writer := zip.NewWriter(&file)
	entry, err := writer.CreateRaw(&zip.FileHeader{
		Name:               treehubName,
		Method:             zip.Deflate,
		CompressedSize64:   uint64(compressed.Len()),
		UncompressedSize64: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	entry.Write(compressed.Bytes())
	writer.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = Treehub(file.Bytes())
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; err == nil ||
		!strings.Contains(err.Error(), "archive bomb") ||
		used > 16<<20 {
		t.Errorf("%d bytes of memory: %v", used, err)
	}
}

// The archives of testdata, which js/test/archives.js runs too.
func TestArchives(t *testing.T) {
	var list struct {
		Archives []struct {
			File, Error string
			Want        map[string]string
		}
	}
	if err := json.Unmarshal(read(t, "archives.json"), &list); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.zip")
	if err != nil || len(files) == 0 || len(files) != len(list.Archives) {
		t.Fatalf("%d files, %d archives: %v", len(files), len(list.Archives), err)
	}
	for _, a := range list.Archives {
		t.Run(a.File, func(t *testing.T) {
			config, err := Load(read(t, a.File), credentials.Options{Filename: a.File})
			if a.Want == nil {
				if e, ok := err.(*core.TokenError); !ok || e.Code != core.CodeInvalidCredentials ||
					!strings.HasPrefix(e.Message, a.Error) {
					t.Errorf("got  %v\nwant %s", err, a.Error)
				}
				return
			}
			got := map[string]string{}
			for name, value := range config.Fields() {
				got[name] = value.Text
			}
			if err != nil || !reflect.DeepEqual(got, a.Want) {
				t.Errorf("got %v, %v", config, err)
			}
		})
	}
}

func TestSize(t *testing.T) {
	file := read(t, "credentials.zip")
	entries := bytes.Index(file, []byte("PK\x01\x02"))
	padded := func(size int) []byte {
		// between the entries and the directory, which is found from its end
		return append(
			append(append([]byte{}, file[:entries]...), make([]byte, size-len(file))...),
			file[entries:]...)
	}
	if _, err := Load(padded(MaxSize+1), credentials.Options{}); err == nil ||
		err.Error() != "the ZIP archive is larger than 16 MiB, so it is no credentials.zip" {
		t.Error(err)
	}
	if _, err := Load(padded(MaxSize), credentials.Options{}); err == nil ||
		strings.Contains(err.Error(), "16 MiB") {
		t.Error(err) // its directory now leads elsewhere
	}
}

func TestOtherFiles(t *testing.T) {
	config, err := Load([]byte("id:secret"), credentials.Options{})
	if err != nil || config.ClientID != "id" {
		t.Error(config, err)
	}
	if _, err := Load([]byte("{}"), credentials.Options{Filename: "a.json"}); err == nil ||
		!strings.HasPrefix(err.Error(), `the credentials file "a.json" is`) {
		t.Error(err)
	}
	if _, err := Load(read(t, "credentials.zip"), credentials.Options{Profile: "x"}); err == nil ||
		!strings.Contains(err.Error(), "has no profiles") {
		t.Error(err)
	}
}

// The module has no ZIP reader in it.
func TestNotInModule(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "../../../wasm")
	command.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	list, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(list)) {
		if name == "archive/zip" || strings.HasSuffix(name, "credentials/archive") {
			t.Error(name)
		}
	}
}

func FuzzTreehub(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.zip")
	for _, name := range files {
		if info, err := os.Stat(name); err == nil && info.Size() < 10_000 {
			f.Add(read(f, filepath.Base(name)))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		treehub, err := Treehub(file)
		if err != nil {
			if e, ok := err.(*core.TokenError); !ok || e.Code != core.CodeInvalidCredentials {
				t.Errorf("%q: %v", file, err)
			}
		} else if len(treehub) > credentials.MaxSize {
			t.Errorf("%d bytes", len(treehub))
		}
	})
}
