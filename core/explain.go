package core

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// An Explanation is a request before it is sent, with the reasons for it. It contains nothing
// secret.
type Explanation struct {
	Request    *Request          // with [redacted] in place of secrets
	BaseString string            // the base string of OAuth 1.0 (RFC 5849 section 3.4.1), or ""
	Header     jsonobject.Object // of the assertion, or nil
	Claims     jsonobject.Object // of the assertion, or nil
	Choices    []Choice
	SingleUse  bool  // whether a server takes the request once, because it has a nonce or a jti
	ExpiresAt  int64 // the end of the assertion in seconds since the epoch; -1 without one
}

// Explain returns the request that Build makes with the same arguments, without its secrets. It
// needs no signature.
func (x *Exchange) Explain(now int64, random []byte) (*Explanation, error) {
	if len(random) != RandomSize {
		return nil, errRandom
	}
	// No value of a configuration contains a NUL, so NULs mark the values in a form.
	mask, encoded, signed := "\x00", "%00", "%2500"
	if x.BodyFormat == BodyJSON {
		mask = Redacted
	}
	fields := slices.Clone(x.Fields)
	for i, f := range fields {
		if slices.Contains(secretParameters, f.Name) {
			fields[i].Value = mask
		}
	}
	a, _, err := x.authenticate(fields, mask, now, random, []byte{})
	if err != nil {
		return nil, err
	}
	s := redact.For(x.ClientSecret)
	e := &Explanation{
		ExpiresAt:  -1,
		BaseString: strings.ReplaceAll(s.MaskWhole(a.baseString), signed, Redacted),
	}
	if x.ClientAuth == ClientSecretBasic {
		a.authorization = "Basic " + Redacted
	}
	switch {
	case x.ClientAuth == OAuth1:
		before, rest, _ := strings.Cut(a.authorization, `oauth_signature="`)
		_, after, _ := strings.Cut(rest, `"`)
		a.authorization = s.MaskWhole(before) + `oauth_signature="` + Redacted + `"` + s.MaskWhole(after)
		e.SingleUse = true
	case x.Claims == nil && x.ClientAuth == PrivateKeyJWT: // somebody else's assertion
		a.fields[len(a.fields)-1].Value = mask
	case x.Claims != nil:
		last := &a.fields[len(a.fields)-1] // an assertion is not secret without its signature
		last.Value = last.Value[:strings.LastIndexByte(last.Value, '.')+1] + mask
		header, claims := x.assertion(now, random)
		e.SingleUse = claims.Get("jti") != nil
		if exp, ok := WholeNumber(string(claims.Get("exp"))); ok {
			e.ExpiresAt = exp
		}
		e.Header, e.Claims = s.MaskObject(header), s.MaskObject(claims)
	}
	for _, c := range x.Choices {
		switch c.Field {
		// words of the specifications
		case "clientAuth", "signatureMethod", "bodyFormat", "basicEncoding", "alg":
		default:
			c.Field, c.Value = s.MaskWhole(c.Field), s.MaskWhole(c.Value)
		}
		e.Choices = append(e.Choices, c)
	}
	e.Request, _ = x.request(a, random)
	own := e.Request.Headers[len(e.Request.Headers)-len(x.Headers):]
	for i := range own {
		own[i].Value = Redacted
	}
	e.Request.URL, e.Request.Body = s.MaskWhole(e.Request.URL), s.MaskWhole(e.Request.Body)
	if x.BodyFormat == BodyForm {
		e.Request.Body = strings.ReplaceAll(e.Request.Body, encoded, Redacted)
	}
	return e, nil
}

// Append appends the explanation as JSON.
func (e *Explanation) Append(dst []byte) []byte {
	text := func(s string) []byte { return jsonobject.AppendText(nil, s) }
	var headers jsonobject.Object
	for _, h := range e.Request.Headers {
		headers = headers.Set(h.Name, text(h.Value))
	}
	object := jsonobject.Object{{Name: "request", Value: jsonobject.Object{
		{Name: "method", Value: text(e.Request.Method)},
		{Name: "url", Value: text(e.Request.URL)},
		{Name: "headers", Value: headers.Append(nil)},
		{Name: "body", Value: text(e.Request.Body)},
	}.Append(nil)}}
	if e.BaseString != "" {
		object = object.Set("baseString", text(e.BaseString))
	}
	if e.Header != nil {
		object = object.Set(
			"assertion",
			jsonobject.Object{
				{Name: "header", Value: e.Header.Append(nil)},
				{Name: "claims", Value: e.Claims.Append(nil)},
			}.Append(
				nil,
			),
		)
	}
	choices := []byte{'['}
	for i, c := range e.Choices {
		if i > 0 {
			choices = append(choices, ',')
		}
		choices = jsonobject.Object{
			{Name: "field", Value: text(c.Field)},
			{Name: "value", Value: text(c.Value)},
			{Name: "from", Value: text(c.From)},
		}.Append(
			choices,
		)
	}
	object = object.Set("choices", append(choices, ']'))
	object = object.Set("singleUse", strconv.AppendBool(nil, e.SingleUse))
	if e.ExpiresAt >= 0 {
		object = object.Set("expiresAt", strconv.AppendInt(nil, e.ExpiresAt, 10))
	}
	return object.Append(dst)
}
