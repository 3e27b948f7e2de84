package answer

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A refusal contains a server's words about an error, in any of the known shapes.
type refusal struct {
	err         string // "error" of RFC 6749 section 5.2
	description string
	code        string // the server's own
	requestID   string
	// the server says that something failed, so this is an error even with a status of success
	failed bool
}

// says reports whether the server said anything.
func (r refusal) says() bool { return r.err+r.description+r.code != "" }

// The members that describe an error, the best first, as plainName returns them. They are those of
// RFC 6749, RFC 9457, JSON:API and of the servers in the corpus.
const (
	// A sentence is complete; a subject and a detail complete each other.
	sentences = "errordescription submsg errorsummary faultstring errorcapital developermessage"
	subjects  = "message errormessage errormsg msg errmsg title errors errormessages nonfielderrors"
	details   = "detail details description cause reason usermessage displaymessage longmessage " +
		"reasonphrase"
	codes    = "errorcode errcode errorcodes subcode serviceerrorcode status code name tag type issue"
	requests = "correlationid errorid traceid requestid debugid fbtraceid transactionid logid " +
		"contextid ecid referenceid"
	// The members that may contain such an object, and the members with the request's identifier.
	containers = "error fault errors errorresponse odataerror exception response detail details " +
		"status data result reasons message output errorcauses context"
)

// maxContainers is the deepest nesting of such members.
const maxContainers = 4

// refusalOf reads an object's words about an error.
func refusalOf(body jsonobject.Object) refusal {
	why := said(body, "", 0)
	phrase := body.Text("error")
	switch {
	case body.Text("ErrorCode") != "": // Apigee, GenerateResponse
		why.err = body.Text("ErrorCode")
	case phrase == "":
	case body.Get("path") != nil && body.Get("timestamp") != nil, body.Get("statusCode") != nil:
		// Spring Boot, NestJS: error repeats the phrase of the status,
		// {"timestamp":…,"status":401,"error":"Unauthorized","path":"/oauth/token"}
		why.description = join(phrase, why.description)
	default:
		why.err = phrase
	}
	if number := body.Get("error"); number.Kind() == '0' && why.description != "" {
		why.code = first(why.code, scalar(number))
	}
	why.failed = why.err != "" || why.description != "" && why.code != "" || namesError(body)
	for _, m := range body {
		if string(m.Value) == "false" &&
			strings.Contains(" ok success issuccess succeeded ", " "+plainName(m.Name)+" ") {
			why.failed = true
		}
	}
	return why
}

// errorNames are members that make an object an error.
const errorNames = " error Error errorCode error_code ErrorCode errcode errors fault Fault " +
	"error_response "

// namesError says whether an object calls itself an error, so that it counts as one even with a
// token. Members that deny an error, such as an errorCode of 0, don't count.
func namesError(body jsonobject.Object) bool {
	for _, m := range body {
		if m.Name != "" && (m.Name[0]|0x20 == 'e' || m.Name[0]|0x20 == 'f') &&
			strings.Contains(errorNames, " "+m.Name+" ") &&
			m.Value.Kind() != 't' &&
			!isNothing(m.Value) {
			return true
		}
	}
	return false
}

// isNothing says whether a code is empty or means success.
func isNothing(v jsontext.Value) bool {
	text := strings.Trim(strings.ToLower(string(v)), "{}[]\" \t\r\n")
	return strings.Trim(text, "0") == "" ||
		strings.Contains(" 200 ok success succeeded none null false no ", " "+text+" ")
}

// said reads an object's words about an error, and those of the first container with any. name is
// the object's own.
func said(body jsonobject.Object, name string, depth int) refusal {
	members := known(body)
	why := refusal{description: members.text(sentences), code: members.code(depth)}
	if why.description == "" {
		why.description = join(members.text(subjects), members.text(details))
	}
	if name == "message" { // SAP: {"message":{"lang":"en","value":"a sentence"}}
		why.description = first(why.description, members.text("value text"))
	}
	if depth > 0 {
		// Strava: {"field":"client_id","code":"invalid"}
		if field := members.text("field param"); field != "" {
			why.description = join(field, first(why.description, why.code))
		}
		if name == "error" {
			if why.err = members.text("type"); why.err == why.code {
				why.code = ""
			}
		}
		if why.code == "" {
			why.code = members.text("errorid")
		}
	}
	if depth == 0 || name == "context" || name == "error" {
		why.requestID = members.text(requests)
	}
	found := false
	for rest := containers; rest != "" && depth < maxContainers; {
		var container string
		container, rest, _ = strings.Cut(rest, " ")
		object, err := jsonobject.ParseLoose(element(members.get(container)))
		if err != nil {
			continue
		}
		inner := said(unique(object), container, depth+1)
		why.requestID = first(why.requestID, inner.requestID)
		if container == "errors" && !inner.says() {
			inner.description = firstField(object)
		}
		if !found && inner.says() {
			found = true
			why.err, why.code = first(why.err, inner.err), first(why.code, inner.code)
			if !strings.Contains(why.description, inner.description) {
				why.description = join(why.description, inner.description)
			}
		}
	}
	return why
}

