package core

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// An Outcome is what became of a request: a whole response, or a failure.
type Outcome struct {
	Failure string // "" for a whole response, else one of the Failure constants
	Detail  string // the host's own words about the failure
	Status  int
	Header  func(name string) string // the value of a header of the response, or ""; http.Header.Get is one; nil if there is none
	Body    []byte
}

// The ways in which a request can fail.
const (
	FailureNetwork  = "network"
	FailureTimeout  = "timeout"
	FailureRedirect = "redirect"
	FailureTooLarge = "too_large"
)

func (o Outcome) header(name string) string {
	if o.Header == nil {
		return ""
	}
	return o.Header(name)
}

// A Token is a successful response (RFC 6749 section 5.1).
type Token struct {
	AccessToken string
	TokenType   string            // as sent; "Bearer" if the server sent none or "BearerToken"
	ExpiresIn   int64             // seconds; -1 if the server didn't say
	ExpiresAt   int64             // seconds since the epoch, from the moment before the request was sent; -1 likewise
	Scope       string            // "" if the server sent none
	ClockOffset int               // seconds by which the server's clock is ahead of ours, where the response tells so; else 0
	Rest        jsonobject.Object // whatever else the server sent, and scope as it was sent
}

// maxSeconds bounds every number of seconds from a server: 68 years, the largest int32.
const maxSeconds = math.MaxInt32

// Append appends the token as JSON with the names of RFC 6749 section 5.1 and expires_at.
func (t *Token) Append(dst []byte) []byte {
	dst = jsonobject.AppendText(append(dst, `{"access_token":`...), t.AccessToken)
	dst = jsonobject.AppendText(append(dst, `,"token_type":`...), t.TokenType)
	if t.ExpiresIn >= 0 {
		dst = strconv.AppendInt(append(dst, `,"expires_in":`...), t.ExpiresIn, 10)
		dst = strconv.AppendInt(append(dst, `,"expires_at":`...), t.ExpiresAt, 10)
	}
	for _, m := range t.Rest {
		dst = append(jsonobject.AppendText(append(dst, ','), m.Name), ':')
		dst = append(dst, m.Value...)
	}
	return append(dst, '}')
}

// wireName returns the name of RFC 6749 for one of the dialect that some servers answer a JSON request in, and "" for any other.
func wireName(camelCase string) string {
	switch camelCase {
	case "accessToken":
		return "access_token"
	case "tokenType":
		return "token_type"
	case "expiresIn":
		return "expires_in"
	case "refreshToken":
		return "refresh_token"
	case "idToken":
		return "id_token"
	}
	return ""
}

// Parse reads the outcome of the request that Build made with the same time and random bytes: sentAt is the moment before it was sent, in
// milliseconds since the epoch. The error is always a *TokenError.
func (x *Exchange) Parse(o Outcome, sentAt int64, random []byte) (*Token, error) {
	r := &reading{exchange: x, outcome: o, sentAt: sentAt, random: random}
	if o.Failure != "" {
		return nil, r.failed()
	}
	success := o.Status == 200 || o.Status == 201
	body, err := jsonobject.Parse(o.Body)
	why := refusalOf(body)
	if !success {
		r.addChallenge(&why)
	}
	if (!success || why.named) && why.says() {
		return nil, r.refused(why)
	}
	host := x.URL.Origin()
	if !success {
		return nil, r.unusable(CodeHTTPError, host+" answers with status "+strconv.Itoa(o.Status)+" and without an error that is understood", refusal{})
	}
	if err != nil {
		return nil, r.unusable(CodeInvalidResponse, "the response of "+host+" "+err.Error(), refusal{})
	}
	token, problem := readToken(body, sentAt)
	if problem != "" {
		return nil, r.unusable(CodeInvalidResponse, "the response of "+host+" "+problem, refusal{})
	}
	// A response that a cache kept has an old time. Its Date is new, and tells that.
	if offset, told := r.clockOffset(); x.Time.Path == "" && x.Time.Member != "" && (offset != 0 || !told) {
		token.ClockOffset = x.Time.offset(body, sentAt)
	}
	return token, nil
}

