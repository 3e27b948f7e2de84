package core

import (
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A refusal is what a server says about an error, in whichever of the known shapes.
type refusal struct {
	err         string // "error" of RFC 6749 section 5.2
	description string
	code        string // the server's own
	requestID   string
	named       bool // it names itself an error, so it is one beside a status of success too
}

// says tells whether the server said anything.
func (r refusal) says() bool { return r.err+r.description+r.code != "" }

// refusalOf recognises the shapes of RFC 6749 section 5.2, of APIs that number their errors, of Apigee's two, of JSON:API, of Google's,
// of RFC 9457, and of those that have a sentence and perhaps a code.
func refusalOf(body jsonobject.Object) refusal {
	why := refusal{named: true, requestID: scalar(body, "correlationId", "errorId", "correlation_id", "trace_id")}
	switch kind := body.Get("error").Kind(); {
	case kind == '"' && body.Get("timestamp") != nil && body.Get("path") != nil:
		// Spring Boot: the error is the phrase of the status, {"timestamp":…,"status":401,"error":"Unauthorized","path":"/oauth/token"}
		why.description, why.named = join(body.Text("error"), body.Text("message")), false
		return why
	case kind == '"' && body.Text("error") != "":
		why.err = body.Text("error")
		why.description = scalar(body, "error_description", "message")
		why.code = scalar(body, "errorCode", "error_codes")
		return why
	case kind == '{': // {"error":{"code":401,"message":"…","status":"UNAUTHENTICATED"}}
		inner := sub(body, "error")
		return refusal{err: inner.Text("type"), description: inner.Text("message"), code: scalar(inner, "status", "code"), named: true}
	case body.Text("ErrorCode") != "": // Apigee, GenerateResponse
		return refusal{err: body.Text("ErrorCode"), description: body.Text("Error"), code: body.Text("ErrorCode"), named: true}
	case body.Get("fault").Kind() == '{':
		// Apigee, {"fault":{"faultstring":"…","detail":{"errorcode":"…"}}}, and WSO2, {"fault":{"code":900902,"message":"…","description":"…"}}
		fault := sub(body, "fault")
		why.description = first(fault.Text("faultstring"), join(fault.Text("message"), fault.Text("description")))
		why.code = first(sub(fault, "detail").Text("errorcode"), scalar(fault, "code"))
		return why
	case body.Get("errors").Kind() == '[': // JSON:API
		inner := sub(body, "errors")
		why.description = first(scalar(body, "errors"), join(inner.Text("title"), scalar(inner, "detail", "message")))
		why.code = scalar(inner, "code")
		return why
	}
	why.code = scalar(body, "errorCode")
	why.named = why.code != ""
	why.description = scalar(body, "message", "errorSummary", "Message", "msg", "error_description")
	if why.description == "" { // RFC 9457; {"title","status","code","cause","action","correlationId"}
		why.description = join(body.Text("title"), scalar(body, "detail", "cause"))
		if problem := body.Text("type"); problem != "about:blank" {
			why.code = first(why.code, scalar(body, "code"), problem)
		}
	}
	// FastAPI, {"detail":[{"loc":["body","client_id"],"msg":"Field required"}]}
	why.description = first(why.description, sub(body, "detail").Text("msg"))
	why.code = first(why.code, scalar(body, "code"))
	if why.description == "" && !why.named {
		return refusal{}
	}
	return why
}

// first returns the first text that is not empty.
//
//go:noinline
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

// sub returns a member that is an object, or the first element of one that is a list of them.
func sub(body jsonobject.Object, name string) jsonobject.Object {
	inner, err := jsonobject.Parse(element(body.Get(name)))
	if err != nil {
		return nil
	}
	return inner
}

// scalar returns the text of the first of these members that is a string with something in it or a number, or a list that begins with one.
func scalar(body jsonobject.Object, names ...string) string {
	for _, name := range names {
		v := element(body.Get(name))
		if text, _ := jsonobject.Text(v); text != "" {
			return text
		}
		if v.Kind() == '0' {
			if f, err := strconv.ParseFloat(string(v), 64); err == nil {
				return strconv.FormatFloat(f, 'f', -1, 64)
			}
		}
	}
	return ""
}

// element returns the first element of a list, and any other value as it is.
func element(v jsontext.Value) jsontext.Value {
	if v.Kind() != '[' {
		return v
	}
	elements, err := jsonobject.Elements(v)
	if err != nil || len(elements) == 0 {
		return nil
	}
	return elements[0]
}

// addChallenge adds what the body doesn't say and WWW-Authenticate does (RFC 6750 section 3). The header is searched for secrets before it
// is taken apart: in one that was repeated without its escapes a quotation mark would cut it.
func (r *reading) addChallenge(why *refusal) {
	if header := r.mask(r.outcome.header("www-authenticate")); header != "" {
		why.err = first(why.err, challengeParam(header, "error"))
		why.description = first(why.description, challengeParam(header, "error_description"))
	}
}

// challengeParam returns a parameter of a WWW-Authenticate header (RFC 9110 section 11.6.1), whichever of its challenges it belongs to.
func challengeParam(header, name string) string {
	for header != "" {
		end := strings.IndexAny(header, " \t,=")
		if end < 0 {
			return ""
		}
		param, value := header[:end], ""
		isParam := header[end] == '='
		header = header[end+1:]
		if isParam {
			value, header = challengeValue(header)
		}
		if isParam && strings.EqualFold(param, name) {
			return value
		}
	}
	return ""
}

// challengeValue splits the value that a text begins with, a token or a quoted string, from the rest.
func challengeValue(text string) (value, rest string) {
	if strings.HasPrefix(text, `"`) {
		var unquoted []byte
		for i := 1; i < len(text); i++ {
			if text[i] == '"' {
				return string(unquoted), text[i+1:]
			}
			if text[i] == '\\' && i+1 < len(text) {
				i++
			}
			unquoted = append(unquoted, text[i])
		}
		return "", "" // it has no end
	}
	end := strings.IndexAny(text, " \t,")
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}
