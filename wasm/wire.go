// The wire between the module and JavaScript. It is described twice: here and in js/module/wire.js.
//
// The host writes a message into the buffer and calls call(op, length). call returns the length of
// the answer, which is then in the buffer. buffer(size) makes the buffer at least that large and
// returns its address. Both calls may move the buffer and grow the memory, so the host takes the
// address and a new view after every call.
//
// A message is a sequence of fields. A field is its kind (one byte), the lengths in bytes of its
// name and of its value, the name, and the value. A length is five bytes of seven bits each, the
// lowest first. So an ASCII message is ASCII as a whole, which JavaScript decodes ten times faster.
// Text is UTF-8. The kinds:
//
//	c  the caller's configuration, itself a message
//	o  the caller's options, itself a message
//	h  an HTTP header
//	e  a member of a TokenError
//	a  any other input or output of the operation
//
// The kinds in the two messages of the caller (configuration and options):
//
//	s  a string
//	b  bytes
//	j  JSON text of any other value
//	k  what the host holds: JSON text that describes a CryptoKey, or {} for a function of the
//	   caller
//	t  the name of a type that JSON can't hold
//	n  the only field if the caller gave no object: its name says whether the configuration or
//	   the options are meant, its value names the type
//
// The operations with their input and, after the arrow, their output:
//
//	next         performs one step of a renewal: see package core/renewal.
//	             c, o, a now (ms), a random (21 bytes); a attempts, a deadline (ms), a ahead
//	             (ms), a lifetime (ms), a proves (true), if they aren't 0, 0, 0, 0 and false;
//	             a grant and a metadata, those of the last renewal, if there are any; a purpose
//	             (revocation, device or authorization), if it is not for a token; a interval
//	             (ms), to ask whether a user has approved a device;
//	             a state, copied from the last answer, except at first; and the outcome of the
//	             last step: of get a text, or a failure, a detail; of sign a signature (bytes), or
//	             a failure, a detail; of send a status, h …, a body, or a failure, a detail, a
//	             status, h …; of wait, and at first, nothing
//	             → a do (the step that the host must carry out), a ahead (ms); a state, except at
//	             the end; a grant, which is secret, if the server takes the grant once: the host
//	             gives it to the next renewal; a metadata likewise, which is not secret, if an
//	             issuer is configured; and for each do:
//	             get    a field, an audience, a timeout (ms), a file (its path, if a file has the
//	                    text): an assertion or a token that somebody else issues
//	             sign   a alg, a keyId, a data, a timeout (ms); in the compact module, for a
//	                    private key, a fingerprint of the key
//	             send   a method, a url, h …, a body, a attempt, a timeout (ms), a maxBody
//	                    (bytes)
//	             wait   a wait (ms), a attempt, e … (the reason)
//	             keep   a token (JSON), a until, a margin, a renew (ms): the end
//	             done   a result (JSON), of another purpose: the end
//	             fail   e …, a hold (ms): the end
//	sign         signs with a private key.
//	             c, or a key (text or bytes), a passphrase, a keyId, if there are any; a alg, a
//	             data → a signature (bytes). The compact module answers for a private key
//	             a pkcs8 (bytes), a spki (bytes, if the key contains its public part), and
//	             a fingerprint of both
//	oauth1       signs a request with OAuth 1.0.
//	             c (the request), a now (ms), a random (16 bytes), and what became of the signature,
//	             if a private key signs: as for next → a authorization, a signature, a baseString.
//	             Or, before that signature, as for a sign of next
//	credentials  reads a file or an environment.
//	             a file (bytes), or c (an environment); o → s …, j … (the fields of a
//	             configuration).
//	             Or a isOther (bytes of a file) → a isOther: whether the file is of an unknown
//	             kind
//	explain      c, o, a now, a random (as for next), a metadata (if an issuer is configured)
//	             → a explanation (JSON): the request without its secrets, and the reasons for it
//	forget       drops all kept configurations and secrets, and clears both buffers. The compact
//	             module sets its whole memory back to its state after the start.
//	             nothing → nothing
//	authorize    makes the address that asks a user for an authorization.
//	             c, a purpose (authorization), a metadata (if an issuer is configured),
//	             a redirectUri, a random (64 bytes) → a url, a state, a codeVerifier, a nonce,
//	             a issuerRequired
//	callback     reads the address to which the browser was sent.
//	             a url, a state, a issuer, a issuerRequired → a code
//
// Each operation may return an error instead: e code, e message, and the other members of the
// TokenError that are set.

