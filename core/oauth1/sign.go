// Package oauth1 signs requests as RFC 5849 (OAuth 1.0) describes, with HMAC-SHA256, HMAC-SHA1 and PLAINTEXT.
//
// [ParseURL] makes the URL that is signed and sent, [Request.Sign] makes the Authorization header. Nothing here reads a clock
// or a source of randomness: the nonce and the timestamp are the caller's.
package oauth1

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"slices"
	"strings"
)

// The signature methods. HMAC-SHA1 and PLAINTEXT are those of RFC 5849 section 3.4; HMAC-SHA256 is HMAC-SHA1 with the other
// hash, as HERE and others use it.
const (
	HMACSHA256 = "HMAC-SHA256"
	HMACSHA1   = "HMAC-SHA1"
	Plaintext  = "PLAINTEXT"
)

// A Param is a name and a value, neither of them encoded.
type Param struct{ Name, Value string }

// A Request is what is signed, and by whom.
type Request struct {
	Method string // GET, POST, …
	URL    *URL
	// Form holds the parameters of a form-encoded body, in any order. A body of another type isn't signed (RFC 5849 section
	// 3.4.1.3.1): leave Form empty for it.
	Form []Param

	ConsumerKey     string
	ConsumerSecret  string
	Token           string // "" without a token: oauth_token is then left out
	TokenSecret     string
	SignatureMethod string // one of the constants
	Nonce           string // "" leaves the parameter out, which only PLAINTEXT allows (RFC 5849 section 3.1)
	Timestamp       string // seconds since the epoch; "" likewise
	Version         string // "1.0", or "" to leave the parameter out (RFC 5849 section 3.1)
	Realm           string // not signed (RFC 5849 section 3.4.1.3.1)
	// Extra holds further parameters of the header, such as oauth_callback. Their names start with "oauth_".
	Extra []Param
}

// A Signed is the outcome of [Request.Sign].
type Signed struct {
	Authorization string // the value of the Authorization header
	Signature     string // the value of oauth_signature, not percent-encoded
	BaseString    string // what was signed (RFC 5849 section 3.4.1)
}

// Sign signs the request. An error is about one of the request's fields and names it.
func (r *Request) Sign() (Signed, error) {
	var newHash func() hash.Hash
	switch r.SignatureMethod {
	case HMACSHA256:
		newHash = sha256.New
	case HMACSHA1:
		newHash = sha1.New
	case Plaintext:
	default:
		return Signed{}, errors.New("signatureMethod must be HMAC-SHA256, HMAC-SHA1 or PLAINTEXT")
	}
	if newHash != nil && (r.Nonce == "" || r.Timestamp == "") {
		return Signed{}, errors.New("nonce and timestamp are required with " + r.SignatureMethod)
	}
	if strings.ContainsAny(r.Realm, "\"\\\r\n\x00") {
		return Signed{}, errors.New(`realm must not contain '"', '\' or a line break`)
	}
	oauth, err := r.oauthParams()
	if err != nil {
		return Signed{}, err
	}

	key := append(AppendEncoded(nil, r.ConsumerSecret), '&')
	key = AppendEncoded(key, r.TokenSecret)
	signed := Signed{Signature: string(key), BaseString: r.baseString(oauth)}
	if newHash != nil {
		mac := hmac.New(newHash, key)
		mac.Write([]byte(signed.BaseString))
		signed.Signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	signed.Authorization = r.authorization(append(oauth, encoded{"oauth_signature", Encode(signed.Signature)}))
	return signed, nil
}

// encoded is a percent-encoded Param.
type encoded struct{ name, value string }

func compare(a, b encoded) int {
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return strings.Compare(a.value, b.value)
}

// oauthParams returns the parameters of the header but realm and oauth_signature.
func (r *Request) oauthParams() ([]encoded, error) {
	own := [...]Param{
		{"oauth_consumer_key", r.ConsumerKey},
		{"oauth_nonce", r.Nonce},
		{"oauth_signature_method", r.SignatureMethod},
		{"oauth_timestamp", r.Timestamp},
		{"oauth_token", r.Token},
		{"oauth_version", r.Version},
	}
	params := make([]encoded, 0, len(own)+len(r.Extra)+1)
	for i, p := range own {
		if p.Value != "" || i == 0 {
			params = append(params, encoded{p.Name, Encode(p.Value)})
		}
	}
	for _, p := range r.Extra {
		if !strings.HasPrefix(p.Name, "oauth_") {
			return nil, errors.New("the names of oauthParams must start with oauth_")
		}
		if p.Name == "oauth_signature" || slices.ContainsFunc(own[:], func(o Param) bool { return o.Name == p.Name }) {
			return nil, errors.New("oauthParams must not contain " + p.Name + ": it has a field of its own")
		}
		params = append(params, encoded{Encode(p.Name), Encode(p.Value)})
	}
	return params, nil
}

// baseString returns the signature base string (RFC 5849 section 3.4.1): query, form body and oauth_* parameters, encoded, sorted
// by name, then by value (section 3.4.1.3.2). Duplicates and empty values stay.
func (r *Request) baseString(oauth []encoded) string {
	all := sorted(oauth, encode(r.URL.params), encode(r.Form))
	b := make([]byte, 0, 512)
	b = AppendEncoded(b, strings.ToUpper(r.Method))
	b = append(b, '&')
	b = AppendEncoded(b, r.URL.BaseStringURI())
	b = append(b, '&')
	for i, p := range all {
		if i > 0 {
			b = append(b, "%26"...)
		}
		b = AppendEncoded(b, p.name)
		b = append(b, "%3D"...)
		b = AppendEncoded(b, p.value)
	}
	return string(b)
}

// sorted returns all the params in their order. There are few, and most come in order, so each is put where it belongs.
func sorted(lists ...[]encoded) []encoded {
	all := make([]encoded, 0, 16)
	for _, list := range lists {
		for _, p := range list {
			at, _ := slices.BinarySearchFunc(all, p, compare)
			all = slices.Insert(all, at, p)
		}
	}
	return all
}

func encode(params []Param) []encoded {
	out := make([]encoded, len(params))
	for i, p := range params {
		out[i] = encoded{Encode(p.Name), Encode(p.Value)}
	}
	return out
}

// authorization returns the header of RFC 5849 section 3.5.1: realm first, the others sorted by name.
func (r *Request) authorization(params []encoded) string {
	params = sorted(params)
	b := make([]byte, 0, 512)
	b = append(b, "OAuth "...)
	if r.Realm != "" {
		b = append(b, `realm="`...)
		b = append(b, r.Realm...)
		b = append(b, `", `...)
	}
	for i, p := range params {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, p.name...)
		b = append(b, `="`...)
		b = append(b, p.value...)
		b = append(b, '"')
	}
	return string(b)
}
