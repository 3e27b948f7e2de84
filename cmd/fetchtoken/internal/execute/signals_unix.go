//go:build unix

package execute

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// passed are the signals that the command passes on to the program.
var passed = []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// fatal are the signals that end a process of Go without printing its stack.
var fatal = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}

// endBy ends this process by a signal, unless that is ignored or doesn't end a process of Go.
func endBy(s syscall.Signal) {
	if !slices.Contains(fatal, os.Signal(s)) || signal.Ignored(s) {
		return
	}
	signal.Reset(s)
	if syscall.Kill(os.Getpid(), s) == nil {
		time.Sleep(time.Second) // the signal comes before that
	}
}