// A reading is one outcome being read, with what is needed to find the request's secrets in it.
type reading struct {
	exchange *Exchange
	outcome  Outcome
	sentAt   int64
	random   []byte
	secrets  []string // nil until an error needs them
}

// readToken reads the members of a successful response, and says what is wrong with one.
func readToken(body jsonobject.Object, sentAt int64) (*Token, string) {
	token := &Token{TokenType: "Bearer", ExpiresIn: -1, ExpiresAt: -1}
	for _, m := range body {
		name := m.Name
		if wire := wireName(name); wire != "" && body.Get(wire) == nil {
			name = wire
		}
		text, isText := jsonobject.Text(m.Value)
		switch name {
		case "access_token":
			if token.AccessToken = text; !isText {
				return nil, "has an access_token that is not a string"
			}
		case "token_type":
			switch {
			case isText && text != "" && text != "BearerToken":
				token.TokenType = text
			case !isText && m.Value.Kind() != 'n':
				return nil, "has a token_type that is not a string"
			}
		case "expires_in":
			seconds, ok := secondsOf(m.Value)
			if !ok {
				return nil, "has an expires_in that is not a number of seconds"
			}
			if token.ExpiresIn = seconds; seconds >= 0 {
				token.ExpiresAt = sentAt/1000 + seconds
			}
		case "scope":
			token.Scope = text
			token.Rest = append(token.Rest, jsonobject.Member{Name: name, Value: safe(m.Value)})
		case "expires_at": // ours, from our own clock, has this name
		case "__proto__": // it would set the prototype of an object that copies it
		default:
			token.Rest = append(token.Rest, jsonobject.Member{Name: name, Value: safe(m.Value)})
		}
	}
	if token.AccessToken == "" {
		return nil, "holds no access_token"
	}
	for i := 0; i < len(token.AccessToken); i++ {
		if c := token.AccessToken[i]; c < ' ' || c > '~' { // RFC 6749 appendix A.12
			return nil, "has an access_token with a character that no token may have"
		}
	}
	return token, ""
}

// secondsOf reads a number or a string that holds one; a fraction is cut, null is -1.
func secondsOf(v jsontext.Value) (int64, bool) {
	text := string(v)
	switch v.Kind() {
	case 'n':
		return -1, true
	case '"':
		text, _ = jsonobject.Text(v)
		if strings.Trim(text, "0123456789.") != "" { // ParseFloat knows "inf", "0x1p4" and "1_000"
			return 0, false
		}
	case '0':
		if seconds, ok := wholeNumber(text); ok {
			return min(seconds, maxSeconds), true
		}
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if math.IsInf(f, 1) {
		return maxSeconds, true
	}
	if err != nil || !(f >= 0) || text[0] == '-' {
		return 0, false
	}
	return int64(min(math.Floor(f), maxSeconds)), true
}

// safe returns a value that JavaScript can hold: a number that a double can't becomes a string with its text, and members
// named __proto__ are left out.
func safe(v jsontext.Value) jsontext.Value {
	switch v.Kind() {
	case '0':
		if !exact(string(v)) {
			return jsonobject.AppendText(nil, string(v))
		}
	case '{':
		object, err := jsonobject.Parse(v)
		if err != nil {
			return jsontext.Value("null")
		}
		kept := object[:0]
		for _, m := range object {
			if m.Name != "__proto__" {
				kept = append(kept, jsonobject.Member{Name: m.Name, Value: safe(m.Value)})
			}
		}
		return kept.Append(nil)
	case '[':
		elements, err := jsonobject.Elements(v)
		if err != nil {
			return jsontext.Value("null")
		}
		out := jsontext.Value{'['}
		for i, e := range elements {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, safe(e)...)
		}
		return append(out, ']')
	}
	return v
}

// exact says whether a double holds the number: every integer up to 2^53-1 and every fraction does, as well as it can.
func exact(number string) bool {
	if _, ok := wholeNumber(number); ok {
		return true
	}
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && math.Abs(f) <= 1<<53-1
}

// isHTML says whether a body looks like a page for people.
func isHTML(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n\ufeff")
	return len(body) > 0 && body[0] == '<'
}
