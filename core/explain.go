package core

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// An Explanation is a request before it is sent, and why it is as it is. It holds nothing secret.
type Explanation struct {
	Request    *Request          // with [redacted] where something secret stands
	BaseString string            // what OAuth 1.0 signs (RFC 5849 section 3.4.1), or ""
	Header     jsonobject.Object // of the assertion, or nil
	Claims     jsonobject.Object // of the assertion, or nil
	Choices    []Choice
	SingleUse  bool  // a server takes the request once: it has a nonce or a jti
	ExpiresAt  int64 // when the assertion ends, seconds since the epoch; -1 without one
}

// Explain returns the request that Build makes with the same arguments, without what is secret in
// it. It needs no signature.
func (x *Exchange) Explain(now int64, random []byte) (*Explanation, error) {
	if len(random) != RandomSize {
		return nil, errRandom
	}
	// No value of a configuration holds a NUL, so what a form makes of one can be found again and
	// shown as it reads best.
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
	switch x.ClientAuth {
	case ClientSecretBasic:
		a.authorization = "Basic " + Redacted
	case OAuth1:
		before, rest, _ := strings.Cut(a.authorization, `oauth_signature="`)
		_, after, _ := strings.Cut(rest, `"`)
		a.authorization = s.MaskWhole(before) + `oauth_signature="` + Redacted + `"` + s.MaskWhole(after)
		e.SingleUse = true
	case ClientSecretJWT, PrivateKeyJWT:
		last := &a.fields[len(a.fields)-1] // what precedes the signature of an assertion isn't secret
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
		case "clientAuth", "bodyFormat", "basicEncoding", "alg": // words of the specifications
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
