// Package core builds OAuth 2.0 token requests and reads their responses. It is pure: no clock, no
// randomness, no network, no files. What it needs of those is an argument, so the same input gives
// the same bytes wherever it runs.
//
// Whoever wants a token and not its parts starts with package renewal, which says what to do, step
// by step.
//
// One token request makes five stops. provider.Resolve turns what a caller says into an [Exchange];
// [Exchange.Build] makes the [Request]; the host sends it and reports an [Outcome];
// [Exchange.Parse] makes the [Token] or a [TokenError] of it. Where a private key signs, Build
// first returns a [Signing] and is called again with the signature, so whoever holds the key can
// sign.
package core

import (
	"sync/atomic"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// An Exchange is a token request whose every field is decided and checked. provider.Resolve makes
// it.
type Exchange struct {
	URL            *oauth1.URL
	ClientAuth     string
	ClientID       string
	ClientSecret   string
	BasicEncoding  string         // BasicForm or BasicRaw
	BodyFormat     string         // BodyForm or BodyJSON
	Fields         []oauth1.Param // of the body, in order, without the client's authentication
	ClientIDInBody bool
	JSONNames      []JSONName     // what a JSON body calls some of the fields
	Key            *assertion.Key // for client_secret_jwt and private_key_jwt
	Alg            string
	KeyID          string
	AssertionType  string
	// the assertion is the grant itself (RFC 7523 section 2.1), not what says who the client is
	AssertionGrant bool
	Header         jsonobject.Object // of the assertion
	// of the assertion; Build fills in the values that are nil: iat, exp and jti
	Claims      jsonobject.Object
	Lifetime    int        // seconds from iat to exp
	OwnAudience bool       // the caller decided the aud of Claims
	Hints       []Hint     // what to do about an error
	Time        TimeSource // where the server tells its time
	Choices     []Choice   // what was decided, and by whom
	PrivateKey  string     // as it was given: no error shows a word of it
	Passphrase  string     // nor of that

	replaced []string                // by a refresh token: no error shows it either
	constant atomic.Pointer[Request] // the request, where neither time nor randomness is in it
}

// A Choice is one decision of provider.Resolve. An [Explanation] has them without what is secret.
type Choice struct {
	Field string // of the configuration, such as clientAuth or assertion.claims.aud
	Value string
	// who decided: [FromCaller], "preset here", "environment live of preset high-mobility", "the key"
	// or "default"
	From string
}

// FromCaller is who decided what the caller gave.
const FromCaller = "given"

// A JSONName is what a JSON body calls a field, and whether its value is a number there.
type JSONName struct {
	Field, Name string
	Number      bool
}
