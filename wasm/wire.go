// The wire between the module and JavaScript, described twice: here and in js/wire.js.
//
// The host writes a message into the buffer, calls call(op, length), and finds the answer, of the length that call returns, in
// the buffer. buffer(size) makes the buffer that large if it is smaller and returns its address. Both may move the buffer and grow
// the memory, so the host takes the address and a new view after every call.
//
// A message is a sequence of fields. A field is one byte, its kind; the lengths in bytes of its name and of its value, two
// little-endian uint32; the name; the value. Text is UTF-8. The kinds:
//
//	s j t  a field of the caller's configuration: a string; JSON text of anything else; the name of a type that JSON can't hold
//	S J T  the same for a field of the caller's options
//	n      a configuration or options that are no object at all: which of them, and what they are instead
//	h      a header of HTTP
//	a      anything else that the operation takes or returns
//
// The operations, what they take and what they return:
//
//	build        configuration, options, a now (ms), a random (bytes), a signature (bytes, if there is one)
//	             → a method, a url, h …, a body, a timeout (ms), a maxBody (bytes); or a alg, a data: sign that and call again
//	parse        configuration, a sentAt (ms), a status, h …, a body; or instead of the last three a failure, a detail
//	             → a token (JSON)
//	sign         a alg, a key (PEM or JWK), a data → a signature (bytes)
//	oauth1       as a configuration, the request to sign with OAuth 1.0 → a authorization, a signature, a baseString
//	credentials  a file (bytes) → s …, j …: the fields of a configuration
//
// Any of them may return an error instead: a code, a message, and the other fields of a TokenError that are set.

package main

import (
	"encoding/binary"

	"github.com/fetchtoken/fetchtoken/core"
)

// The operations.
const (
	opBuild = 1 + iota
	opParse
	opSign
	opOAuth1
	opCredentials
)

// A field's kind, where it is not that of a core.Value.
const (
	kindArgument = 'a'
	kindHeader   = 'h'
)

type field struct {
	kind  byte
	name  string
	value []byte
}

// next takes the first field off a message.
func next(message []byte) (f field, rest []byte, ok bool) {
	if len(message) < 9 {
		return f, nil, false
	}
	name := uint64(binary.LittleEndian.Uint32(message[1:]))
	value := uint64(binary.LittleEndian.Uint32(message[5:]))
	if uint64(len(message)) < 9+name+value {
		return f, nil, false
	}
	rest = message[9:]
	return field{message[0], string(rest[:name]), rest[name : name+value : name+value]}, rest[name+value:], true
}

func appendField[T string | []byte](message []byte, kind byte, name string, value T) []byte {
	message = append(message, kind)
	message = binary.LittleEndian.AppendUint32(message, uint32(len(name)))
	message = binary.LittleEndian.AppendUint32(message, uint32(len(value)))
	message = append(message, name...)
	return append(message, value...)
}

func appendError(message []byte, err error) []byte {
	e, ok := err.(*core.TokenError)
	if !ok {
		return appendError(message, core.InternalError())
	}
	message = appendField(message, kindArgument, "code", e.Code)
	message = appendField(message, kindArgument, "message", e.Message)
	for _, member := range []struct{ name, value string }{
		{"status", number(e.Status, 0)},
		{"error", e.OAuthError},
		{"errorDescription", e.ErrorDescription},
		{"providerCode", e.ProviderCode},
		{"retryable", map[bool]string{true: "true"}[e.Retryable]},
		{"retryAfter", number(e.RetryAfter, -1)},
		{"requestId", e.RequestID},
		{"hint", e.Hint},
		{"cause", e.Cause},
	} {
		if member.value != "" {
			message = appendField(message, kindArgument, member.name, member.value)
		}
	}
	return message
}
