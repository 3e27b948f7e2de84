// Package filestore has a store in a folder, for the processes of one user on one machine. Node
// processes share its records through fileStore of fetchtoken/stores/file.
package filestore

// The file KEY is a record. A process first writes a temporary file and then renames it to KEY. So
// a process that dies leaves a whole record or none.
//
// KEY.lock is a folder with one file. The file's name is the state of the lease: free.NONCE, or
// FROM.UNTIL.PID.NONCE, with the times in milliseconds since the epoch. A process takes or frees
// the lease by renaming that file. Only one process can do so, because no name is used twice. A
// process makes the folder under a temporary name, with the file in it, and renames it, too.
// js/stores/file.js does the same.

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/home"
)

const (
	// clockSlack is how far in the future a lease or a record may begin. If it begins later, the clock
	// was set back, and the lease or record is invalid.
	clockSlack = time.Second
	// largest is the most bytes of a record. Real ones have a few thousand.
	largest = 16 << 20

	day = 24 * time.Hour
)

// A Store keeps records in a folder. It is a fetchtoken.LeasingStore.
type Store struct {
	folder string
	sweep  sync.Once
}

// New returns the Store in a folder. The Store makes the folder when it first needs it. "" means
// the folder fetchtoken in XDG_CACHE_HOME, or in .cache of the home folder.
func New(folder string) (*Store, error) {
	if folder != "" {
		return &Store{folder: folder}, nil
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) { // the XDG Base Directory Specification ignores a relative path
		folder := home.Folder()
		if !filepath.IsAbs(folder) { // the working directory is no place for tokens
			return nil, errors.New("filestore finds no home folder: set HOME or XDG_CACHE_HOME to a path " +
				"from the root, or name a folder")
		}
		cache = filepath.Join(folder, ".cache")
	}
	return &Store{folder: filepath.Join(cache, "fetchtoken")}, nil
}

var storeKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (s *Store) path(ctx context.Context, key string) (string, error) {
	if !storeKey.MatchString(key) {
		return "", errors.New("filestore takes store keys of 64 hexadecimal digits only, for they " +
			"become names of files")
	}
	return filepath.Join(s.folder, key), ctx.Err()
}

// prepare makes the folder. Every call of Set and Lease does so, because a cache folder may be
// emptied.
func (s *Store) prepare() error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	s.sweep.Do(func() { sweep(s.folder) })
	return nil
}

// Get returns the record of a key.
func (s *Store) Get(ctx context.Context, key string) (string, time.Duration, error) {
	path, err := s.path(ctx, key)
	if err != nil {
		return "", 0, err
	}
	found, err := read(path)
	if err != nil || !found.isGood(time.Now()) {
		return "", 0, err
	}
	return *found.Record, 0, nil
}

// Set keeps a record.
func (s *Store) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	path, err := s.path(ctx, key)
	if err != nil {
		return err
	}
	if err := s.prepare(); err != nil {
		return err
	}
	now := milliseconds(time.Now())
	until := now + float64(ttl)/float64(time.Millisecond)
	text, err := json.Marshal(kept{Since: &now, Until: &until, Record: &record})
	if err != nil {
		return err
	}
	written := path + "." + nonce() + ".tmp"
	if err := write(written, text); err != nil {
		os.Remove(written)
		return err
	}
	if err := os.Rename(written, path); err != nil {
		os.Remove(written)
		return err
	}
	return nil
}

func write(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	// without Sync, a power failure could leave a file without its content
	return errors.Join(err, file.Sync(), file.Close())
}

// Delete removes a record.
func (s *Store) Delete(ctx context.Context, key string) error {
	path, err := s.path(ctx, key)
	if err != nil {
		return err
	}
	return unlessGone(os.Remove(path))
}

// Lease takes the lease of a key, unless another process holds it.
func (s *Store) Lease(ctx context.Context, key string, ttl time.Duration) (
	release func(context.Context) error, err error) {
	path, err := s.path(ctx, key)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	lock := path + ".lock"
	mine, err := take(lock, ttl)
	if err != nil || mine == "" {
		return nil, err
	}
	return func(context.Context) error {
		_, err := move(mine, filepath.Join(lock, "free."+nonce()))
		return err
	}, nil
}

// A kept is a record and its time, in milliseconds since the epoch.
type kept struct {
	Since  *float64 `json:"since"`
	Until  *float64 `json:"until"`
	Record *string  `json:"record"`
}

