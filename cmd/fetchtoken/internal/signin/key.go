package signin

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/internal/home"
)

const (
	// shortestKey and longestKey limit the size of the file with the key, in bytes.
	shortestKey, longestKey = 16, 1 << 10
)

// keyFile returns the path of the file with the key that seals the sign-ins, or "" if there is no
// home folder.
func keyFile() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the XDG Base Directory Specification ignores a relative path
		folder := home.Folder()
		if !filepath.IsAbs(folder) {
			return ""
		}
		state = filepath.Join(folder, ".local", "state")
	}
	return filepath.Join(state, "fetchtoken", "sealing-key")
}

// sealingKey returns the key, or nil if there is none yet.
func sealingKey() ([]byte, error) {
	path := keyFile()
	if path == "" {
		return nil, nil
	}
	key, err := readKey(path)
	if isNone(path, err) {
		return nil, nil
	}
	if err == nil && (len(key) < shortestKey || len(key) > longestKey) {
		return nil, &usage.Error{
			Message: "the files of the session can't be used: sealing-key holds no key",
			Hint:    "remove that file, and run fetchtoken login again",
		}
	}
	return key, err
}

// isNone reports whether an error means that there is no file: also where the home folder is none,
// such as /dev/null, or is somebody else's.
func isNone(path string, err error) bool {
	if errors.Is(err, fs.ErrPermission) {
		_, err = os.Lstat(path)
		return errors.Is(err, fs.ErrPermission)
	}
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// readKey reads a regular file, and doesn't wait for a pipe.
func readKey(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, longestKey+1))
}

// makeSealingKey makes the key, unless another process makes it at the same time.
func makeSealingKey() ([]byte, error) {
	path := keyFile()
	if path == "" {
		return nil, &usage.Error{
			Message: "there is no home folder for the session",
			Hint:    "set HOME or XDG_STATE_HOME to a path from the root",
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	written := path + "." + rand.Text() + ".tmp"
	defer os.Remove(written)
	if err := writeKey(written); err != nil {
		return nil, err
	}
	if err := os.Link(written, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return sealingKey()
}

// writeKey writes a new key into a new file.
func writeKey(path string) error {
	key := make([]byte, 32)
	rand.Read(key) // it never fails
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(base64.RawURLEncoding.EncodeToString(key))
	// without Sync, a power failure could leave the file without its content
	return errors.Join(err, file.Sync(), file.Close())
}
