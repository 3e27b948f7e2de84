package answer

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// foreignHint returns the advice for an assertion or a token of somebody else that the server
// refuses, or "". What a JWT says of itself decides: that it has ended, or who issued it for whom.
// The subject may be a person, so the advice doesn't name it.
func (r *reading) foreignHint(e *core.TokenError, description string) string {
	field, text := r.foreign(e, description)
	if text == "" {
		return ""
	}
	claims := claimsOf(text)
	offset, _ := r.clockOffset()
	now := r.sentAt/1000 + int64(offset)
	if end, ok := core.WholeNumber(string(claims.Get("exp"))); ok && end <= now {
		return filled(foreignEnded, field, strconv.FormatInt(now-end, 10))
	}
	issuer, audience := claims.Get("iss"), claims.Get("aud")
	if issuer == nil || audience == nil {
		return filled(foreignRefused, field)
	}
	return filled(foreignFor, field, r.redact(string(issuer)), r.redact(string(audience)))
}

const (
	foreignEnded = "{} ended {} s ago: who issues it, or writes its file, must give a new one in time"
	foreignFor   = "{} is from the issuer {} for the audience {}: the server must trust that " +
		"issuer, know its key, and expect that audience and the subject"
	foreignRefused = "the server refuses {}: check who issued it, for whom, and when it ends"
)

// foreign returns the field and the text of the assertion or token that the server refuses: the
// client's assertion, or what is to be exchanged (RFC 8693 section 2.2.2). The text is "" if the
// error is about something else.
func (r *reading) foreign(e *core.TokenError, description string) (field, text string) {
	x := r.exchange
	words := strings.ReplaceAll(description, " ", "_")
	if slices.ContainsFunc(missing, func(word string) bool { return strings.Contains(words, word) }) {
		return "", ""
	}
	subject, actor := x.Field("subject_token"), x.Field("actor_token")
	refused := e.OAuthError == "invalid_grant" || e.OAuthError == "invalid_token" ||
		e.OAuthError == "invalid_request" && strings.Contains(words, "token")
	switch {
	case actor != "" && refused && strings.Contains(words, "actor"):
		return "actorToken", actor
	case subject != "" && refused:
		return "subjectToken", subject
	case x.AssertionGrant && refused, r.refusesCredentials(e, description),
		e.OAuthError == "unauthorized_client" && strings.Contains(words, "credentials"): // Keycloak
		return "clientAssertion", x.ClientAssertion
	}
	return "", ""
}

// claimsOf returns the claims of a JWT, which nobody has verified, or nil.
func claimsOf(text string) jsonobject.Object {
	_, rest, _ := strings.Cut(text, ".")
	payload, _, isJWT := strings.Cut(rest, ".")
	if !isJWT {
		return nil
	}
	bytes, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return nil
	}
	claims, err := jsonobject.ParseLoose(bytes)
	if err != nil {
		return nil
	}
	return claims
}

// filled puts values into a text, each in the place of a {}.
func filled(text string, values ...string) string {
	for i, part := range strings.Split(text, "{}") {
		if i == 0 {
			text = part
		} else {
			text += values[i-1] + part
		}
	}
	return text
}
