package core

import (
	"encoding/base64"
	"strconv"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/go-json-experiment/json/jsontext"
)

// An OAuth1Request is any request that is signed as RFC 5849 describes, not only one for a token.
type OAuth1Request struct {
	request   oauth1.Request
	key       Config // its private key
	url       string
	hasSecret bool // may be empty, but must be given, unless a key signs
	version   *string
}

var oauth1Names = []string{
	"method", "url", "params", "consumerKey", "consumerSecret", "token", "tokenSecret",
	"nonce", "timestamp", "signatureMethod", "privateKey", "passphrase", "sign", "keyId",
	"version", "realm", "oauthParams",
}

// Set sets the field of that name.
func (r *OAuth1Request) Set(name string, v Value) (err error) {
	q := &r.request
	switch name {
	case "method":
		q.Method, err = textOf(name, v)
	case "url":
		r.url, err = textOf(name, v)
	case "params":
		q.Form, err = paramsOf(name, v)
	case "consumerKey":
		q.ConsumerKey, err = textOf(name, v)
	case "consumerSecret":
		q.ConsumerSecret, err = possiblyEmpty(name, v)
		r.hasSecret = true
	case "token":
		q.Token, err = possiblyEmpty(name, v)
	case "tokenSecret":
		q.TokenSecret, err = possiblyEmpty(name, v)
	case "nonce":
		q.Nonce, err = textOf(name, v)
	case "timestamp":
		if _, ok := WholeNumber(v.Text); !ok {
			return ConfigError(name, "must be a whole number of seconds since the epoch")
		}
		q.Timestamp = v.Text
	case "signatureMethod":
		q.SignatureMethod, err = textOf(name, v)
	case "privateKey", "passphrase", "sign", "keyId":
		err = r.key.Set(name, v)
	case "version":
		var version string
		version, err = possiblyEmpty(name, v)
		r.version = &version
	case "realm":
		q.Realm, err = possiblyEmpty(name, v)
	case "oauthParams":
		q.Extra, err = paramsOf(name, v)
	default:
		err = UnknownKey("field", name, oauth1Names)
	}
	return err
}

// Sign signs the request. The default of signatureMethod is HMAC-SHA256, or RSA-SHA256 with a
// private key, and that of version is 1.0. A missing timestamp is made from now, in milliseconds
// since the epoch, and a missing nonce from random, RandomSize fresh random bytes. PLAINTEXT needs
// neither, so there they are left out (RFC 5849 section 3.1).
//
// If a private key signs, signature is nil at first. Sign then returns a [Signing], and signs the
// request when it is called again with the same arguments and the signature.
func (r *OAuth1Request) Sign(
	now int64, random, signature []byte,
) (signed oauth1.Signed, signing *Signing, err error) {
	q, err := r.complete(now, random)
	if err != nil {
		return signed, nil, err
	}
	alg := oauth1.KeyAlg(q.SignatureMethod)
	if alg != "" && signature != nil {
		if q.Signature, err = assertion.Signature(alg, signature); err != nil {
			return signed, nil, NewError(CodeInvalidKey, "sign "+err.Error())
		}
	}
	if signed, err = q.Sign(); err != nil {
		return signed, nil, NewError(CodeInvalidConfig, err.Error())
	}
	if alg == "" || signature != nil {
		return signed, nil, nil
	}
	key, err := r.key.OAuth1Key(q.SignatureMethod)
	if err != nil {
		return signed, nil, err
	}
	keyID := r.key.KeyID
	if keyID == "" {
		keyID = key.ID
	}
	return signed, &Signing{alg, keyID, signed.BaseString, key.Fingerprint}, nil
}

