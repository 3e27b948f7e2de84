// Package oauth1 signs requests as RFC 5849 (OAuth 1.0) describes, with HMAC, with PLAINTEXT, and
// with an RSA key that its caller holds.
//
// [ParseURL] makes the URL that is signed and sent, [Request.Sign] makes the Authorization header.
// This package reads no clock and no randomness: the caller gives the nonce and the timestamp.
package oauth1

import (
	"errors"
	"slices"
	"strings"
)

// The signature methods. HMAC-SHA1, RSA-SHA1 and PLAINTEXT are those of RFC 5849 section 3.4. The
// others have another hash: HERE and others use HMAC-SHA256, Mastercard uses RSA-SHA256.
const (
	HMACSHA256 = "HMAC-SHA256"
	HMACSHA512 = "HMAC-SHA512"
	HMACSHA1   = "HMAC-SHA1"
	RSASHA256  = "RSA-SHA256"
	RSASHA512  = "RSA-SHA512"
	RSASHA1    = "RSA-SHA1"
	Plaintext  = "PLAINTEXT"
)

// Methods are the signature methods. Only PLAINTEXT, the last one, signs nothing.
var Methods = []string{
	HMACSHA256, HMACSHA512, HMACSHA1, RSASHA256, RSASHA512, RSASHA1, Plaintext,
}

// KeyAlg returns the algorithm by which a private key signs the base string of that method, with
// the name that RFC 7518 section 3.1 and, for SHA-1, Web Cryptography give it. It is "" if the
// method takes no key.
func KeyAlg(method string) string {
	if hash, isRSA := strings.CutPrefix(method, "RSA-SHA"); isRSA && slices.Contains(Methods, method) {
		return "RS" + hash
	}
	return ""
}

// A Param is a name and a value, neither of them encoded.
type Param struct{ Name, Value string }

// A Request is the request to sign, with the client's secrets.
type Request struct {
	Method string // GET, POST, …
	URL    *URL
	// Form holds the parameters of a form-encoded body, in any order. A body of another type isn't
	// signed (RFC 5849 section 3.4.1.3.1): leave Form empty for it.
	Form []Param

	ConsumerKey     string
	ConsumerSecret  string
	Token           string // "" means no token, and no oauth_token
	TokenSecret     string
	SignatureMethod string // one of Methods
	// Signature is the signature of the base string by the private key of an RSA method. If it is nil,
	// Sign returns only the base string.
	Signature []byte
	// "" leaves the parameter out, which only PLAINTEXT allows (RFC 5849 section 3.1)
	Nonce     string
	Timestamp string // seconds since the epoch; "" as above
	Version   string // "1.0", or "" to leave the parameter out (RFC 5849 section 3.1)
	Realm     string // not signed (RFC 5849 section 3.4.1.3.1)
	// Extra contains further parameters of the header, such as oauth_callback. Their names start with
	// "oauth_".
	Extra []Param
}

// A Signed is the result of [Request.Sign].
type Signed struct {
	Authorization string // the value of the Authorization header
	Signature     string // the value of oauth_signature, not percent-encoded
	BaseString    string // the signature base string (RFC 5849 section 3.4.1)
}

// Sign signs the request. An error names the wrong field of the request.
func (r *Request) Sign() (Signed, error) {
	if err := r.check(); err != nil {
		return Signed{}, err
	}
	signers := signersOf(r.SignatureMethod, r.ConsumerSecret, r.TokenSecret)
	s := signers.Get().(*signer)
	signed := s.sign(r)
	signers.Put(s)
	return signed, nil
}

func (r *Request) check() error {
	switch {
	case !slices.Contains(Methods, r.SignatureMethod):
		return errors.New("signatureMethod must be one of: " + strings.Join(Methods, ", "))
	case r.SignatureMethod != Plaintext && (r.Nonce == "" || r.Timestamp == ""):
		return errors.New("nonce and timestamp are required with " + r.SignatureMethod)
	}
	if strings.ContainsAny(r.Realm, "\"\\\r\n\x00") {
		return errors.New(`realm must not contain '"', '\' or a line break`)
	}
	for _, p := range r.Extra {
		switch p.Name {
		case "oauth_consumer_key",
			"oauth_nonce",
			"oauth_signature",
			"oauth_signature_method",
			"oauth_timestamp",
			"oauth_token",
			"oauth_version":
			return errors.New("oauthParams must not contain " + p.Name + ": it has a field of its own")
		}
		if !strings.HasPrefix(p.Name, "oauth_") {
			return errors.New("the names of oauthParams must start with oauth_")
		}
	}
	return nil
}
