// Package jsonobject splits JSON objects into their members and keeps each value as its original
// text.
//
// This project needs the original text: a server's unknown members pass through unchanged, numbers
// lose no digits, claims keep their order.
package jsonobject

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is the deepest nesting of arrays and objects.
const MaxDepth = 64

// RFC 8259 section 8.1 allows a parser to ignore the byte order mark, and some servers send one.
var byteOrderMark = []byte("\ufeff")

// A Member is a name in an object with the text of its value.
type Member struct {
	Name  string
	Value jsontext.Value
}

// An Object is the members of a JSON object in order. No name occurs twice, unless [ParseLoose]
// read it.
type Object []Member

// Get returns the value of a member, or nil.
//
//go:noinline
func (o Object) Get(name string) jsontext.Value {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Text returns the value of a member that is a string, and "" for any other value.
func (o Object) Text(name string) string {
	s, _ := Text(o.Get(name))
	return s
}

// Set replaces the value of a member in place, or appends the member.
func (o Object) Set(name string, value jsontext.Value) Object {
	for i := range o {
		if o[i].Name == name {
			o[i].Value = value
			return o
		}
	}
	return append(o, Member{name, value})
}

// An Index maps names to an object's members, for many look-ups.
type Index map[string]int

// Index returns the index of the members.
func (o Object) Index() Index {
	index := make(Index, len(o))
	for i, m := range o {
		index[m.Name] = i
	}
	return index
}

// Append appends the object's JSON text to dst.
func (o Object) Append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendText(dst, m.Name)
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return append(dst, '}')
}

// Parse reads text as one JSON object. The errors complete a sentence that begins with a name for
// the text ("the response …"). They never repeat any of it, because it may contain secrets.
func Parse(text []byte) (Object, error) {
	if object, ok := flat(text); ok {
		return object, nil
	}
	value, err := validate(text, false)
	if err != nil {
		return nil, err
	}
	return members(value)
}

// ParseLoose reads text of a foreign sender as JSON.parse does: a name may occur more than once,
// and each byte that is not UTF-8 becomes U+FFFD. Its errors are like those of Parse.
//
//go:noinline
func ParseLoose(text []byte) (Object, error) {
	if object, ok := flat(text); ok {
		return object, nil
	}
	value, err := validate(text, true)
	if err != nil {
		return nil, err
	}
	return members(value)
}

// members splits valid JSON.
func members(value jsontext.Value) (Object, error) {
	if value.Kind() != '{' {
		return nil, errors.New("is JSON but not an object")
	}
	object := make(Object, 0, 8)
	for i := next(value, 1); value[i] != '}'; {
		end := skip(value, i)
		name, _ := Text(value[i:end])
		i = next(value, next(value, end)+1) // after ":"
		end = skip(value, i)
		object = append(object, Member{name, value[i:end:end]})
		if i = next(value, end); value[i] == ',' {
			i = next(value, i+1)
		}
	}
	return object, nil
}

// Elements reads text as one JSON array. Its errors are like those of Parse.
func Elements(text []byte) ([]jsontext.Value, error) { return elements(text, false) }

// ElementsLoose is like Elements, with the rules of ParseLoose.
func ElementsLoose(text []byte) ([]jsontext.Value, error) { return elements(text, true) }

func elements(text []byte, loose bool) ([]jsontext.Value, error) {
	value, err := validate(text, loose)
	if err != nil {
		return nil, err
	}
	if value.Kind() != '[' {
		return nil, errors.New("is not an array")
	}
	var elements []jsontext.Value
	for i := next(value, 1); value[i] != ']'; {
		end := skip(value, i)
		elements = append(elements, value[i:end:end])
		if i = next(value, end); value[i] == ',' {
			i = next(value, i+1)
		}
	}
	return elements, nil
}

// Valid says whether text is one JSON value.
func Valid(text []byte) bool {
	_, err := validate(text, false)
	return err == nil
}

