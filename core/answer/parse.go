// Package answer reads the response to a token request of package core. The result is a [Token], or
// a [core.TokenError] with the server's words and the advice.
package answer

import (
	"math"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
	"github.com/go-json-experiment/json/jsontext"
)

// An Outcome is the outcome of a request: a whole response, or a failure.
type Outcome struct {
	Failure string // "" for a whole response, else one of the Failure constants
	Detail  string // the host's words about the failure
	Status  int
	// returns the value of a response header, or ""; http.Header.Get does; nil if there is none
	Header func(name string) string
	Body   []byte
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
	TokenType   string // as the server sent it; "Bearer" if the server sent none or "BearerToken"
	ExpiresIn   int64  // seconds; -1 if the server didn't say, or said 0 or less
	// seconds since the epoch, counted from the moment before the request was sent; -1 as above
	ExpiresAt int64
	Scope     string // "" if the server sent none
	// how many seconds the server's clock is ahead of ours, if the response shows it; else 0
	ClockOffset int
	Rest        jsonobject.Object // all other members of the response, and scope as the server sent it
}

// maxSeconds is the limit of every number of seconds from a server: 68 years, the largest int32.
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

// wireName translates a member name of a dialect that some servers use for JSON requests into that
// of RFC 6749. It returns "" for any other name.
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

// Parse reads the outcome of a request that [core.Exchange.Build] made with the same time, random
// bytes and signature. sentAt is the moment before it was sent, in milliseconds since the epoch.
// The error is always a *core.TokenError.
func Parse(
	x *core.Exchange,
	o Outcome,
	sentAt int64,
	random, signature []byte,
) (*Token, error) {
	r := &reading{exchange: x, outcome: o, sentAt: sentAt, random: random, signature: signature}
	if o.Failure != "" {
		return nil, r.failed()
	}
	all, err := readBody(o.Body, x.Response[0])
	body := unique(all)
	r.tokens = valuesAt(all, x.Response[0])
	problem := ""
	if x.Purpose == core.ForRevocation && o.Status/100 == 2 {
		err = nil // the status says it all (RFC 7009 section 2.2)
	}
	if o.Status/100 == 2 && err == nil {
		var token *Token
		members, once := all, body
		if x.Response != (core.Response{}) {
			members = r.placed(all)
			once = unique(members)
		}
		if token, problem = r.readToken(members, once); problem == "" && !namesError(body) {
			// A cached response contains an old time. Its Date is new, which reveals the cache.
			if offset, told := r.clockOffset(); x.Time.Path == "" && x.Time.Member != "" &&
				(offset != 0 || !told) {
				token.ClockOffset = timeIn(body, x.Time, sentAt, maxSkew)
			}
			return token, nil
		}
	}
	success := o.Status == 200 || o.Status == 201 || o.Status/100 == 2 && err == nil && problem == ""
	why := r.readRefusal(body, err, success)
	if why.says() && (!success || why.failed) {
		return nil, r.refused(why)
	}
	if success && err == nil && problem == "" { // an error without words
		problem = "holds an error that says nothing"
	}
	return nil, r.notUnderstood(success, err, problem, body, why)
}

// readRefusal reads a response's words about an error. In a success that doesn't call itself an
// error only the message counts: the other members may be the wanted data.
func (r *reading) readRefusal(body jsonobject.Object, err error, success bool) refusal {
	if err != nil {
		if elements, err := jsonobject.ElementsLoose(r.outcome.Body); err == nil && len(elements) > 0 &&
			elements[0].Kind() == '{' {
			body = jsonobject.Object{
				{Name: "errors", Value: elements[0]},
			} // Salesforce: [{"message":…,"errorCode":…}]
		}
	}
	why := refusalOf(body)
	if success {
		if !why.failed {
			members := known(body)
			why = refusal{
				description: hideTokens(first(members.text(sentences), members.text(subjects)), true),
				requestID:   why.requestID,
			}
		}
		return why
	}
	if !why.says() {
		why.description = firstField(body)
	}
	r.addChallenge(&why)
	return why
}

