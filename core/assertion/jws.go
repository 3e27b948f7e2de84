// Package assertion signs JSON Web Tokens for client authentication (RFC 7515, RFC 7518, RFC 7523,
// RFC 8037).
//
// [SigningInput] makes the data to sign, [Sign] signs them with a [Key], [Compact] joins both. A
// host with a key that can't be exported (WebCrypto, a KMS) signs the same data elsewhere.
package assertion

import (
	"encoding/base64"
	"errors"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// SigningInput returns the JWS signing input of RFC 7515 section 5.1: the encoded header, ".", the
// encoded claims.
func SigningInput(header, claims jsonobject.Object) string {
	b := appendBase64URL(nil, header.Append(nil))
	b = append(b, '.')
	return string(appendBase64URL(b, claims.Append(nil)))
}

// Compact returns the JWS in its compact serialization (RFC 7515 section 7.1).
func Compact(signingInput string, signature []byte) string {
	return string(appendBase64URL([]byte(signingInput+"."), signature))
}

func appendBase64URL(dst, src []byte) []byte { return base64.RawURLEncoding.AppendEncode(dst, src) }

// Merge returns base with overrides. A member with the same name replaces the value in place, a new
// one is appended, and null removes one. So a caller can change every default and remove it.
func Merge(base, overrides jsonobject.Object) jsonobject.Object {
	merged := append(make(jsonobject.Object, 0, len(base)+len(overrides)), base...)
	places := merged.Index() // a caller may have thousands
	for _, m := range overrides {
		if i, known := places[m.Name]; known {
			merged[i] = m
			continue
		}
		places[m.Name] = len(merged)
		merged = append(merged, m)
	}
	kept := merged[:0]
	for _, m := range merged {
		if m.Value.Kind() != 'n' {
			kept = append(kept, m)
		}
	}
	return kept
}

// Expand normalizes object: every string has one spelling, there is no white space between tokens,
// and each {name} in a string, at any depth, is replaced by the result of lookup. An unknown name
// is an error that names it. Without lookup, braces are plain text.
func Expand(
	object jsonobject.Object,
	lookup func(name string) (string, bool),
) (jsonobject.Object, error) {
	expanded := make(jsonobject.Object, len(object))
	for i, m := range object {
		value, err := expandStrings(jsonobject.Compact(m.Value), lookup)
		if err != nil {
			return nil, errors.New(short(m.Name) + " " + err.Error())
		}
		expanded[i] = jsonobject.Member{Name: m.Name, Value: value}
	}
	return expanded, nil
}

// expandStrings reads valid JSON without white space. A string before ":" is a name.
func expandStrings(
	value jsontext.Value,
	lookup func(string) (string, bool),
) (jsontext.Value, error) {
	if len(value) == 0 {
		return nil, nil
	}
	out := make(jsontext.Value, 0, len(value)+64)
	for i := 0; i < len(value); {
		if value[i] != '"' {
			out = append(out, value[i])
			i++
			continue
		}
		end := i + 1
		for value[end] != '"' {
			if value[end] == '\\' {
				end++
			}
			end++
		}
		end++
		text, _ := jsonobject.Text(value[i:end])
		isName := end < len(value) && value[end] == ':'
		if !isName && lookup != nil {
			var err error
			if text, err = replacePlaceholders(text, lookup); err != nil {
				return nil, err
			}
		}
		out = jsonobject.AppendText(out, text)
		i = end
	}
	return out, nil
}

func replacePlaceholders(text string, lookup func(string) (string, bool)) (string, error) {
	var out []byte
	rest := text
	for {
		open, end := placeholder(rest)
		if open < 0 {
			return string(append(out, rest...)), nil
		}
		name := rest[open+1 : end]
		value, known := lookup(name)
		if !known {
			return "", errors.New(
				"holds the unknown placeholder {" + short(
					name,
				) + "}: {clientId}, {keyId}, {tokenEndpoint}, {origin} and {issuer} are known",
			)
		}
		if value == "" {
			return "", errors.New("needs " + name + ", which is missing")
		}
		out = append(append(out, rest[:open]...), value...)
		rest = rest[end+1:]
	}
}

// short prepares a foreign name for an error: printable ASCII, and at most 64 characters.
func short(name string) string {
	text := make([]byte, 0, 64)
	for _, c := range name {
		if len(text) == 64 {
			return string(text) + "…"
		}
		if c < ' ' || c > '~' {
			c = '?'
		}
		text = append(text, byte(c))
	}
	return string(text)
}

// placeholder returns the positions of the braces of the first {word} in text, or -1. Braces around
// other characters than letters are plain text.
func placeholder(text string) (open, end int) {
	open = -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '{':
			open = i
		case c == '}' && open >= 0 && i > open+1:
			return open, i
		case !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'):
			open = -1
		}
	}
	return -1, -1
}
