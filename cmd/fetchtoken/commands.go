package main

import (
	"context"
	"io"
	"os"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/call"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/configuration"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/execute"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/login"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/logout"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/proxy"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/token"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// commands are the commands that do more than print a text. Each returns its exit status.
var commands = map[string]func(context.Context, *usage.Arguments) (exit int, err error){
	"call": callAPI, "exec": runProgram, "login": logIn, "logout": logOut, "proxy": serveProxy,
}

// readerOf returns the reader of a command line. Standard input is not for the secret, unless an
// option says so.
func readerOf(
	files []string, values usage.Values, inputs []configuration.Input,
) *configuration.Reader {
	return &configuration.Reader{
		Files: files, Values: values, Inputs: inputs, In: os.Stdin, Errout: os.Stderr,
	}
}

// callAPI is fetchtoken call.
func callAPI(ctx context.Context, given *usage.Arguments) (int, error) {
	c, err := call.New(given.Positionals, given.Values)
	if err != nil {
		return 0, err
	}
	config, err := readerOf(c.Files, given.Values, c.Inputs).Read(ctx)
	if err != nil {
		return 0, err
	}
	origins, err := c.Origins(config.Provider, config.Environment)
	if err == nil {
		err = c.Open(os.Stdin)
	}
	if err != nil {
		return 0, err
	}
	options := fetchtoken.Options{Origins: origins}
	source, err := token.New(ctx, config, given.Values, true, options, os.Stderr)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	return c.Run(ctx, source.Client, os.Stdout, os.Stderr)
}

// runProgram is fetchtoken exec.
func runProgram(ctx context.Context, given *usage.Arguments) (int, error) {
	options := execute.Options{Program: given.Program}
	err := options.Check()
	if err == nil {
		options.Variable, err = token.VariableName(given.Values)
	}
	if err != nil {
		return 0, err
	}
	config, err := readerOf(given.Positionals, given.Values, nil).Read(ctx)
	if err != nil {
		return 0, err
	}
	got, err := token.Get(ctx, config, given.Values, true, os.Stderr)
	if err != nil {
		return 0, err
	}
	io.WriteString(os.Stderr, token.MaskInLogs(got, report.IsTerminal(os.Stderr)))
	return execute.Run(got, options, os.Stdin, os.Stdout, os.Stderr), nil
}

// logIn is fetchtoken login.
func logIn(ctx context.Context, given *usage.Arguments) (int, error) {
	l := &login.Login{Values: given.Values, Out: os.Stdout, Errout: os.Stderr}
	if err := l.Check(); err != nil {
		return 0, err
	}
	config, err := readerOf(given.Positionals, given.Values, nil).Read(ctx)
	if err != nil {
		return 0, login.OfConfiguration(err)
	}
	return 0, l.Run(ctx, config)
}

// logOut is fetchtoken logout.
func logOut(ctx context.Context, given *usage.Arguments) (int, error) {
	config, err := readerOf(given.Positionals, given.Values, nil).Read(ctx)
	if err != nil {
		return 0, err
	}
	return 0, logout.Run(ctx, config, given.Values, os.Stderr)
}

// serveProxy is fetchtoken proxy.
func serveProxy(ctx context.Context, given *usage.Arguments) (int, error) {
	p, err := proxy.New(given.Values, given.Program)
	if err != nil {
		return 0, err
	}
	reader := readerOf(given.Positionals, given.Values, nil)
	config, err := reader.Read(ctx)
	if err != nil {
		return 0, err
	}
	options := fetchtoken.Options{Origins: p.Origins}
	if given.Values.Has("watch") {
		watch := reader.Watch(config)
		options.Config = func(ctx context.Context) (fetchtoken.Config, error) {
			return inner.ConfigOf(watch(ctx)).(fetchtoken.Config), nil
		}
	}
	source, err := token.New(ctx, config, given.Values, true, options, os.Stderr)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	if _, err := source.Client.TokenContext(ctx); err != nil {
		return 0, err // without a token the proxy does not start
	}
	source.Tell()
	return p.Run(ctx, source.Client, os.Stdin, os.Stdout, os.Stderr)
}
