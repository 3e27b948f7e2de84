// Package output writes to standard error. js/cli/output.js and js/cli/printable.js write the same
// bytes.
package output

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// A UsageError is an error that the user of the command can mend. Its message contains no argument
// except the name of an option: any other argument may be a misplaced secret.
type UsageError struct {
	Message, Hint string // Hint may be empty
}

func (e *UsageError) Error() string { return e.Message }

// Usage returns a UsageError. At most one hint may follow the message.
func Usage(message string, hint ...string) error {
	return &UsageError{message, strings.Join(hint, "")}
}

// Complain writes a message, and its hint if there is one, to standard error.
func Complain(errout io.Writer, message, hint string) {
	text := "fetchtoken: " + Printable(message) + "\n"
	if hint != "" {
		text += "hint: " + Printable(hint) + "\n"
	}
	io.WriteString(errout, text) // if nobody reads it, nobody misses it
}

// Printable returns text with the characters that a terminal obeys or doesn't show written as
// \u{1b}. A file, an argument, a key or a server's response may contain them.
func Printable(text string) string {
	if strings.IndexFunc(text, Unseen) < 0 {
		return text
	}
	var printable strings.Builder
	for _, r := range text {
		if Unseen(r) {
			fmt.Fprintf(&printable, `\u{%x}`, r)
		} else {
			printable.WriteRune(r)
		}
	}
	return printable.String()
}

// Unseen reports whether a character is a control or format character (bidirectional controls,
// zero widths, tags), a line or paragraph separator, unassigned, private or invisible
// (Default_Ignorable_Code_Point).
func Unseen(r rune) bool {
	return !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsTerminal reports whether a stream of the command, such as standard output, is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
