package configuration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/credentials/archive"
)

// An Input is a path of the command line, with the option that gives it. - is standard input.
type Input struct{ Option, Path string }

// checkStandardInput refuses a command line that reads standard input twice. isWatched says whether
// the inputs are read again and again.
func checkStandardInput(inputs []Input, isWatched bool) error {
	var names []string
	for _, input := range inputs {
		if input.Path == "-" {
			names = append(names, input.Option)
		}
	}
	if len(names) > 1 {
		return &usage.Error{Message: strings.Join(names, " and ") + " are both standard input"}
	}
	if isWatched && len(names) > 0 {
		return &usage.Error{
			Message: "--watch reads the files again, and " + names[0] + " is standard input",
			Hint:    "give it by a file",
		}
	}
	return nil
}

// patience is how long a named pipe may be silent.
const patience = 10 * time.Second

// The reasons why a file isn't read.
var (
	errNotRegular = errors.New("it is a pipe, a socket or a device")
	errFolder     = errors.New("it is a folder")
	errSilent     = fmt.Errorf("it is a pipe that gave nothing for %d s", int(patience.Seconds()))
)

// errTooLarge is the reason for a file that is larger than a number of MiB.
type errTooLarge int

func (e errTooLarge) Error() string { return fmt.Sprintf("it is larger than %d MiB", int(e)) }

// whyUnreadable says why a file could not be read.
func whyUnreadable(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "there is no such file"
	case errors.Is(err, syscall.EISDIR):
		return errFolder.Error()
	case errors.Is(err, syscall.ENXIO):
		return errNotRegular.Error()
	case errors.Is(err, syscall.EAGAIN):
		return "it is a device that gives nothing now"
	case errors.Is(err, fs.ErrPermission):
		return "that is not allowed"
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

// read reads a file of the command line, or standard input for -. what is its name in an error.
func (r *Reader) read(path, what string) ([]byte, error) {
	content, err := r.readNamed(path)
	if err == nil {
		return content, nil
	}
	why := whyUnreadable(err)
	var large errTooLarge
	if errors.As(err, &large) || err == errSilent {
		return nil, &usage.Error{Message: what + strings.TrimPrefix(why, "it")}
	}
	hint := "PATH is that of a file with the secret, not the secret"
	switch {
	case err == errFolder:
		hint = "give the path of a file in that folder"
	case errors.Is(err, syscall.EACCES):
		hint = ""
	case what == "FILE" && errors.Is(err, fs.ErrNotExist) && usage.MeantBy(path) != "":
		hint = usage.MeantBy(path)
	case what == "FILE":
		hint = "FILE is the path of a credentials file, not its content"
	}
	return nil, &usage.Error{Message: what + " can't be read: " + why, Hint: hint}
}

// readNamed reads the user's FILE: a file, a device, a pipe such as the shell's <(command), or
// standard input for -. It waits for standard input, and some seconds for a pipe.
func (r *Reader) readNamed(path string) ([]byte, error) {
	if path == "-" {
		return collect(r.In)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errFolder
	case info.Mode()&fs.ModeSocket != 0:
		return nil, errNotRegular
	case info.Mode()&fs.ModeNamedPipe != 0:
		return readPipe(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return collect(file)
}

// readPipe reads a named pipe. Opening one waits for its writer.
func readPipe(path string) ([]byte, error) {
	type opened struct {
		file *os.File
		err  error
	}
	opening := make(chan opened, 1)
	go func() {
		file, err := os.Open(path)
		opening <- opened{file, err}
	}()
	select {
	case o := <-opening:
		if o.err != nil {
			return nil, o.err
		}
		defer o.file.Close()
		return collect(&pipe{o.file})
	case <-time.After(patience):
		return nil, errSilent
	}
}

// A pipe is a named pipe whose writer may not be silent for long.
type pipe struct{ *os.File }

func (p *pipe) Read(into []byte) (int, error) {
	p.SetReadDeadline(time.Now().Add(patience))
	n, err := p.File.Read(into)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSilent
	}
	return n, err
}

// readRegular reads a regular file, and doesn't wait for a pipe.
func readRegular(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errFolder
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	return collect(file)
}

// collect reads a possible credentials file to its end.
func collect(from io.Reader) ([]byte, error) {
	var content bytes.Buffer
	if _, err := io.CopyN(&content, from, credentials.MaxSize+1); err != io.EOF {
		if err != nil {
			return nil, err
		}
		if !archive.IsZIP(content.Bytes()) {
			return nil, errTooLarge(credentials.MaxSize >> 20)
		}
		rest := archive.MaxSize + 1 - int64(content.Len())
		if _, err := io.CopyN(&content, from, rest); err == nil {
			return nil, errTooLarge(archive.MaxSize >> 20)
		} else if err != io.EOF {
			return nil, err
		}
	}
	return content.Bytes(), nil
}

// secretText returns the secret in a file: its text without the final line break. It may be empty.
func secretText(content []byte, what string) (string, error) {
	text, ok := textOf(content)
	if !ok {
		return "", &usage.Error{Message: what + " is not text in UTF-8"}
	}
	secret, isBroken := strings.CutSuffix(text, "\n")
	if isBroken {
		secret = strings.TrimSuffix(secret, "\r")
	}
	return secret, nil
}

// notEmpty returns a secret that must not be empty.
func notEmpty(secret, what string) (string, error) {
	if secret == "" {
		return "", &usage.Error{Message: what + " holds no secret: it is empty"}
	}
	return secret, nil
}

// textOf returns UTF-8 bytes as text, without a byte order mark.
func textOf(content []byte) (text string, ok bool) {
	return strings.TrimPrefix(string(content), "\ufeff"), utf8.Valid(content)
}
