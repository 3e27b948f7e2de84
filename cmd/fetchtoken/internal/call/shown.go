package call

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
)

// A shown shows an answer at a terminal: JSON is indented, and control characters become visible.
type shown struct {
	out    io.Writer
	json   *indentedJSON // nil if the answer isn't JSON
	begun  bool
	part   []byte // the beginning of a character
	last   rune
	result strings.Builder
}

func (s *shown) Write(chunk []byte) (int, error) {
	text := append(s.part, chunk...)
	s.result.Reset()
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if s.begun || r != '\ufeff' {
			s.show(r)
		}
		s.begun = true
	}
	s.part = append([]byte(nil), text...)
	if _, err := io.WriteString(s.out, s.result.String()); err != nil {
		return 0, err
	}
	return len(chunk), nil
}

func (s *shown) show(r rune) {
	whole := string(r)
	if r != '\n' && r != '\t' {
		whole = report.Printable(whole)
	}
	for _, r := range whole {
		s.last = r
		if s.json == nil {
			s.result.WriteRune(r)
		} else {
			s.json.push(&s.result, r)
		}
	}
}

// end ends the last line.
func (s *shown) end() (err error) {
	if s.json != nil || s.last != '\n' {
		_, err = io.WriteString(s.out, "\n")
	}
	return err
}

// deepest is the deepest indentation, so that hostile nesting doesn't make the output long.
const deepest = 40

// An indentedJSON indents JSON while it comes in. Numbers and strings stay as they are.
type indentedJSON struct {
	depth                       int
	isOpened, isText, isEscaped bool
}

// push writes the next character, with indentation.
func (j *indentedJSON) push(out *strings.Builder, r rune) {
	if j.isText {
		j.isText = j.isEscaped || r != '"'
		j.isEscaped = !j.isEscaped && r == '\\'
		out.WriteRune(r)
		return
	}
	if unicode.IsSpace(r) {
		return
	}
	wasOpened, closes := j.isOpened, r == '}' || r == ']'
	j.isOpened, j.isText = r == '{' || r == '[', r == '"'
	if closes {
		j.depth = max(0, j.depth-1)
	}
	if wasOpened != closes {
		out.WriteString(j.line())
	}
	out.WriteRune(r)
	switch {
	case j.isOpened:
		j.depth++
	case r == ',':
		out.WriteString(j.line())
	case r == ':':
		out.WriteByte(' ')
	}
}

func (j *indentedJSON) line() string {
	return "\n" + strings.Repeat("  ", min(j.depth, deepest))
}
