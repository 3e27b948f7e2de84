package core

import (
	"encoding/base64"
	"strconv"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/go-json-experiment/json/jsontext"
)

// An OAuth1Request is any request that is signed as RFC 5849 describes, not only one for a token.
type OAuth1Request struct {
	request   oauth1.Request
	url       string
	hasSecret bool // may be empty, but must be given
	version   *string
}

var oauth1Names = []string{
	"method", "url", "params", "consumerKey", "consumerSecret", "token", "tokenSecret",
	"nonce", "timestamp", "signatureMethod",
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

// Sign signs the request. The defaults of signatureMethod and version are HMAC-SHA256 and 1.0. For
// HMAC, a missing timestamp is made from now, in milliseconds since the epoch, and a missing nonce
// from random, RandomSize fresh random bytes. PLAINTEXT needs neither, so there they are left out
// (RFC 5849 section 3.1).
func (r *OAuth1Request) Sign(now int64, random []byte) (oauth1.Signed, error) {
	q := r.request
	if r.url == "" {
		return oauth1.Signed{}, ConfigError("url", "is missing")
	}
	url, err := oauth1.ParseURL(r.url)
	if err != nil {
		return oauth1.Signed{}, ConfigError("url", err.Error())
	}
	if q.Method == "" {
		return oauth1.Signed{}, ConfigError("method", "is missing")
	}
	if q.ConsumerKey == "" {
		return oauth1.Signed{}, ConfigError("consumerKey", "is missing")
	}
	if !r.hasSecret {
		return oauth1.Signed{}, ConfigError(
			"consumerSecret",
			"is missing (if there is none, it must be '')",
		)
	}
	q.URL, q.Version = url, "1.0"
	if r.version != nil {
		q.Version = *r.version
	}
	if q.SignatureMethod == "" {
		q.SignatureMethod = oauth1.HMACSHA256
	}
	if q.SignatureMethod != oauth1.Plaintext {
		if q.Timestamp == "" {
			q.Timestamp = strconv.FormatInt(now/1000, 10)
		}
		if q.Nonce == "" {
			if len(random) != RandomSize {
				return oauth1.Signed{}, ConfigError("random", "must be "+strconv.Itoa(RandomSize)+" bytes")
			}
			q.Nonce = base64.RawURLEncoding.EncodeToString(random)
		}
	}
	signed, err := q.Sign()
	if err != nil {
		return oauth1.Signed{}, NewError(CodeInvalidConfig, err.Error())
	}
	return signed, nil
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
