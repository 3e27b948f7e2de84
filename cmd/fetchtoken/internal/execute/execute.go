// Package execute is fetchtoken exec: it runs a program with the token, and without the secret, in
// its environment. js/cli/exec.js and js/cli/program.js do the same.
package execute

import (
	"io"
	"os"

	"golang.org/x/oauth2"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// Options are the options of fetchtoken exec.
type Options struct {
	Program  []string // the program and its arguments
	Variable string   // the name of the variable that holds the token
}

// Check refuses a command line without a program. It is called before the configuration is read.
func (o *Options) Check() error {
	if len(o.Program) == 0 {
		return &usage.Error{
			Message: "exec has no program to run",
			Hint:    "write it behind --: fetchtoken exec credentials.zip -- PROGRAM",
		}
	}
	return nil
}

// Run runs the program with the token, and returns the exit status.
func Run(token *oauth2.Token, options Options, in io.Reader, out, errout io.Writer) int {
	env := append(WithoutSecrets(os.Environ()), options.Variable+"="+token.AccessToken)
	return Program(options.Program, env, in, out, errout)
}
