package core

import (
	"slices"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// TakesOnce says whether a server may take the grant of this request only once: a code (RFC 6749
// section 4.1.2, RFC 8628), a refresh token that the server may replace (RFC 6749 section 6), or
// the caller's own assertion (RFC 7521 section 4.1).
func (x *Exchange) TakesOnce() bool {
	once := false
	for _, f := range x.Fields {
		switch f.Name {
		case "grant_type":
			if f.Value == "client_credentials" {
				return false
			}
		case "code", "device_code", "refresh_token", "assertion":
			once = true
		}
	}
	return once
}

// Field returns a field of the body, or "".
func (x *Exchange) Field(name string) string {
	for _, f := range x.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// WithRefreshToken returns an Exchange that uses a refresh token instead of its own grant.
func (x *Exchange) WithRefreshToken(token string) *Exchange {
	fields := make([]oauth1.Param, 0, len(x.Fields)+1)
	var replaced []string
	for _, f := range x.Fields {
		switch f.Name {
		case "grant_type":
			f.Value = "refresh_token"
		case "code", "redirect_uri", "code_verifier", "device_code", "refresh_token", "assertion":
			replaced = append(replaced, f.Value)
			continue
		}
		fields = append(fields, f)
	}
	refreshed := x.copy()
	refreshed.Fields = append(fields, oauth1.Param{Name: "refresh_token", Value: token})
	refreshed.replaced = replaced
	return refreshed
}

// With returns the Exchange that has the texts for its Gets, in their order.
func (x *Exchange) With(texts []string) *Exchange {
	filled := x.copy()
	filled.Fields = slices.Clone(x.Fields)
	for i, get := range x.Gets {
		switch get.Field {
		case "clientAssertion":
			filled.ClientAssertion = texts[i]
		case "subjectToken":
			filled.fill("subject_token", texts[i])
		case "actorToken":
			filled.fill("actor_token", texts[i])
		}
	}
	return filled
}

func (x *Exchange) fill(name, value string) {
	for i := range x.Fields {
		if x.Fields[i].Name == name {
			x.Fields[i].Value = value
			return
		}
	}
}

// copy returns an Exchange with the same fields, which keeps no request: it is for one.
//
//go:noinline
func (x *Exchange) copy() *Exchange {
	same := *x
	same.constant = nil
	return &same
}

const newGrant = "get a new code, refresh token or assertion, and make a client with that"

// GrantUsed returns the error for a grant that was sent before and is not sent again.
func GrantUsed() error {
	e := NewError(CodeGrantUsed, "nothing was sent: a server takes this grant once, and it may have")
	e.Hint = newGrant
	return e
}

// SessionLost returns the error of a grant whose answer was lost with the process that had sent it.
func SessionLost() error {
	e := NewError(
		CodeSessionLost,
		"nothing was sent: the process that sent the refresh token or the code ended before it kept "+
			"the answer, so the server may have replaced it",
	)
	e.Hint = "sign in again: " + newGrant
	return e
}

// NoteUsed notes in an error that the grant may be used up, so the request must not be repeated.
func (e *TokenError) NoteUsed() {
	e.Retryable = false
	if e.Hint != "" {
		e.Hint += "; "
	}
	e.Hint += "the server may have taken the grant, which works once, so it is not sent again: " +
		newGrant
}
