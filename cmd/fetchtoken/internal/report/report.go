// Package report writes to standard error, and chooses the exit status.
package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"golang.org/x/term"
)

// statuses are the exit statuses of the codes.
var statuses = map[string]int{
	core.CodeErrorResponse: 1, core.CodeHTTPError: 1, core.CodeInvalidResponse: 1,
	core.CodeResponseTooLarge: 1,
	core.CodeInvalidConfig:    2, core.CodeInvalidKey: 2, core.CodeInvalidCredentials: 2,
	core.CodeSourceFailed: 2,
	core.CodeNetwork:      3, core.CodeTimeout: 3, core.CodeRedirect: 3,
	core.CodeGrantUsed: 1, core.CodeSessionLost: 1,
}

// otherwise is the exit status of any other error.
const otherwise = 4

// Complain writes a message to standard error. hint may be "".
func Complain(errout io.Writer, message, hint string) {
	width := math.MaxInt
	if file, ok := errout.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			width = columns
		}
	}
	text := wrapped("fetchtoken: "+Printable(message), width) + "\n"
	if hint != "" {
		text += wrapped("hint: "+Printable(hint), width) + "\n"
	}
	io.WriteString(errout, text)
}

// wrapped breaks a line at blanks, so that no part is wider than a terminal unless it is one word.
// The further parts are indented.
func wrapped(line string, width int) string {
	var out strings.Builder
	column := 0
	for i, word := range strings.Split(line, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			column = length
		case column+1+length > width:
			out.WriteString("\n  ")
			column = 2 + length
		default:
			out.WriteByte(' ')
			column += 1 + length
		}
		out.WriteString(word)
	}
	return out.String()
}

// A WriteError says that standard output can't be written.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return e.Err.Error() }

// brokenPipe is the exit status of the signal that a pipe without a reader sends.
const brokenPipe = 141

// GiveUp writes the reason of a failure to standard error, and returns the exit status.
func GiveUp(errout io.Writer, err error) int {
	var wrong *usage.Error
	if errors.As(err, &wrong) {
		Complain(errout, wrong.Message, wrong.Hint)
		return 2
	}
	var unwritten *WriteError
	switch {
	case errors.As(err, &unwritten) && errors.Is(unwritten.Err, syscall.EPIPE):
		return brokenPipe // nobody reads
	case unwritten != nil:
		Complain(errout, "standard output can't be written: "+cause.Of(unwritten.Err), "")
		return otherwise
	}
	e := CoreError(err)
	if e == nil {
		Complain(errout, ReasonOf(err)+": please report it", "")
		return otherwise
	}
	Complain(errout, ReasonOf(err), hintOf(e))
	if status, ok := statuses[e.Code]; ok {
		return status
	}
	return otherwise
}

// ReasonOf returns the reason of a failure.
func ReasonOf(err error) string {
	if wrong, ok := errors.AsType[*usage.Error](err); ok {
		return wrong.Message
	}
	if e := CoreError(err); e != nil {
		return usage.MessageOf(e)
	}
	return fmt.Sprintf("unexpected %T", err) // its message could contain anything
}

// CoreError returns the error of package core, or nil for any other error. The words of a failed
// request are those of Node.
func CoreError(err error) *core.TokenError {
	var e *core.TokenError
	if errors.As(err, &e) {
		return e
	}
	var failed *fetchtoken.TokenError
	if !errors.As(err, &failed) {
		return nil
	}
	if e = inner.ErrorOf(failed); e == nil {
		e = core.NewError(string(failed.Code), failed.Message)
		e.Hint = failed.Hint
	}
	if e.Code == core.CodeNetwork && e.Cause != "" {
		renamed := *e
		renamed.Message = strings.TrimSuffix(e.Message, e.Cause) + nodeWords(e.Cause)
		return &renamed
	}
	return e
}

var (
	dialed = regexp.MustCompile(`^(E[A-Z]+): dial \w+ (\S+): .*$`)
	lookup = regexp.MustCompile(`^(E[A-Z_]+): dial \w+: lookup (\S+?)(?: on \S+)?: .*$`)
)

// nodeWords returns the words of Node for a server that can't be reached. Other words stay as they
// are, after the name of their condition.
func nodeWords(cause string) string {
	if strings.HasPrefix(cause, "WRONG_VERSION_NUMBER: ") {
		return "wrong version number" // OpenSSL's reason
	}
	cause = lookup.ReplaceAllString(cause, "getaddrinfo $1 $2")
	return dialed.ReplaceAllString(cause, "connect $1 $2")
}

func hintOf(e *core.TokenError) string {
	switch {
	case e.Hint != "":
		return usage.NameForCommand(e.Hint)
	case e.Code == core.CodeInvalidConfig && !strings.Contains(e.Message, ": leave it out"):
		field, _, _ := strings.Cut(e.Message, " ")
		return fieldHint(field)
	case strings.HasPrefix(e.Message, "no credentials were found"):
		return "give FILE, or --provider and --client-id; fetchtoken --help tells more"
	case e.OAuthError == "invalid_grant":
		return "if fetchtoken login began this session, run it again with the same FILE and options"
	case e.RetryAfter >= 0:
		return fmt.Sprintf("the server asks to wait %d s", e.RetryAfter)
	}
	return ""
}

// fieldHint returns the advice for the field that an error is about.
func fieldHint(field string) string {
	switch field {
	case "clientSecret":
		return usage.HowToGiveASecret
	case "privateKey":
		return "--private-key-file sets it"
	case "certificate":
		return "--certificate-file sets it"
	}
	if option := usage.OfSource(field); option != nil {
		file, _ := option.SourceVariables()
		return "--" + option.Name + " or " + file + " sets it"
	}
	option := usage.OfField(field)
	if option == nil {
		return ""
	}
	if variable := option.Variable(); variable != "" {
		return "--" + option.Name + " or " + variable + " sets it"
	}
	return "--" + option.Name + " sets it"
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
