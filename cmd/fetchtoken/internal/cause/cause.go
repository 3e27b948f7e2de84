// Package cause names the reason of a failed operation of the system, as Node's error.code does.
// The words of an error may name a path, so the command doesn't print them.
package cause

import (
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"syscall"

	"github.com/fetchtoken/fetchtoken/internal/condition"
)

var names = []struct {
	err  error
	name string
}{
	{syscall.EPERM, "EPERM"},
	{syscall.EROFS, "EROFS"},
	{syscall.ENOSPC, "ENOSPC"},
	{fs.ErrNotExist, "ENOENT"},
	{exec.ErrNotFound, "ENOENT"},
	{fs.ErrExist, "EEXIST"},
	{fs.ErrPermission, "EACCES"},
	{syscall.EADDRINUSE, "EADDRINUSE"},
	{syscall.EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{syscall.EISDIR, "EISDIR"},
	{syscall.ENOTDIR, "ENOTDIR"},
	{syscall.ELOOP, "ELOOP"},
	{syscall.ENAMETOOLONG, "ENAMETOOLONG"},
	{syscall.EMFILE, "EMFILE"},
	{syscall.E2BIG, "E2BIG"},
	{syscall.EPIPE, "EPIPE"},
	{syscall.ETIMEDOUT, "ETIMEDOUT"},
	{syscall.ECONNRESET, "ECONNRESET"},
	{io.EOF, "ECONNRESET"}, // the other side has closed the connection
	{io.ErrUnexpectedEOF, "ECONNRESET"},
}

// Of returns the name of the reason, or "Error".
func Of(err error) string {
	for _, n := range names {
		if errors.Is(err, n.err) {
			return n.name
		}
	}
	if name := condition.Of(err); name != "" {
		return name
	}
	return "Error"
}