// isGood reports whether the record's time is not over. A record from the future was written before
// the clock was set back. Its end is unknown, so it isn't good.
func (k kept) isGood(now time.Time) bool {
	if k.Record == nil || k.Until == nil {
		return false
	}
	since := math.Inf(-1)
	if k.Since != nil {
		since = *k.Since
	}
	at := milliseconds(now)
	return since-float64(clockSlack.Milliseconds()) <= at && at < *k.Until
}

// read returns the record in a file. A pipe, another special file or a file that is too large
// counts as no record, and the next record replaces it.
func read(path string) (found kept, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > largest {
		return kept{}, unlessGone(err)
	}
	file, err := os.Open(path)
	if err != nil {
		return kept{}, unlessGone(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largest))
	if err != nil {
		return kept{}, err
	}
	if json.Unmarshal(text, &found) != nil {
		return kept{}, nil
	}
	return found, nil
}

// take takes a lock if it is free. It returns the path of the lock's state file, or "".
func take(lock string, ttl time.Duration) (string, error) {
	now := time.Now()
	from := now.UnixMilli()
	until := from + (ttl + time.Millisecond - 1).Milliseconds()
	mine := filepath.Join(lock, fmt.Sprintf("%d.%d.%d.%s", from, until, os.Getpid(), nonce()))
	states, err := os.ReadDir(lock)
	if err := unlessGone(err); err != nil {
		return "", err
	}
	if len(states) == 0 {
		return makeLock(lock, mine)
	}
	for _, state := range states {
		if isFree(state.Name(), from) {
			moved, err := move(filepath.Join(lock, state.Name()), mine)
			if !moved {
				return "", err
			}
			return mine, nil
		}
	}
	return "", nil
}

var held = regexp.MustCompile(`^(\d{1,18})\.(\d{1,18})\.\d+\.[\w-]+$`)

// isFree reports whether a process may take the lease in that state. A lease that begins in the
// future was taken before the clock was set back, and is free.
func isFree(state string, now int64) bool {
	times := held.FindStringSubmatch(state)
	if times == nil {
		return strings.HasPrefix(state, "free.")
	}
	from, _ := strconv.ParseInt(times[1], 10, 64)
	until, _ := strconv.ParseInt(times[2], 10, 64)
	return now >= until || now < from-clockSlack.Milliseconds()
}

// makeLock makes a lock in a state. It returns the path of the state file, or "" if another process
// has just made the lock.
func makeLock(lock, state string) (string, error) {
	made := lock + "." + nonce() + ".tmp"
	err := os.Mkdir(made, 0o700)
	if err == nil {
		err = write(filepath.Join(made, filepath.Base(state)), nil)
	}
	if err == nil {
		os.Remove(lock) // removes an empty folder only: os.Rename replaces no folder
		err = os.Rename(made, lock)
	}
	if err == nil {
		return state, nil
	}
	os.RemoveAll(made)
	isTheirs := errors.Is(err, fs.ErrExist) ||
		runtime.GOOS == "windows" && errors.Is(err, fs.ErrPermission)
	if isTheirs {
		return "", nil
	}
	return "", err
}

// move renames a file. It returns false if the file doesn't exist.
func move(from, to string) (bool, error) {
	err := os.Rename(from, to)
	return err == nil, unlessGone(err)
}

// sweep removes the temporary files of dead processes, the locks that no process has taken for a
// day, and the records that are over and older than a day.
func sweep(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		name, path := entry.Name(), filepath.Join(folder, entry.Name())
		key, kind, _ := strings.Cut(name, ".")
		info, err := entry.Info()
		if err != nil || !storeKey.MatchString(key) {
			continue // the file is gone, or belongs to another program
		}
		age := time.Since(info.ModTime())
		switch {
		case strings.HasSuffix(kind, "tmp") && age > time.Minute:
			os.RemoveAll(path)
		case kind == "lock" && age > day:
			if mine, _ := take(path, time.Minute); mine != "" {
				removed := path + "." + nonce() + ".tmp"
				move(path, removed) // in one step, because other processes take an empty lock
				os.RemoveAll(removed)
			}
		case name == key && age > day:
			if found, err := read(path); err == nil && !found.isGood(time.Now()) {
				os.Remove(path)
			}
		}
	}
}

func milliseconds(t time.Time) float64 { return float64(t.UnixMilli()) }

// nonce returns a text that no other call returns.
func nonce() string { return rand.Text() }

// unlessGone returns the error, or nil if the error says that the file doesn't exist.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
