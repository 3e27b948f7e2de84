package core

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
)

// A Source is an assertion or a token that somebody else issues: the text itself, or where a new
// one is to be had before each request. At most one of Text, Host, File and URL is set.
type Source struct {
	Text string
	Host bool   // the host asks a function of the caller's
	File string // the host reads the file of that path
	// URL is that of a GET. {audience} in it is the percent-encoded name of the token endpoint, as
	// the issuer of the assertion knows it.
	URL     string
	Headers []Header // of that GET; their values are secret
	Member  string   // of the JSON object that the file or the response is; "" if it is the text
}

// A Get is a [Source] that the host, or a request, gets a text from before each token request.
type Get struct {
	Field    string // of the configuration
	Source   *Source
	Audience string // who is to accept the text
}

// MaxSource is how many bytes a file or a response may have that holds an assertion or a token.
const MaxSource = 1 << 16

const audiencePlaceholder = "{audience}"

// Request returns the request of a URL.
func (g *Get) Request() *Request {
	return &Request{
		Method: "GET",
		URL: strings.ReplaceAll(
			g.Source.URL, audiencePlaceholder, urlencoded.Encode(g.Audience),
		),
		Headers: append([]Header{{"Accept", "application/json"}}, g.Source.Headers...),
	}
}

// The ways in which a host can fail to get a text.
const (
	// the caller's own function, or the reading of a file, ended with an error; the detail is its
	// words
	GetThrew = "threw"
	GetLate  = "timeout" // it took longer than the request may
	// the caller's own function returned something else; the detail names its type
	GetNoText = "no_text"
)

// Failed returns the error of a text that there will not be.
func (g *Get) Failed(x *Exchange, failure, detail string) *TokenError {
	shown := PlainReason(x.Secrets(0, make([]byte, RandomSize), nil).Fit(detail))
	switch failure {
	case GetLate:
		e := NewError(CodeTimeout, g.Field+" did not come in time")
		e.Retryable = true
		return e
	case GetNoText:
		return g.failed("must return a string, not " + shown)
	}
	e := g.failed("can't be had")
	if e.Cause = shown; shown != "" {
		e.Message += ": " + shown
	}
	return e
}

func (g *Get) failed(what string) *TokenError {
	return NewError(CodeSourceFailed, g.Field+" "+what)
}

// Read returns the text that a host, a file or a response gives.
func (g *Get) Read(given string) (string, *TokenError) {
	text := strings.TrimSpace(given)
	if g.Source.Member != "" {
		object, err := jsonobject.ParseLoose([]byte(text))
		if text = object.Text(g.Source.Member); err != nil || text == "" {
			return "", g.failed("can't be had: there is no JSON object with a text of the name " +
				Name(g.Source.Member))
		}
	}
	if text == "" || len(text) > MaxSource || !IsPrintable(text) {
		return "", g.failed("must be 1 to 65536 characters of printable ASCII")
	}
	return text, nil
}

// Given says whether the source is set.
func (s *Source) Given() bool { return s.Text != "" || s.anew() }

// anew says whether a text is to be had before each request.
func (s *Source) anew() bool { return s.Host || s.File != "" || s.URL != "" }

// Kind says in a word or two where a new text is to be had.
func (s *Source) Kind() string {
	switch {
	case s.File != "":
		return "the file " + s.File
	case s.URL != "":
		return "a URL"
	}
	return "a function"
}

// set reads a source from outside.
//
//go:noinline
func (s *Source) set(name string, v Value) (err error) {
	switch {
	case v == (Value{KindHostKey, "{}"}):
		s.Host = true
		return nil
	case v.Kind == KindText:
		s.Text, err = textOf(name, v)
		return err
	case v.Kind != KindJSON || v.Text[0] != '{':
		return ConfigError(
			name, "must be a string, a function, { file } or { url }, not "+v.What(),
		)
	}
	members, err := objectOf(name, v)
	texts := s.texts()
	for _, m := range members {
		member, value := name+"."+m.Name, valueOf(m.Value)
		at := slices.Index(sourceMembers, m.Name)
		switch {
		case at < 0:
			err = UnknownKey("member of "+name, m.Name, sourceMembers)
		case at < len(texts):
			*texts[at], err = textOf(member, value)
		default:
			s.Headers, err = headersOf(member, value)
		}
		if err != nil {
			return err
		}
	}
	if err == nil && !s.anew() {
		err = ConfigError(name, "must have a file or a url")
	}
	return err
}

// sourceMembers are the members of a source that is an object: three texts, and headers.
var sourceMembers = []string{"file", "url", "member", "headers"}

// texts returns where the texts of a source stand, in the order of sourceMembers.
func (s *Source) texts() [3]*string { return [...]*string{&s.File, &s.URL, &s.Member} }

// value is the reverse of set, except for a function, which only the host has.
//
//go:noinline
func (s *Source) value() Value {
	if !s.anew() {
		return Value{KindText, s.Text}
	}
	return Value{KindJSON, string(s.members().Append(nil))}
}

// members returns what is set of a source that is an object.
func (s *Source) members() (object jsonobject.Object) {
	for i, text := range s.texts() {
		if *text != "" {
			object = append(object, textMember(sourceMembers[i], *text))
		}
	}
	var headers jsonobject.Object
	for _, h := range s.Headers {
		headers = append(headers, textMember(h.Name, h.Value))
	}
	if headers != nil {
		object = append(object, jsonobject.Member{Name: "headers", Value: headers.Append(nil)})
	}
	return object
}

// check refuses what is no source.
//
//go:noinline
func (s *Source) check(name string) error {
	ways := 0
	for _, set := range []bool{s.Text != "", s.Host, s.File != "", s.URL != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways > 1:
		return ConfigError(name, "is given in several ways: give a text, a function, a file or a URL")
	case s.URL == "" && s.Headers != nil:
		return ConfigError(name+".headers", "is for a url: leave it out")
	case s.Member != "" && s.File == "" && s.URL == "":
		return ConfigError(name+".member", "is for a file or a url: leave it out")
	case strings.Contains(s.File, "\x00"):
		return ConfigError(name+".file", "contains a NUL character: remove it")
	case s.Text == Redacted:
		return ErrRedacted(name)
	case s.URL == "":
		return nil
	}
	// braces are no characters of a URL
	url, err := oauth1.ParseURL(strings.ReplaceAll(s.URL, audiencePlaceholder, "audience"))
	if err != nil {
		return ConfigError(name+".url", err.Error())
	}
	// Machines of Google, Azure and others have their metadata at a link-local address (RFC 3927).
	if url.Scheme == "http" && !url.Loopback() && !url.LinkLocal() {
		return ConfigError(
			name+".url", "must start with https://, but for this machine and for 169.254.0.0/16",
		)
	}
	return checkHeaders(name+".headers", s.Headers, connectionHeaders)
}

// ErrRedacted is the error of a secret that was printed.
func ErrRedacted(field string) error {
	return ConfigError(
		field,
		"is '"+Redacted+"', which a configuration shows in its place when it is printed or made "+
			"into JSON: hand over the configuration itself",
	)
}
