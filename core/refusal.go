package core

import (
	"strconv"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A refusal is an error that a server put into a body, in whichever of the known shapes.
type refusal struct {
	err         string // "error" of RFC 6749 section 5.2
	description string
	code        string // the server's own
	requestID   string
	named       bool // it names itself an error, so it is one beside a status of success too
}

// refusalOf recognises the shapes of RFC 6749 section 5.2, of APIs that number their errors, of Apigee's two, of JSON:API and
// of Google's. It returns nil for any other object.
func refusalOf(body jsonobject.Object) *refusal {
	switch {
	case body.Text("error") != "":
		return &refusal{
			err:         body.Text("error"),
			description: first(body.Text("error_description"), body.Text("message")),
			code:        scalar(body.Get("errorCode")),
			requestID:   first(body.Text("correlationId"), body.Text("errorId")),
			named:       true,
		}
	case body.Get("error").Kind() == '{': // {"error":{"code":401,"message":"…","status":"UNAUTHENTICATED"}}
		inner := sub(body, "error")
		return &refusal{err: inner.Text("type"), description: inner.Text("message"), code: first(inner.Text("status"), scalar(inner.Get("code"))), named: true}
	case body.Text("ErrorCode") != "": // Apigee, GenerateResponse
		return &refusal{err: body.Text("ErrorCode"), description: body.Text("Error"), code: body.Text("ErrorCode"), named: true}
	case body.Get("fault").Kind() == '{': // Apigee, fault
		fault := sub(body, "fault")
		return &refusal{description: fault.Text("faultstring"), code: sub(fault, "detail").Text("errorcode"), named: true}
	case body.Get("errors").Kind() == '[': // JSON:API
		elements, _ := jsonobject.Elements(body.Get("errors"))
		if len(elements) == 0 {
			return nil
		}
		e, err := jsonobject.Parse(elements[0])
		if err != nil {
			return nil
		}
		return &refusal{description: join(e.Text("title"), e.Text("detail")), code: scalar(e.Get("code")), named: true}
	case scalar(body.Get("errorCode")) != "":
		return &refusal{description: body.Text("message"), code: scalar(body.Get("errorCode")), requestID: first(body.Text("correlationId"), body.Text("errorId")), named: true}
	case body.Text("title") != "" && body.Get("code") != nil: // {"title","status","code","cause","action","correlationId"}
		return &refusal{description: join(body.Text("title"), body.Text("cause")), code: scalar(body.Get("code")), requestID: body.Text("correlationId")}
	}
	return nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}

func sub(object jsonobject.Object, name string) jsonobject.Object {
	inner, err := jsonobject.Parse(object.Get(name))
	if err != nil {
		return nil
	}
	return inner
}

// scalar returns the text of a string or a number.
func scalar(v jsontext.Value) string {
	if text, ok := jsonobject.Text(v); ok {
		return text
	}
	if v.Kind() == '0' {
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return ""
}