// firstField returns the first complaint about a field: {"client_id":["This field is required."]}.
func firstField(body jsonobject.Object) string {
	for _, m := range body {
		if text, _ := jsonobject.Text(element(m.Value)); text != "" && m.Value.Kind() == '[' {
			return m.Name + ": " + text
		}
	}
	return ""
}

// plainMembers are the members of an object, with names as plainName returns them.
type plainMembers jsonobject.Object

func known(body jsonobject.Object) plainMembers {
	members := make(plainMembers, 0, 8)
	for _, m := range body {
		name := plainName(m.Name)
		if name == "error" && m.Name[0] == 'E' &&
			m.Value.Kind() == '"' { // Apigee: {"ErrorCode":…,"Error":"a sentence"}
			name = "errorcapital"
		}
		if name != "" && len(m.Value) <= maxExplored {
			members = append(members, jsonobject.Member{Name: name, Value: m.Value})
		}
	}
	return members
}

// plainName returns a name in lower case without separators, or "" for a name that is too long to
// matter.
func plainName(name string) string {
	if len(name) > 32 {
		return ""
	}
	plain := make([]byte, 0, 32)
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			plain = append(plain, c|0x20)
		case c != '_' && c != '-' && c != '.' && c != ' ':
			plain = append(plain, c)
		}
	}
	return string(plain)
}

//go:noinline
func (m plainMembers) get(name string) jsontext.Value { return jsonobject.Object(m).Get(name) }

// text returns the first text or number of each of these members, joined by blanks.
func (m plainMembers) text(names string) string { return m.pick(names, false, 0) }

// code returns the server's own code.
func (m plainMembers) code(depth int) string { return m.pick(codes, true, depth) }

func (m plainMembers) pick(names string, isCode bool, depth int) string {
	for more := true; more; {
		var name string
		name, names, more = strings.Cut(names, " ")
		v := element(m.get(name))
		text := scalar(v)
		switch {
		case text == "":
		case isCode && (isNothing(v) || text == "about:blank" || text == "error"):
		// a status of HTTP, or a word
		case name == "status" && (v.Kind() == '0' || text[0] < 'A' || text[0] > 'Z'):
		// the name of a field; in an error the name of the error
		case isCode && name == "type" && depth > 0:
		default:
			return text
		}
	}
	return ""
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
	switch {
	case b == "" || a == b:
		return a
	case a == "":
		return b
	}
	return a + ": " + b
}

// scalar returns the text of a string or a number.
func scalar(v jsontext.Value) string {
	if text, _ := jsonobject.Text(v); text != "" {
		return text
	}
	if v.Kind() == '0' {
		return string(v)
	}
	return ""
}

// element returns the first element of a list, and every other value as it is.
func element(v jsontext.Value) jsontext.Value {
	if v.Kind() != '[' {
		return v
	}
	elements, err := jsonobject.ElementsLoose(v)
	if err != nil || len(elements) == 0 {
		return nil
	}
	return elements[0]
}

// addChallenge adds the words of WWW-Authenticate (RFC 6750 section 3) that the body lacks. It
// masks the header before it parses it, because a quotation mark in an unescaped repeated secret
// would split it.
func (r *reading) addChallenge(why *refusal) {
	if header := r.mask(r.outcome.header("www-authenticate")); header != "" {
		why.err = first(why.err, challengeParam(header, "error"))
		why.description = first(why.description, challengeParam(header, "error_description"))
	}
}

// challengeParam returns a parameter of a WWW-Authenticate header (RFC 9110 section 11.6.1), from
// any of its challenges.
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

// challengeValue splits off the value at the beginning of a text: a token or a quoted string.
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
		return "", "" // the quotation mark at the end is missing
	}
	end := strings.IndexAny(text, " \t,")
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}
