package credentials

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// maxWrapped is the number of wrappings that unwrapped undoes.
const maxWrapped = 3

// unwrapped undoes what environments, CI systems and imports do to a file: quotes around it, a
// string of JSON, base64. It returns any other text as it is.
func unwrapped(text string) string {
	for range maxWrapped {
		inner := text
		if last := len(text) - 1; last > 0 && text[0] == text[last] &&
			strings.IndexByte(`"'`, text[0]) >= 0 {
			inner = text[1:last]
			if unquoted, ok := jsonobject.Text(jsontext.Value(text)); ok {
				inner = unquoted
			}
		} else if decoded := strings.TrimSpace(fromBase64(text)); utf8.ValidString(decoded) &&
			(strings.HasPrefix(decoded, "{") || strings.Contains(decoded, "here.access.key.")) {
			inner = decoded
		}
		if inner = strings.TrimSpace(inner); inner == text {
			break
		}
		text = inner
	}
	return text
}

// fromBase64 decodes base64 or base64url, in one line or in several, or returns "".
func fromBase64(text string) string {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		case '\r', '\n', '=':
			return -1
		}
		return r
	}, text)
	decoded, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return ""
	}
	return string(decoded)
}

// withoutBreaks escapes the line breaks within the strings of what is nearly JSON: some imports
// make them of its \n.
func withoutBreaks(text string) []byte {
	out := make([]byte, 0, len(text)+64)
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\n':
			out = append(out, `\n`...)
		case inString && c == '\r':
			out = append(out, `\r`...)
		case inString && c == '\\' && i+1 < len(text):
			i++
			out = append(out, c, text[i])
		default:
			inString = inString != (c == '"')
			out = append(out, c)
		}
	}
	return out
}

// fromLatin1 returns a file of HERE's in ISO-8859-1, which its Java SDK reads, as UTF-8, or nil.
func fromLatin1(file []byte) []byte {
	if !bytes.Contains(file, []byte("here.access.key.")) || bytes.IndexByte(file, 0) >= 0 {
		return nil
	}
	runes := make([]rune, len(file))
	for i, c := range file {
		runes[i] = rune(c)
	}
	return []byte(string(runes))
}
