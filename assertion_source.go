package fetchtoken

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// get gets the text of a function of the caller's, or of a file. The error belongs to
// [core.GetThrew] and [core.GetLate].
func (x *exchanger) get(
	ctx context.Context, get *core.Get, timeout time.Duration,
) (text, failure string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	text, err = bounded(ctx, func() (string, error) {
		if get.Source.File != "" {
			return readText(get.Source.File)
		}
		return x.functions[get.Field](ctx, get.Audience)
	})
	switch {
	case err == nil:
		return text, "", nil
	case ctx.Err() != nil:
		return "", core.GetLate, err
	}
	return "", core.GetThrew, err
}

// readText reads a regular file, as far as a text may go.
func readText(name string) (string, error) {
	file, err := openRegular(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, core.MaxSource+1))
	return string(text), err
}

var errNotRegular = errors.New("is not a regular file")

// openRegular opens a regular file. A pipe or a device, which might never end, is rejected.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	return os.Open(name)
}
