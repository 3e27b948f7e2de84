package execute

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
)

// What to check when a program can't be run.
var hints = map[string]string{
	"ENOENT": "there is no such program: check its name and PATH, and the first line of a script",
	"EACCES": "the file is no program: make it executable by chmod +x, or check its folders",
}

// The exit statuses for a program that can't be run (POSIX, "Exit Status for Commands").
const (
	notRun   = 126
	notFound = 127
)

// ofTerminal are the signals that a terminal sends to every process in its foreground, so to the
// program itself.
var ofTerminal = []os.Signal{syscall.SIGINT, syscall.SIGQUIT}

// WithoutSecrets returns an environment without the variables of fetchtoken and without the secret
// of HERE.
func WithoutSecrets(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(variable string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		return strings.HasPrefix(name, "FETCHTOKEN_") || name == "HERE_ACCESS_KEY_SECRET"
	})
}

// Program runs a program, passes signals on to it, and returns its exit status. If a signal ends
// the program, the same signal ends this process. Where that signal would only print the stack of
// Go, the status is 128 plus its number, as in a shell.
func Program(program, env []string, in io.Reader, out, errout io.Writer) int {
	isAtTerminal := slices.ContainsFunc([]any{in, out, errout}, report.IsTerminal)
	signals := make(chan os.Signal, 16)
	signal.Reset(os.Interrupt) // until here it ends the command
	signal.Notify(signals, append(passed, ofTerminal...)...)
	defer signal.Stop(signals)
	cmd, err := start(program, func(cmd *exec.Cmd) {
		cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, in, out, errout
	})
	if err != nil {
		code := cause.Of(err)
		report.Complain(errout, "the program can't be run: "+code, hints[code])
		if code == "ENOENT" {
			return notFound
		}
		return notRun
	}
	go func() {
		for s := range signals {
			if !isAtTerminal || !slices.Contains(ofTerminal, s) {
				cmd.Process.Signal(s) // it fails if the program has just ended
			}
		}
	}()
	cmd.Wait() // its error is in the ProcessState
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return cmd.ProcessState.ExitCode()
	}
	endBy(status.Signal())
	return 128 + int(status.Signal())
}

// start starts a program as execvp does: a program of the current folder that PATH names is run,
// and a file without an interpreter is a script of sh.
func start(program []string, prepare func(*exec.Cmd)) (*exec.Cmd, error) {
	cmd := exec.Command(program[0], program[1:]...)
	if errors.Is(cmd.Err, exec.ErrDot) {
		cmd.Err = nil
	}
	prepare(cmd)
	err := cmd.Start()
	if errors.Is(err, syscall.ENOEXEC) {
		cmd = exec.Command("/bin/sh", append([]string{cmd.Path}, program[1:]...)...)
		prepare(cmd)
		err = cmd.Start()
	}
	return cmd, err
}
