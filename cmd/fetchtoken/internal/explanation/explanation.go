// Package explanation prints a request instead of sending it.
package explanation

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/core"
)

// Text returns the explanation as text for people.
func Text(e *core.Explanation) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s\n", e.Request.Method, report.Printable(e.Request.URL))
	for _, h := range e.Request.Headers {
		out.WriteString(report.Printable(h.Name+": "+h.Value) + "\n")
	}
	out.WriteString("\n" + report.Printable(e.Request.Body) + "\n\n")
	if e.BaseString != "" {
		fmt.Fprintf(&out, "The signature base string (RFC 5849 section 3.4.1):\n  %s\n\n",
			report.Printable(e.BaseString))
	}
	if e.Header != nil {
		fmt.Fprintf(&out, "The assertion (RFC 7523):\n  header %s\n  claims %s\n\n",
			report.JSON(e.Header.Append(nil), ""), report.JSON(e.Claims.Append(nil), ""))
	}
	out.WriteString("Why:\n" + reasons(e.Choices))
	return out.String()
}

// reasons returns the table of the fields, of those who decided them, and of their values.
func reasons(choices []core.Choice) string {
	rows := make([][3]string, len(choices))
	var widest [2]int
	for i, c := range choices {
		rows[i] = [3]string{
			report.Printable(c.Field), report.Printable(c.From), report.Printable(c.Value),
		}
		for column := range widest {
			widest[column] = max(widest[column], length(rows[i][column]))
		}
	}
	text := ""
	for _, row := range rows {
		text += "  "
		for column, columns := range widest {
			text += row[column] + strings.Repeat(" ", columns-length(row[column])) + "  "
		}
		text += row[2] + "\n"
	}
	return text
}

// length returns the length of a text as JavaScript counts it.
func length(text string) int { return len(utf16.Encode([]rune(text))) }

// Curl returns the request as a command for a POSIX shell.
func Curl(e *core.Explanation) string {
	text := "curl " + report.ShellWord(e.Request.URL) + " \\\n  "
	for _, h := range e.Request.Headers {
		text += "-H " + report.ShellWord(h.Name+": "+h.Value) + " \\\n  "
	}
	return text + "--data-raw " + report.ShellWord(e.Request.Body) + "\n"
}

// LifeOf says how often and until when the request works.
func LifeOf(e *core.Explanation) string {
	once := ""
	if e.SingleUse {
		once = "once, "
	}
	timestamp := "oauth_timestamp"
	switch {
	case e.ExpiresAt >= 0:
		end := time.Unix(e.ExpiresAt, 0).UTC().Format("2006-01-02T15:04:05.000Z")
		return "it works " + once + "until " + end + ", when the assertion expires"
	case e.BaseString == "" && e.Header == nil:
		return "it works as long as the credentials do"
	case e.BaseString == "":
		timestamp = "iat of the assertion"
	}
	return "it works " + once + "for a short while: the server decides how old the " + timestamp +
		" may be"
}
