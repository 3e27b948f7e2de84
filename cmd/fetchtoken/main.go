// The command fetchtoken prints an access token, and nothing else, on standard output.
// fetchtoken --help describes it, and so does docs/command.md of the project.
//
//	go install github.com/fetchtoken/fetchtoken/cmd/fetchtoken@latest
//
// The command of the npm package has the same options and the same output.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/configuration"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/explanation"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/signin"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/token"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// interrupted is the exit status of the signal, as of a shell.
const interrupted = 130

func main() {
	// net/http logs what a server sends after the end of an answer, which may be a token
	log.SetOutput(io.Discard)
	// Without a listener, a pipe that nobody reads would end the process by the signal.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		<-interrupts
		os.Exit(interrupted)
	}()
	os.Exit(run(context.Background(), os.Args[1:]))
}

// run runs a command line, and returns the exit status.
func run(ctx context.Context, line []string) int {
	exit, err := runLine(ctx, line)
	if err != nil {
		return report.GiveUp(os.Stderr, err)
	}
	return exit
}

func runLine(ctx context.Context, line []string) (exit int, err error) {
	given, err := usage.Parse(line)
	if err != nil {
		return 0, err
	}
	if runs := commands[given.Name]; runs != nil && !given.Values.Has("help") {
		if _, err := given.Values.Timeout(); err != nil { // before a file is read
			return 0, err
		}
		return runs(ctx, given)
	}
	text, err := answer(ctx, given)
	if err != nil {
		return 0, err
	}
	if _, err = io.WriteString(os.Stdout, text); err != nil {
		return 0, &report.WriteError{Err: err}
	}
	return 0, nil
}

// answer returns what a command line prints.
func answer(ctx context.Context, given *usage.Arguments) (string, error) {
	values := given.Values
	switch {
	case values.Has("help"):
		return given.Help(), nil
	case values.Has("version"):
		info, _ := debug.ReadBuildInfo()
		return version(info) + "\n", nil
	}
	if _, err := values.Timeout(); err != nil { // before a file is read
		return "", err
	}
	switch given.Name {
	case "":
		return printed(ctx, given)
	case "completion":
		return usage.Completion(given.Positionals)
	}
	return "", &usage.Error{
		Message: "fetchtoken " + given.Name + " is not part of the command in Go",
		Hint:    "npx fetchtoken " + given.Name + " is that of the npm package",
	}
}

// printed returns the token, or the request instead of it.
func printed(ctx context.Context, given *usage.Arguments) (string, error) {
	values := given.Values
	format, err := token.FormatOf(values)
	if err != nil {
		return "", err
	}
	reader := configuration.Reader{
		Files: given.Positionals, Values: values, Asks: true, In: os.Stdin, Errout: os.Stderr,
	}
	config, err := reader.Read(ctx)
	if err != nil {
		return "", err
	}
	if values.Has("explain") || values.Has("curl") {
		return explained(ctx, config, values)
	}
	got, err := token.Get(ctx, config, values, format.IsCalledOften, os.Stderr)
	if err != nil {
		return "", err
	}
	io.WriteString(os.Stderr, token.MaskInLogs(got, report.IsTerminal(os.Stderr)))
	return format.Text(got)
}

// explained returns the request instead of sending it.
func explained(ctx context.Context, config core.Config, values usage.Values) (string, error) {
	showSecrets := values.Has("show-secrets")
	signIn, err := signin.Of(ctx, config)
	if err != nil {
		return "", err
	}
	if signIn != nil && signIn.IsLasting() {
		config = signIn.Unseen().On(config)
	}
	e, err := inner.Explain(ctx, config, showSecrets)
	if err != nil {
		return "", err
	}
	var parts []string
	if values.Has("explain") {
		parts = append(parts, explanation.Text(e))
	}
	if values.Has("curl") {
		parts = append(parts, explanation.Curl(e))
	}
	for _, c := range e.Choices {
		if c.Field == "allowHttp" {
			report.Complain(os.Stderr, "the request goes over http, without encryption: everybody in "+
				"between can read the credentials and the token (--allow-http)", "")
			break
		}
	}
	switch {
	case values.Has("curl") && showSecrets:
		report.Complain(os.Stderr, explanation.LifeOf(e), "")
	case values.Has("curl"):
		report.Complain(os.Stderr,
			"the secrets are left out: --show-secrets prints a command that works", "")
	}
	return strings.Join(parts, "\n"), nil
}

// version returns the version of the module that was built. That of a checkout without a tag names
// its commit, and says whether files were changed: 0.0.0-20261129111151-554975187920+dirty. A build
// that knows no commit, such as one with -buildvcs=false, has no version.
func version(info *debug.BuildInfo) string {
	if info == nil || !strings.HasPrefix(info.Main.Version, "v") {
		return "(devel)"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
