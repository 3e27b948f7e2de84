package core

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// A Request is the HTTP request for a token. Its Authorization header and its body are secret. It
// may be shared: don't change it.
type Request struct {
	Method  string
	URL     string
	Headers []Header
	Body    string
}

// A Header is one header of a Request.
type Header struct{ Name, Value string }

// RandomSize is how many random bytes Build needs for a nonce or a jti.
const RandomSize = 16

var errRandom = ConfigError("random", "must be "+strconv.Itoa(RandomSize)+" bytes")

// Build makes the request. now is in milliseconds since the epoch, random is RandomSize fresh
// random bytes. If a private key signs, signature is nil at first. Build then returns a [Signing],
// and makes the request when it is called again with the same arguments and the signature. An ECDSA
// signature is r and s side by side (RFC 7518 section 3.4), or DER, as most key services return it.
func (x *Exchange) Build(now int64, random, signature []byte) (*Request, *Signing, error) {
	if len(random) != RandomSize {
		return nil, nil, errRandom
	}
	if x.constant != nil {
		if request := x.constant.Load(); request != nil {
			return request, nil, nil
		}
	}
	if signature != nil && x.Key != nil {
		var err error
		if signature, err = assertion.Signature(x.Alg, signature); err != nil {
			return nil, nil, NewError(CodeInvalidKey, "sign "+err.Error())
		}
	}
	a, signing, err := x.authenticate(x.Fields, x.ClientSecret, now, random, signature)
	if signing != nil || err != nil {
		return nil, signing, err
	}
	request, fresh := x.request(a, random)
	if x.ClientAuth != OAuth1 && x.Key == nil && !fresh && x.constant != nil {
		x.constant.Store(request)
	}
	return request, nil, nil
}

// authenticated is a request's content with the client's authentication.
type authenticated struct {
	fields        []oauth1.Param // of the body
	authorization string         // the header, or ""
	baseString    string         // the base string of OAuth 1.0, or ""
}

// authenticate adds the client's authentication to the fields, or returns the data that must be
// signed first.
func (x *Exchange) authenticate(
	fields []oauth1.Param,
	secret string,
	now int64,
	random, signature []byte,
) (a authenticated, signing *Signing, err error) {
	a.fields = fields[:len(fields):len(fields)]
	add := func(name, value string) {
		a.fields = append(a.fields, oauth1.Param{Name: name, Value: value})
	}
	if x.ClientIDInBody {
		add("client_id", x.ClientID)
	}
	switch x.ClientAuth {
	case ClientSecretBasic:
		a.authorization = "Basic " + basicCredentials(x.ClientID, secret, x.BasicEncoding)
	case ClientSecretPost:
		add("client_secret", secret)
	}
	switch {
	case x.Claims != nil || x.ClientAuth == PrivateKeyJWT:
		jwt := x.ClientAssertion
		if x.Claims != nil {
			header, claims := x.assertion(now, random)
			data := assertion.SigningInput(header, claims)
			if x.ClientAuth == ClientSecretJWT {
				// Resolve has checked that the key fits.
				signature, _ = assertion.Sign(x.Alg, x.Key, []byte(data))
			} else if signature == nil {
				return a, &Signing{x.Alg, x.KeyID, data, x.Key.Fingerprint}, nil
			}
			jwt = assertion.Compact(data, signature)
		}
		if x.AssertionGrant {
			if x.ClientIDInBody && x.ClientAuth == PrivateKeyJWT {
				add("client_secret", secret)
			}
			add("assertion", jwt)
			break
		}
		add("client_assertion_type", x.AssertionType)
		add("client_assertion", jwt)
	case x.ClientAuth == OAuth1:
		signed, err := x.sign(a.fields, secret, now, random, signature)
		if err != nil {
			return a, nil, ConfigError("clientAuth", "oauth1: "+err.Error())
		}
		if signed.Authorization == "" {
			return a, &Signing{x.Alg, x.KeyID, signed.BaseString, x.Key.Fingerprint}, nil
		}
		a.authorization, a.baseString = signed.Authorization, signed.BaseString
	}
	return a, nil, nil
}