// notUnderstood returns the error for a response that is neither a token nor a known kind of error.
// It describes the response, and says where in it there may be a token.
func (r *reading) notUnderstood(
	success bool,
	err error,
	problem string,
	body jsonobject.Object,
	why refusal,
) *core.TokenError {
	message := "the response of " + r.exchange.URL.Origin() + " "
	switch {
	case !success:
		message = r.exchange.URL.Origin() + " answers with status " + strconv.Itoa(
			r.outcome.Status,
		) + " and without an error that is understood"
	case err != nil:
		message += err.Error()
	default:
		message += r.named(problem)
	}
	if problem == "" || strings.HasPrefix(problem, "holds no ") {
		r.place = redact.Clean(r.mask(r.tokenPlace()), maxExcerpt)
	}
	switch {
	case r.place != "":
		message += ", but what may be a token stands " + r.place
	case why.description != "":
		message += ": " + r.redact(why.description)
	case len(r.outcome.Body) == 0 || err == nil && len(body) == 0:
	case err == nil:
		names := ""
		for i, m := range body[:min(len(body), maxShown)] {
			if i > 0 {
				names += ", "
			}
			names += m.Name
			if text, _ := jsonobject.Text(m.Value); text != "" && !success {
				// in a success it may be the token
				names += ": " + text
			}
		}
		message += redact.Clean(": it has "+hideTokens(r.mask(names), true), maxExcerpt)
	default:
		kind, _, _ := strings.Cut(r.outcome.header("content-type"), ";")
		message += " (" + first(core.Name(hideTokens(r.mask(kind), true)), "no Content-Type") + ")"
		// Broken JSON may contain a secret that was escaped several times, and a single word may be the
		// token.
		if r.words = r.excerpt(success); r.words == "" || strings.ContainsAny(r.words[:1], `{["`) ||
			success && !strings.Contains(r.words, " ") {
			r.words = ""
		} else {
			message += ": " + r.words
		}
	}
	if !success {
		return r.unusable(core.CodeHTTPError, message, why)
	}
	return r.unusable(core.CodeInvalidResponse, message, why)
}

// A reading reads one outcome. It has the means to find the request's secrets in it.
type reading struct {
	exchange  *core.Exchange
	outcome   Outcome
	sentAt    int64
	random    []byte
	signature []byte           // a private key's signature of the assertion, as its signer returned it
	tokens    []jsontext.Value // the values at the configured path of the token
	search    *redact.Search   // nil until an error needs it
	place     string           // where in the response there may be a token
	words     string           // the beginning of an unknown body
	complaint int              // the server's complaint about a time
}

// redact prepares a server's or a host's text for an error: it removes the request's secrets and
// tokens, cleans the text, and limits its length.
func (r *reading) redact(text string) string { return r.secrets().Fit(text) }

// mask replaces the request's secrets, the response's tokens, and every possible JWT in a text. Of
// a long text it returns the beginning.
func (r *reading) mask(text string) string { return r.secrets().Mask(text) }

func (r *reading) secrets() *redact.Search {
	if r.search == nil {
		r.search = r.exchange.Secrets(r.sentAt, r.random, r.signature)
		r.search.AddTokensOf(r.outcome.Body)
		for _, value := range r.tokens[:min(len(r.tokens), maxShown)] {
			r.search.AddToken(scalar(value))
		}
	}
	return r.search
}

// maxShown is the most member names that an error shows.
const maxShown = 10

const noToken = "holds no access_token"

// readToken reads all members of a successful response, each name once, and reports the first wrong
// one. Apart from the type, no other member can make a token fail.
func (r *reading) readToken(all, body jsonobject.Object) (*Token, string) {
	if r.exchange.Purpose != core.ForToken {
		return r.readOther(body)
	}
	token := &Token{TokenType: "Bearer", ExpiresIn: -1, ExpiresAt: -1}
	isThere := false
	for _, m := range all {
		if m.Name != "access_token" && m.Name != "accessToken" || m.Value.Kind() == 'n' {
			continue
		}
		text, _ := jsonobject.Text(m.Value)
		switch {
		case m.Value.Kind() != '"':
			return nil, "has an access_token that is not a string"
		case isThere && text != token.AccessToken:
			return nil, "has two access tokens that differ: which of them is meant can't be known"
		}
		token.AccessToken, isThere = text, true
	}
	for _, m := range body {
		name := m.Name
		if wire := wireName(name); wire != "" && (len(body) > maxUnique || body.Get(wire) == nil) {
			name = wire
		}
		text, isText := jsonobject.Text(m.Value)
		switch name {
		case "access_token", "accessToken":
		case "token_type":
			switch {
			case isText && text != "" && plainName(text) != "bearertoken":
				token.TokenType = text
			case !isText && m.Value.Kind() != 'n':
				return nil, "has a token_type that is not a string"
			}
		case "expires_in":
			// A token that has ended on arrival is useless, so 0 must mean that the lifetime is unknown.
			if seconds, ok := secondsOf(m.Value); ok && seconds > 0 && !r.isMoment(m.Value) {
				token.ExpiresIn = seconds
			}
		case "scope":
			token.Scope = text
			token.Rest = append(token.Rest, jsonobject.Member{Name: name, Value: safe(m.Value)})
		case "expires_at": // our own member, from our own clock, has this name
		case "__proto__": // it would set the prototype of an object that copies it
		default:
			token.Rest = append(token.Rest, jsonobject.Member{Name: name, Value: safe(m.Value)})
		}
	}
	if token.AccessToken == "" {
		return nil, noToken
	}
	if !core.IsPrintable(token.AccessToken) { // RFC 6749 appendix A.12
		return nil, "has an access_token with a character that no token may have"
	}
	if !core.IsPrintable(token.TokenType) { // RFC 6749 appendix A.13
		return nil, "has a token_type with a character that no type may have"
	}
	if token.ExpiresIn < 0 {
		token.ExpiresIn = r.lifetimeLeft(body)
	}
	if token.ExpiresIn >= 0 {
		token.ExpiresAt = r.sentAt/1000 + token.ExpiresIn
	}
	return token, ""
}

