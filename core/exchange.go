// Package core builds OAuth 2.0 token requests, and package answer reads their responses. Both are
// pure: no clock, no randomness, no network, no files. What they need of those is an argument, so
// the same input gives the same bytes wherever they run.
//
// Whoever wants a token and not its parts starts with package renewal, which says what to do, step
// by step.
//
// One token request makes five stops. provider.Resolve turns what a caller says into an [Exchange];
// [Exchange.Build] makes the [Request]; the host sends it and reports an answer.Outcome;
// answer.Parse makes the answer.Token or a [TokenError] of it. Where a private key signs, Build
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
	Headers        []Header       // of the caller: no error shows their values
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

// A Hint says what to do about an error of a server, where Code, Describes and If all hold. Of a
// list, the first that does is taken.
type Hint struct {
	Code      string    // the server's own code, or the error of RFC 6749 section 5.2; "" for any
	Describes string    // a text in lower case that the description has in it; "" for any
	If        Condition // what else must hold
	Text      string    // what to do; {} stands for what the condition found
}

// A Condition is something about the request that a [Hint] depends on.
type Condition byte

const (
	Always      Condition = iota
	BlankAround           // clientId or clientSecret begins or ends with a blank: {} is its name
	// by the response's Date, this machine's clock is off: {} is "312 s behind" or "312 s ahead of"
	ClockOff
)

// A TimeSource is where a system tells its time, beside the Date of its responses, which a browser
// shows to no page. The zero value is none.
type TimeSource struct {
	Instead string // the end of the token endpoint's path that Path stands in place of
	Path    string // where a GET without credentials tells it; "" if every token response does
	Member  string // of the JSON object that holds it
	Unit    int64  // the milliseconds that are one of it
}
