package core

// A Signing is the data that a private key must sign before the request can be built.
type Signing struct {
	Alg   string // JWS algorithm (RFC 7518 section 3.1), or assertion.RS1
	KeyID string // the kid of the assertion's header; "" if it has none
	// the JWS signing input (RFC 7515 section 5.1), or the base string of OAuth 1.0
	Data string
	// Fingerprint identifies the configuration's key. It is "" in a build that signs.
	Fingerprint string
}

// The ways in which a host can fail to sign.
const (
	// the caller's function ended with an error; the detail is its words
	SigningThrew = "threw"
	SigningLate  = "timeout" // the caller's function took longer than the request may
	// the caller's function returned something else; the detail is its type
	SigningNoBytes = "no_bytes"
	// the host's cryptography rejects the key; the detail is the name of its error
	SigningRefused = "refused"
	// the key's own public part doesn't verify the signature
	SigningDamaged = "damaged"
)

// SigningFailed returns the error for a signature that could not be made. The time and the random
// bytes are those of Build.
func (x *Exchange) SigningFailed(failure, detail string, now int64, random []byte) *TokenError {
	shown := x.Secrets(now, random, nil).Fit(detail)
	switch failure {
	case SigningLate:
		e := NewError(CodeTimeout, "sign did not answer in time")
		e.Retryable = true
		return e
	case SigningNoBytes:
		return NewError(
			CodeInvalidKey,
			"sign must return the signature as a Uint8Array or an ArrayBuffer, not "+shown,
		)
	}
	if failure == SigningDamaged && x.Key != nil {
		return NewError(CodeInvalidKey, "privateKey "+x.Key.Mismatch().Error())
	}
	what := "sign failed"
	if failure == SigningRefused {
		what = "privateKey can't sign here: WebCrypto of this runtime refuses it for " + x.Alg +
			", or it is damaged"
	}
	e := NewError(CodeInvalidKey, what)
	if e.Cause = shown; e.Cause != "" {
		e.Message += ": " + e.Cause
	}
	return e
}