// ends are the members that tell the end of a token, as plainName returns them.
const ends = " expiresin expiresat expireson expires expire expiration expiretime expiry " +
	"expirydate expirationdate expirationtime "

// lifetimeLeft returns how many seconds a token lives by the first end that the response tells, or
// -1 if that has passed or there is none. It counts from the response's Date, which is by the same
// clock. If Date and our clock are far apart, either may be wrong. Then the shorter lifetime
// counts, because the other could be too long by the difference.
func (r *reading) lifetimeLeft(body jsonobject.Object) int64 {
	ours := r.sentAt / 1000
	date, ok := httpDate(r.outcome.header("date"), ours)
	if apart := max(date-ours, ours-date); !ok || apart > MaxOffset {
		date = ours
	} else if apart <= maxApart {
		ours = date
	}
	left := int64(-1)
	take := func(seconds int64) {
		if seconds > 0 && (left < 0 || seconds < left) {
			left = min(seconds, maxSeconds)
		}
	}
	for _, m := range body {
		name := plainName(m.Name)
		if name == "" || !strings.Contains(ends, " "+name+" ") {
			continue
		}
		if seconds, ok := secondsOf(m.Value); ok && seconds < minMoment &&
			(name == "expires" || name == "expire") {
			take(seconds) // Facebook, Feishu: {"expires":5183999}
		} else if end, ok := timeOf(m.Value, date); ok {
			take(end - date)
			take(end - ours)
		}
	}
	return left
}

// isMoment says whether an expires_in is not a time in seconds but a moment: some servers send the
// end itself. That is so if the moment is from yesterday until in a year. No token lives for as
// long as since 1970, and what stands for ever is another number.
func (r *reading) isMoment(v jsontext.Value) bool {
	const day, year = 24 * 60 * 60, 366 * 24 * 60 * 60
	ours := r.sentAt / 1000
	moment, ok := timeOf(v, ours)
	return ok && ours-day <= moment && moment <= ours+year
}

// maxApart is the greatest difference in seconds between two clocks that are both right.
const maxApart = 600

// A number between these is seconds since the epoch: of the years 2001 to 5138.
const (
	minMoment = 1_000_000_000
	maxMoment = 100_000_000_000
)

// timeOf reads a moment as seconds since the epoch. It accepts a number of seconds, milli-, micro-
// or nanoseconds, a date of ISO 8601 with its time zone, and an HTTP date.
func timeOf(v jsontext.Value, near int64) (int64, bool) {
	text := scalar(v)
	if n, ok := wholePart(text); ok && n < math.MaxInt64 {
		for thousands := 0; n > maxMoment && thousands < 3; thousands++ {
			n /= 1000
		}
		return n, minMoment <= n && n <= maxMoment
	}
	if seconds, ok := isoDate(text); ok {
		return seconds, true
	}
	return httpDate(text, near)
}

// secondsOf reads a number, or a string with one. It cuts off a fraction, and returns -1 for null.
func secondsOf(v jsontext.Value) (int64, bool) {
	text := string(v)
	switch v.Kind() {
	case 'n':
		return -1, true
	case '"':
		text, _ = jsonobject.Text(v)
		text = strings.TrimSuffix(strings.TrimSpace(text), "s") // a Duration of Protocol Buffers: 3599s
	case '0':
	default:
		return 0, false
	}
	seconds, ok := wholePart(text)
	return min(seconds, maxSeconds), ok
}

// safe returns a value that JavaScript can hold: a number that doesn't fit a double becomes a
// string, and members named __proto__ are left out.
func safe(v jsontext.Value) jsontext.Value {
	switch v.Kind() {
	case '"':
		if text, whole := jsonobject.Text(v); !whole { // an escaped lone surrogate
			return jsonobject.AppendText(nil, text)
		}
	case '0':
		if !exact(string(v)) {
			return jsonobject.AppendText(nil, string(v))
		}
	case '{':
		object, err := jsonobject.ParseLoose(v)
		if err != nil {
			return jsontext.Value("null")
		}
		object = unique(object)
		kept := object[:0]
		for _, m := range object {
			if m.Name != "__proto__" {
				kept = append(kept, jsonobject.Member{Name: m.Name, Value: safe(m.Value)})
			}
		}
		return kept.Append(nil)
	case '[':
		elements, err := jsonobject.ElementsLoose(v)
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

// exact says whether a double can hold the number: every integer up to 2^53-1, and every fraction,
// rounded.
func exact(number string) bool {
	n, ok := wholePart(strings.TrimPrefix(number, "-"))
	return ok && n < 1<<53
}