// request makes the request. fresh says that its headers contain a UUID made of random.
func (x *Exchange) request(a authenticated, random []byte) (request *Request, fresh bool) {
	request = &Request{Method: x.Method, URL: x.URL.String()}
	if request.Method == "" {
		request.Method = "POST"
	}
	contentType := "application/x-www-form-urlencoded"
	if x.BodyFormat == BodyJSON {
		contentType = "application/json"
		request.Body = x.jsonBody(a.fields)
	} else {
		request.Body = formBody(a.fields)
	}
	request.Headers = make([]Header, 0, 3+len(x.Headers))
	request.Headers = append(request.Headers, Header{"Accept", "application/json"})
	if a.authorization != "" {
		request.Headers = append(request.Headers, Header{"Authorization", a.authorization})
	}
	request.Headers = append(request.Headers, Header{"Content-Type", contentType})
	for _, h := range x.Headers {
		value := strings.ReplaceAll(h.Value, uuidPlaceholder, uuidOf(random))
		fresh = fresh || value != h.Value
		request.Headers = append(request.Headers, Header{h.Name, value})
	}
	return request, fresh
}

// uuidOf makes a UUID from random bytes.
func uuidOf(random []byte) string {
	id, _ := uuid.NewRandomFromReader(bytes.NewReader(random)) // it fails only for a short reader
	return id.String()
}

// basicCredentials returns the part of the Authorization header after "Basic ".
func basicCredentials(id, secret, encoding string) string {
	if encoding == BasicForm {
		id, secret = urlencoded.Encode(id), urlencoded.Encode(secret)
	}
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

// sign signs an OAuth 2.0 token request as OAuth 1.0 does (RFC 5849). It signs the fields of a form
// body, and no JSON body.
func (x *Exchange) sign(
	fields []oauth1.Param,
	secret string,
	now int64,
	random, signature []byte,
) (oauth1.Signed, error) {
	request := oauth1.Request{
		Method:          "POST",
		URL:             x.URL,
		ConsumerKey:     x.ClientID,
		ConsumerSecret:  secret,
		SignatureMethod: x.SignatureMethod,
		Signature:       signature,
		Nonce:           base64.RawURLEncoding.EncodeToString(random),
		Timestamp:       strconv.FormatInt(now/1000, 10),
		Version:         "1.0",
	}
	if x.BodyFormat == BodyForm {
		request.Form = fields
	}
	return request.Sign()
}

// assertion returns the header and the claims of an assertion that is issued now.
func (x *Exchange) assertion(now int64, random []byte) (header, claims jsonobject.Object) {
	claims = append(jsonobject.Object(nil), x.Claims...)
	for i, claim := range claims {
		if len(claim.Value) > 0 {
			continue
		}
		switch claim.Name {
		case "iat":
			claims[i].Value = strconv.AppendInt(nil, now/1000, 10)
		case "exp":
			claims[i].Value = strconv.AppendInt(nil, now/1000+int64(x.Lifetime), 10)
		case "jti":
			claims[i].Value = jsonobject.AppendText(nil, uuidOf(random))
		}
	}
	return x.Header, claims
}

func formBody(fields []oauth1.Param) string {
	b := make([]byte, 0, 256)
	for i, f := range fields {
		if i > 0 {
			b = append(b, '&')
		}
		b = urlencoded.Append(b, f.Name)
		b = append(b, '=')
		b = urlencoded.Append(b, f.Value)
	}
	return string(b)
}

// jsonBody writes a name with several values as an array.
func (x *Exchange) jsonBody(fields []oauth1.Param) string {
	names := make([]string, 0, len(fields))
	values := make(map[string][]jsontext.Value, len(fields))
	for _, f := range fields {
		name, value := f.Name, jsonobject.AppendText(nil, f.Value)
		for _, n := range x.JSONNames {
			if n.Field == f.Name {
				name = n.Name
				if n.Number {
					value = []byte(f.Value)
				}
			}
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], value)
	}
	object := make(jsonobject.Object, len(names))
	for i, name := range names {
		object[i] = jsonobject.Member{Name: name, Value: oneOrArray(values[name])}
	}
	return string(object.Append(nil))
}

func oneOrArray(values []jsontext.Value) jsontext.Value {
	if len(values) == 1 {
		return values[0]
	}
	array := jsontext.Value{'['}
	for i, value := range values {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, value...)
	}
	return append(array, ']')
}
