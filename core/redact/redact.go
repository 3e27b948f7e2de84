// Package redact finds secrets in texts of servers and hosts, and removes them.
package redact

import (
	"bytes"
	"strings"
)

// Mark replaces a secret. It can't be a secret itself: a configuration in which it is one was
// printed before.
const Mark = "[redacted]"

const (
	// maxText is the most characters of a server's text that an error repeats.
	maxText = 500
	// maxSearched is the most bytes of a server's text that are searched for secrets. The rest is cut
	// off before.
	maxSearched = 8 << 10
	// maxTokens is the most bytes of tokens in a response. If there are more, no error shows any text
	// of the response.
	maxTokens = 64 << 10
	// maxEncoded is the most bytes of them that are also searched for in base64 and hexadecimal.
	maxEncoded = 8 << 10
)

// tokensIn returns the tokens of a response: members with the names of RFC 6749 and OpenID Connect,
// in any spelling and at any depth, and every long value that is called a token. The body need not
// be JSON as a whole, and may contain JSON in a JSON string.
func tokensIn(body []byte) []string { return appendTokensIn(nil, body, 0) }

// maxQuoted is how often JSON may be nested in JSON strings. It keeps the work linear.
const maxQuoted = 4

func appendTokensIn(tokens []string, body []byte, quoted int) []string {
	lookInto := func(text []byte) {
		if quoted < maxQuoted && bytes.Contains(text, []byte(`\"`)) {
			tokens = appendTokensIn(tokens, unquoted(text), quoted+1)
		}
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '"' {
			continue
		}
		end := endOfString(body, i)
		name := body[i:end]
		i = end - 1
		at := nextToken(body, end)
		if at == len(body) || body[at] != ':' {
			lookInto(name)
			continue
		}
		if at = nextToken(body, at+1); at == len(body) || body[at] != '"' {
			continue
		}
		end = endOfString(body, at)
		if token := string(body[at+1 : end]); isToken(string(name), token) {
			tokens = append(tokens, strings.TrimSuffix(token, `"`))
		}
		lookInto(body[at:end])
		i = end - 1
	}
	return tokens
}

// unquoted returns the contents of a JSON string, with quotation marks and backslashes unescaped.
func unquoted(text []byte) []byte {
	inner := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
			i++
		} else if text[i] == '"' {
			continue // the value's own
		}
		inner = append(inner, text[i])
	}
	return inner
}

// isToken says whether a member with that name and value is a token. Both are in JSON form.
func isToken(name, value string) bool {
	if len(name) > 100 {
		return false
	}
	plain, _, _ := comparableForm(name, false)
	plain = strings.ReplaceAll(strings.ReplaceAll(strings.Trim(plain, `"`), "_", ""), "-", "")
	switch plain {
	case "accesstoken", "refreshtoken", "idtoken":
		return true
	}
	return strings.HasSuffix(plain, "token") && len(value) > 16 // {"token":"expired"} is no token
}

// endOfString returns where the string at i ends, or the text.
func endOfString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// nextToken returns where the white space at i ends.
func nextToken(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return i
}

// isHidden says whether a character is a control or a format character (Unicode's categories Cc and
// Cf, and its two separators of lines): it shows nothing, but changes how the rest is shown.
func isHidden(c rune) bool {
	switch {
	case c < ' ', 0x7f <= c && c < 0xa0, c == 0xad, 0x600 <= c && c <= 0x605, c == 0x61c,
		c == 0x6dd, c == 0x70f, c == 0x890, c == 0x891, c == 0x8e2, c == 0x180e,
		0x200b <= c && c <= 0x200f, 0x2028 <= c && c <= 0x202e, 0x2060 <= c && c <= 0x206f,
		c == 0xfeff, 0xfff9 <= c && c <= 0xfffb, c == 0x110bd, c == 0x110cd,
		0x13430 <= c && c <= 0x1343f, 0x1bca0 <= c && c <= 0x1bca3, 0x1d173 <= c && c <= 0x1d17a,
		0xe0000 <= c && c <= 0xe007f:
		return true
	}
	return false
}

// Clean turns control and format characters and broken UTF-8 into blanks and cuts the text after
// limit characters.
func Clean(text string, limit int) string {
	out := make([]rune, 0, min(len(text), limit+1))
	for _, c := range text {
		if len(out) == limit {
			return strings.TrimSpace(string(out)) + "…"
		}
		if c == '\ufffd' || isHidden(c) {
			c = ' '
		}
		out = append(out, c)
	}
	return strings.TrimSpace(string(out))
}
