package call

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
)

// The exit status if the API answers with an error: of the client (4xx), of the server (5xx).
const (
	clientError = 5
	serverError = 6
)

// printAnswer prints an answer, and returns the exit status.
func printAnswer(
	response *http.Response, origin string, withHeaders bool, out, errout io.Writer,
) (exit int, err error) {
	status := response.StatusCode
	_, text, _ := strings.Cut(response.Status, " ")
	text = fromLatin1(text)
	if withHeaders {
		lines := append([]string{fmt.Sprintf("HTTP %d %s", status, text)}, headerLines(response)...)
		for i, line := range lines {
			lines[i] = report.Printable(line) + "\n"
		}
		if _, err := io.WriteString(out, strings.Join(lines, "")+"\n"); err != nil {
			return 0, &report.WriteError{Err: err}
		}
	}
	written := &written{Writer: out}
	if err := printBody(response, written, report.IsTerminal(out)); err != nil {
		if written.err != nil {
			return 0, &report.WriteError{Err: written.err}
		}
		return 0, failure(err, "the answer of "+origin+" was cut off")
	}
	if status < 400 {
		return 0, nil
	}
	said := fmt.Sprintf("%s answers with status %d %s", origin, status, text)
	report.Complain(errout, strings.TrimRight(said, " "), "")
	if status < 500 {
		return clientError, nil
	}
	return serverError, nil
}

// fromLatin1 decodes a text of HTTP.
func fromLatin1(text string) string {
	decoded := make([]rune, len(text))
	for i := range len(text) {
		decoded[i] = rune(text[i])
	}
	return string(decoded)
}

// headerLines returns the headers of a response as fetch has them: in the order of their names, and
// those with the same name in one line.
func headerLines(response *http.Response) (lines []string) {
	headers := response.Header.Clone()
	if len(response.TransferEncoding) > 0 {
		headers["Transfer-Encoding"] = response.TransferEncoding
	}
	for name, values := range headers {
		name = strings.ToLower(name)
		if name != "set-cookie" {
			values = []string{strings.Join(values, ", ")}
		}
		for _, value := range values {
			lines = append(lines, name+": "+fromLatin1(value))
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		nameOfA, _, _ := strings.Cut(a, ":")
		nameOfB, _, _ := strings.Cut(b, ":")
		return strings.Compare(nameOfA, nameOfB)
	})
	return lines
}

var isJSON = regexp.MustCompile(`(?i)^application/([\w.-]+\+)?json\b`)

// A written remembers the error of writing.
type written struct {
	io.Writer
	err error
}

func (w *written) Write(p []byte) (n int, err error) {
	n, w.err = w.Writer.Write(p)
	return n, w.err
}

// printBody prints the body of a response while it comes. A terminal gets indented JSON, and
// control characters as escapes.
func printBody(response *http.Response, out io.Writer, isTerminal bool) error {
	plain, err := decompressed(response)
	if err != nil {
		return err
	}
	if !isTerminal {
		_, err = io.Copy(out, plain)
		return err
	}
	shown := &shown{out: out, last: '\n'}
	if isJSON.MatchString(response.Header.Get("Content-Type")) {
		shown.json = &indentedJSON{}
	}
	if _, err := io.Copy(shown, plain); err != nil {
		return err
	}
	return shown.end()
}

// decompressed returns the body of a response without the compression that the request permits.
func decompressed(response *http.Response) (io.Reader, error) {
	if !strings.EqualFold(response.Header.Get("Content-Encoding"), "gzip") {
		return response.Body, nil
	}
	compressed := bufio.NewReader(response.Body)
	if _, err := compressed.Peek(1); err == io.EOF {
		return compressed, nil // the answer to a HEAD
	}
	return gzip.NewReader(compressed)
}