// complete returns the request with its defaults.
func (r *OAuth1Request) complete(now int64, random []byte) (q oauth1.Request, err error) {
	q = r.request
	if r.url == "" {
		return q, ConfigError("url", "is missing")
	}
	if q.URL, err = oauth1.ParseURL(r.url); err != nil {
		return q, ConfigError("url", err.Error())
	}
	if q.Method == "" {
		return q, ConfigError("method", "is missing")
	}
	if q.ConsumerKey == "" {
		return q, ConfigError("consumerKey", "is missing")
	}
	q.SignatureMethod = r.method()
	isRSA := oauth1.KeyAlg(q.SignatureMethod) != ""
	switch {
	case r.key.HasKey() && (!isRSA || q.ConsumerSecret != ""):
		return q, ConfigError(
			"privateKey", "goes with an RSA signatureMethod, and without a consumerSecret",
		)
	case !isRSA && !r.hasSecret:
		return q, ConfigError("consumerSecret", "is missing (if there is none, it must be '')")
	}
	q.Version = "1.0"
	if r.version != nil {
		q.Version = *r.version
	}
	if q.SignatureMethod == oauth1.Plaintext {
		return q, nil
	}
	if q.Timestamp == "" {
		q.Timestamp = strconv.FormatInt(now/1000, 10)
	}
	if q.Nonce == "" {
		if len(random) != RandomSize {
			return q, errRandom
		}
		q.Nonce = base64.RawURLEncoding.EncodeToString(random)
	}
	return q, nil
}

// method returns the signature method: the caller's, or else the default.
func (r *OAuth1Request) method() string {
	switch {
	case r.request.SignatureMethod != "":
		return r.request.SignatureMethod
	case r.key.HasKey():
		return oauth1.RSASHA256
	}
	return oauth1.HMACSHA256
}

// SigningFailed returns the error for a signature that could not be made.
func (r *OAuth1Request) SigningFailed(failure, detail string) error {
	key, err := r.key.OAuth1Key(r.method())
	if err != nil {
		return err
	}
	x := Exchange{
		URL: &oauth1.URL{}, ClientID: r.request.ConsumerKey, Key: key, Alg: oauth1.KeyAlg(r.method()),
		PrivateKey: r.key.PrivateKey, Passphrase: r.key.Passphrase,
		replaced: []string{r.request.Token, r.request.TokenSecret},
	}
	return x.SigningFailed(failure, detail, 0, nil)
}

// possiblyEmpty reads a string that may be empty.
func possiblyEmpty(name string, v Value) (string, error) {
	if v == (Value{KindText, ""}) {
		return "", nil
	}
	return textOf(name, v)
}

// paramsOf reads parameters: an object of strings and arrays of strings, or an array of [name,
// value]. Names and values may be any text, because all of it is encoded before it is sent.
func paramsOf(name string, v Value) ([]oauth1.Param, error) {
	switch kind := jsontext.Value(v.Text).Kind(); {
	case v.Kind == KindJSON && kind == '{':
		return paramsOfObject(name, v)
	case v.Kind == KindJSON && kind == '[':
		return paramsOfPairs(name, v)
	default:
		return nil, ConfigError(name, "must be an object, or an array of [name, value], not "+v.What())
	}
}

func paramsOfObject(name string, v Value) ([]oauth1.Param, error) {
	object, err := objectOf(name, v)
	if err != nil {
		return nil, err
	}
	params := make([]oauth1.Param, 0, len(object))
	for _, m := range object {
		if text, ok := jsonobject.Text(m.Value); ok {
			params = append(params, oauth1.Param{Name: m.Name, Value: text})
			continue
		}
		values, err := jsonobject.Elements(m.Value)
		if err != nil {
			return nil, ConfigError(
				name+"."+m.Name,
				"must be a string or an array of strings, not "+valueOf(m.Value).What(),
			)
		}
		for _, value := range values {
			text, ok := jsonobject.Text(value)
			if !ok {
				return nil, ConfigError(name+"."+m.Name, "must hold strings only, not "+valueOf(value).What())
			}
			params = append(params, oauth1.Param{Name: m.Name, Value: text})
		}
	}
	return params, nil
}

func paramsOfPairs(name string, v Value) ([]oauth1.Param, error) {
	pairs, err := jsonobject.Elements([]byte(v.Text))
	if err != nil {
		return nil, ConfigError(name, err.Error())
	}
	params := make([]oauth1.Param, len(pairs))
	for i, pair := range pairs {
		elements, err := jsonobject.Elements(pair) // each is read once more
		if err != nil || len(elements) != 2 || elements[0].Kind() != '"' || elements[1].Kind() != '"' {
			return nil, ConfigError(name, "must be an object, or an array of [name, value] with two strings")
		}
		params[i].Name, _ = jsonobject.Text(elements[0])
		params[i].Value, _ = jsonobject.Text(elements[1])
	}
	return params, nil
}