package main

import (
	"slices"

	"github.com/fetchtoken/fetchtoken/core"
)

// The operations.
const (
	opNext = 1 + iota
	opSign
	opOAuth1
	opCredentials
	opExplain
	opForget
	opAuthorize
	opCallback
)

// The kinds of a field.
const (
	kindConfig   = 'c'
	kindOptions  = 'o'
	kindHeader   = 'h'
	kindError    = 'e'
	kindArgument = 'a'
	kindNoObject = 'n' // the other kinds of the caller's messages are those of core.Value
)

// The sizes of a length, and of the bytes before a field's name.
const (
	lengthSize = 5
	head       = 1 + 2*lengthSize
)

// A field is a part of a message: name and value are valid as long as the message.
type field struct {
	kind        byte
	name, value []byte
}

// next reads the first field of a message.
func next(message []byte) (f field, rest []byte, ok bool) {
	if len(message) < head {
		return f, nil, false
	}
	name, value := getLength(message[1:]), getLength(message[1+lengthSize:])
	rest = message[head:]
	if uint64(len(rest)) < name+value {
		return f, nil, false
	}
	return field{
		message[0],
		rest[:name],
		rest[name : name+value : name+value],
	}, rest[name+value:], true
}

func appendField(message []byte, kind byte, name, value string) []byte {
	message = appendHead(message, kind, name, len(value))
	return append(message, value...)
}

// appendFieldOf appends a field whose value appendValue appends.
func appendFieldOf(message []byte, kind byte, name string, appendValue func([]byte) []byte) []byte {
	start := len(message)
	message = appendHead(message, kind, name, 0)
	value := len(message)
	message = appendValue(message)
	appendHead(message[:start], kind, name, len(message)-value)
	return message
}

// appendHead appends the bytes before a field's value.
func appendHead(message []byte, kind byte, name string, valueLength int) []byte {
	at := len(message)
	message = slices.Grow(message, head+len(name)+valueLength)[:at+head]
	message[at] = kind
	putLength(message[at+1:], len(name))
	putLength(message[at+1+lengthSize:], valueLength)
	return append(message, name...)
}

func putLength(b []byte, length int) {
	n := uint64(length)
	_ = b[lengthSize-1]
	b[0], b[1], b[2], b[3], b[4] = byte(
		n&0x7f,
	), byte(
		n>>7&0x7f,
	), byte(
		n>>14&0x7f,
	), byte(
		n>>21&0x7f,
	), byte(
		n>>28&0x7f,
	)
}

func getLength(b []byte) uint64 {
	return uint64(b[0]) | uint64(b[1])<<7 | uint64(b[2])<<14 | uint64(b[3])<<21 | uint64(b[4])<<28
}

func appendError(message []byte, err error) []byte {
	e, ok := err.(*core.TokenError)
	if !ok {
		return appendError(message, core.InternalError())
	}
	message = appendField(message, kindError, "code", e.Code)
	message = appendField(message, kindError, "message", e.Message)
	for _, member := range []struct{ name, value string }{
		{"status", number(e.Status, 0)},
		{"error", e.OAuthError},
		{"errorDescription", e.ErrorDescription},
		{"providerCode", e.ProviderCode},
		{"retryable", map[bool]string{true: "true"}[e.Retryable]},
		{"retryAfter", number(e.RetryAfter, -1)},
		{"clockOffset", number(e.ClockOffset, 0)},
		{"timeEndpoint", e.TimeEndpoint},
		{"requestId", e.RequestID},
		{"hint", e.Hint},
		{"cause", e.Cause},
	} {
		if member.value != "" {
			message = appendField(message, kindError, member.name, member.value)
		}
	}
	return message
}