// validate returns the only JSON value in text, without surrounding white space.
func validate(text []byte, loose bool) (jsontext.Value, error) {
	text = bytes.Trim(bytes.TrimPrefix(text, byteOrderMark), " \t\r\n")
	isUTF8 := utf8.Valid(text)
	if !isUTF8 && loose {
		text = []byte(string([]rune(string(text))))
	}
	switch {
	case len(text) == 0:
		return nil, errors.New("is empty")
	case text[0] == '<':
		return nil, errors.New("is HTML or XML, not JSON")
	case !isUTF8 && (!loose || text[0] != '{'):
		return nil, errors.New("is not valid UTF-8")
	case tooDeep(text):
		return nil, errors.New("is nested too deeply")
	}
	r := readers.Get().(*reader)
	r.text = *bytes.NewBuffer(text)
	r.decoder.Reset(&r.text, jsontext.AllowDuplicateNames(loose), jsontext.AllowInvalidUTF8(loose))
	value, err := r.decoder.ReadValue()
	r.text = bytes.Buffer{} // text may be secret, so nothing keeps it
	readers.Put(r)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("ends too early: it was cut off")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return nil, errors.New("has a member twice")
	case err != nil:
		return nil, errors.New("is not JSON")
	case len(value) != len(text):
		return nil, errors.New("has more text after its JSON")
	}
	return text, nil // a copy, because the decoder's slice is valid only until its next read
}

// A reader is kept for the next text, because making a decoder takes longer than reading a token
// response.
type reader struct {
	decoder jsontext.Decoder
	text    bytes.Buffer
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// tooDeep only counts brackets: the text need not be JSON.
func tooDeep(text []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// next returns where the first token of valid JSON at or after i begins.
func next(value jsontext.Value, i int) int {
	for value[i] == ' ' || value[i] == '\t' || value[i] == '\r' || value[i] == '\n' {
		i++
	}
	return i
}

// skip returns where the value at i ends, in valid JSON.
func skip(value jsontext.Value, i int) int {
	for depth := 0; ; {
		switch value[i] {
		case '"':
			for i++; value[i] != '"'; i++ {
				if value[i] == '\\' {
					i++
				}
			}
			i++
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue // within a nested value
		default:
			for i < len(value) && !endsLiteral(value[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

func endsLiteral(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// Text returns the text of a JSON string, and whether value is a whole string.
//
//go:noinline
func Text(value jsontext.Value) (string, bool) {
	if value.Kind() != '"' || len(value) < 2 || value[len(value)-1] != '"' {
		return "", false
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	unquoted, err := jsontext.AppendUnquote(nil, value)
	return string(unquoted), err == nil
}

// AppendText appends s as a JSON string.
func AppendText(dst []byte, s string) []byte {
	// its only error is invalid UTF-8, for which it writes U+FFFD
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// Compact returns valid JSON without white space between its tokens.
func Compact(value jsontext.Value) jsontext.Value {
	if bytes.IndexByte(value, ' ') < 0 && bytes.IndexByte(value, '\n') < 0 &&
		bytes.IndexByte(value, '\t') < 0 &&
		bytes.IndexByte(value, '\r') < 0 {
		return value
	}
	out := make(jsontext.Value, 0, len(value))
	inString := false
	for i := 0; i < len(value); i++ {
		c := value[i]
		if inString && c == '\\' {
			out = append(out, c)
			i++
			c = value[i]
		} else if c == '"' {
			inString = !inString
		}
		if inString || c > ' ' {
			out = append(out, c)
		}
	}
	return out
}

// HasLineBreak says whether a string in valid JSON, at any depth, contains CR, LF or NUL.
func HasLineBreak(value jsontext.Value) bool {
	for i := 0; i+1 < len(value); i++ {
		if value[i] != '\\' { // outside strings there is none, and in strings JSON escapes them
			continue
		}
		i++
		switch value[i] {
		case 'n', 'r':
			return true
		case 'u':
			switch string(value[i+1 : i+5]) {
			case "0000", "000a", "000A", "000d", "000D":
				return true
			}
		}
	}
	return false
}
