// Package core builds OAuth 2.0 token requests, and package answer reads their responses. Both are
// pure: they read no clock, no randomness, no network and no files, but take them as arguments. So
// the same input gives the same bytes on every host.
//
// To get a token, start with package renewal, which decides each step.
//
// A token request has five steps. provider.Resolve turns the caller's [Config] into an [Exchange];
// [Exchange.Build] makes the [Request]; the host sends it and reports an answer.Outcome;
// answer.Parse turns that into the answer.Token or a [TokenError]. If a private key signs, Build
// first returns a [Signing], and is called again with the signature. So the key can stay in the
// host or in a key service.
package core

import (
	"sync/atomic"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// An Exchange is a token request in which every field is decided and checked. provider.Resolve
// makes it.
type Exchange struct {
	Purpose     Purpose
	Method      string      // of the request; "" is POST
	URL         *oauth1.URL // the issuer, if Locate is set
	Issuer      string      // as it was given, or ""
	NamesIssuer bool        // the metadata say that each callback names the issuer (RFC 9207)
	ClientAuth  string
	// SignatureMethod is the method of OAuth 1.0: one of oauth1.Methods, but PLAINTEXT.
	SignatureMethod string
	ClientID        string
	ClientSecret    string
	BasicEncoding   string         // BasicForm or BasicRaw
	EncodingFixed   bool           // the preset knows BasicEncoding, and the caller chose no other
	BodyFormat      string         // BodyForm or BodyJSON
	Fields          []oauth1.Param // of the body, in order, without the client's authentication
	Headers         []Header       // of the caller; no error shows their values
	Response        Response       // the places of the token, its lifetime and its scope
	ClientIDInBody  bool
	JSONNames       []JSONName     // the names of some fields in a JSON body
	Key             *assertion.Key // signs the assertion, or the request of OAuth 1.0
	// an assertion that somebody else issued, for private_key_jwt without a Key
	ClientAssertion string
	Gets            []Get // what the host gets before each request: [Exchange.With] fills it in
	Alg             string
	KeyID           string
	AssertionType   string
	// the assertion is itself the grant (RFC 7523 section 2.1), not the client's authentication; a
	// secret authenticates the client beside it
	AssertionGrant bool
	Header         jsonobject.Object // of the assertion
	// of the assertion; Build fills in the nil values: iat, exp and jti
	Claims      jsonobject.Object
	Lifetime    int        // seconds from iat to exp
	OwnAudience bool       // the caller chose the aud of Claims
	Hints       []Hint     // advice for errors
	Time        TimeSource // the server's source of its time
	Choices     []Choice   // the decisions and their sources
	PrivateKey  string     // as the caller gave it; no error shows a word of it
	Passphrase  string     // no error shows a word of it either

	// Locate makes the Exchange with the endpoint that the metadata name. It is nil if URL is that
	// endpoint already.
	Locate func(metadata string) (*Exchange, error)

	last     *atomic.Pointer[located] // nil, or the last result of At
	replaced []string                 // the grant is a refresh token, which no error shows either
	constant *constant                // nil, or the request, if neither time nor randomness is in it
}

// A constant is the request, where neither time nor randomness is in it.
type constant = atomic.Pointer[Request]

// NewExchange returns an Exchange that keeps its request, where that is always the same.
func NewExchange(purpose Purpose) *Exchange {
	return &Exchange{
		Purpose: purpose, constant: new(constant), last: new(atomic.Pointer[located]),
	}
}

// A Choice is one decision of provider.Resolve. An [Explanation] contains the choices without their
// secrets.
type Choice struct {
	Field string // a field of the configuration, such as clientAuth or assertion.claims.aud
	Value string
	// the source of the value: [FromCaller], "preset here", "environment live of preset
	// high-mobility", "the key" or "default"
	From string
}

// FromCaller is the source of the caller's own values.
const FromCaller = "given"

// A JSONName is the name of a field in a JSON body, and whether its value is a number there.
type JSONName struct {
	Field, Name string
	Number      bool
}

// A Hint is advice for a server's error. It applies if Code, Describes and If all hold. The first
// one of a list that applies is used.
type Hint struct {
	Code      string    // the server's own code, or the error of RFC 6749 section 5.2; "" for any
	Describes string    // lower-case text that the description contains; "" for any
	If        Condition // a further condition
	Text      string    // the advice; {} stands for the condition's subject
}

// A Condition is a property of the request or the response that a [Hint] depends on.
type Condition byte

const (
	Always      Condition = iota
	BlankAround           // clientId or clientSecret begins or ends with a blank: {} is its name
	// by the response's Date this machine's clock is wrong: {} is "312 s behind" or "312 s ahead of"
	ClockOff
)

// A TimeSource is where a system tells its time, apart from the Date of its responses, which
// browsers hide from pages. The zero value is none.
type TimeSource struct {
	Instead string // the end of the token endpoint's path that Path replaces
	// the path of a GET without credentials that tells the time; "" if every token response does
	Path   string
	Member string // the member of the JSON object that contains it
	Unit   int64  // milliseconds per unit
}
