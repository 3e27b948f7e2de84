//go:build unix

package execute

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/oauth2"
)

// TestMain runs the program of the arguments, if the test asks for it, as the command does.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_EXECUTE") == "" {
		os.Exit(m.Run())
	}
	token := &oauth2.Token{AccessToken: "token-1"}
	options := Options{Program: os.Args[1:], Variable: "MY_TOKEN"}
	os.Exit(Run(token, options, os.Stdin, os.Stdout, os.Stderr))
}

// command returns a process that runs a program, as the command does.
func command(t *testing.T, program ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, program...)
	cmd.Env = append(os.Environ(), "TEST_EXECUTE=1")
	return cmd
}

func TestEnvironment(t *testing.T) {
	cmd := command(t, "sh", "-c", `env; tr a-z A-Z; echo "$1" >&2`, "sh", "it's  -- --help")
	cmd.Env = append(cmd.Env, "FETCHTOKEN_PRIVATE_KEY=key", "fetchtoken_scope=a",
		"HERE_ACCESS_KEY_SECRET=secret", "HERE_ACCESS_KEY_ID=id", "MY_TOKEN=another")
	cmd.Stdin = strings.NewReader("input")
	var errout bytes.Buffer
	cmd.Stderr = &errout
	out, err := cmd.Output()
	lines := strings.Split(string(out), "\n")
	if err != nil || lines[len(lines)-1] != "INPUT" || errout.String() != "it's  -- --help\n" {
		t.Fatal(err, lines, errout.String())
	}
	for _, want := range []string{"MY_TOKEN=token-1", "HERE_ACCESS_KEY_ID=id", "PATH=" + os.Getenv("PATH")} {
		if !slices.Contains(lines, want) {
			t.Errorf("%s is missing in %q", want, lines)
		}
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(strings.ToUpper(line), "=")
		if strings.HasPrefix(name, "FETCHTOKEN") || strings.HasSuffix(name, "SECRET") {
			t.Errorf("the program gets %s", line)
		}
	}
}

func TestStatus(t *testing.T) {
	folder := t.TempDir()
	refused := filepath.Join(folder, "refused")
	script := filepath.Join(folder, "script")
	for path, mode := range map[string]os.FileMode{refused: 0o600, script: 0o700} {
		if err := os.WriteFile(path, []byte("exit $1\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	missing := "fetchtoken: the program can't be run: ENOENT\nhint: there is no such program: " +
		"check its name and PATH, and the first line of a script\n"
	locked := "fetchtoken: the program can't be run: EACCES\nhint: the file is no program: " +
		"make it executable by chmod +x, or check its folders\n"
	for _, c := range []struct {
		program []string
		status  int
		errout  string
	}{
		{[]string{"sh", "-c", "exit 0"}, 0, ""},
		{[]string{"sh", "-c", "exit 255"}, 255, ""},
		{[]string{script, "7"}, 7, ""}, // as execvp does
		{[]string{"no-such-program-1"}, 127, missing},
		{[]string{filepath.Join(folder, "none")}, 127, missing},
		{[]string{refused}, 126, locked},
		{[]string{"sh", "-c", "kill -USR1 $$"}, 128 + int(syscall.SIGUSR1), ""},
		{[]string{"sh", "-c", "kill -QUIT $$"}, 128 + int(syscall.SIGQUIT), ""},
	} {
		cmd := command(t, c.program...)
		var errout bytes.Buffer
		cmd.Stderr = &errout
		cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != c.status || errout.String() != c.errout {
			t.Errorf("%q: %v, %q", c.program, cmd.ProcessState, errout.String())
		}
	}
}

func TestSignals(t *testing.T) {
	for _, name := range []string{"TERM", "KILL", "INT", "HUP"} {
		cmd := command(t, "sh", "-c", "kill -"+name+" $$")
		cmd.Run()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		want := map[string]syscall.Signal{
			"TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP,
		}[name]
		if !status.Signaled() || status.Signal() != want {
			t.Errorf("%s: %v", name, cmd.ProcessState)
		}
	}
	for name, s := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP,
		"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "QUIT": syscall.SIGQUIT,
	} {
		script := `trap 'echo got; exit 3' ` + name + `; echo ready; while :; do read line || exit 4; done`
		cmd := command(t, "sh", "-c", script)
		in, _ := cmd.StdinPipe()
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 64)
		out.Read(text) // ready
		cmd.Process.Signal(s)
		n, _ := out.Read(text)
		cmd.Wait()
		in.Close()
		if string(text[:n]) != "got\n" || cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%s: %q, %v", name, text[:n], cmd.ProcessState)
		}
	}
}
