package answer

import (
	"bytes"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
	"github.com/go-json-experiment/json/jsontext"
)

// readBody reads the body of a response: JSON, or a form, which GitHub and servers from before RFC
// 6749 send. A name may occur several times. token is the name of the token if the configuration
// gives it another one.
func readBody(body []byte, token string) (jsonobject.Object, error) {
	object, err := jsonobject.ParseLoose(body)
	if err != nil {
		if pairs := readForm(strings.Trim(string(body), " \t\r\n"), token); pairs != nil {
			return pairs, nil
		}
	}
	return object, err
}

// readForm reads a form that contains a token or an error, or returns nil.
func readForm(text, token string) jsonobject.Object {
	if strings.ContainsAny(text, " \t\r\n<>{}\"") ||
		!strings.HasPrefix(text, "error") && !strings.Contains(text, "access_token=") &&
			(token == "" || !strings.Contains("&"+text, "&"+urlencoded.Encode(token)+"=")) {
		return nil
	}
	var pairs jsonobject.Object
	for more := true; more; {
		var pair string
		pair, text, more = strings.Cut(text, "&")
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(
			pairs,
			jsonobject.Member{
				Name:  urlencoded.Decode(name),
				Value: jsonobject.AppendText(nil, urlencoded.Decode(value)),
			},
		)
	}
	return pairs
}

// maxUnique is the most members of an object in which a repeated name is looked for. In a larger
// object readers take the last member of a name as well.
const maxUnique = 128

// maxExplored is the most bytes of a value that is searched. Each level of nesting costs one more
// reading of it.
const maxExplored = 64 << 10

// unique returns an object in which each name occurs once, with the last of its values, as
// JSON.parse does.
func unique(object jsonobject.Object) jsonobject.Object {
	for i := 0; i < len(object) && len(object) <= maxUnique; i++ {
		for j := i + 1; j < len(object); j++ {
			if object[i].Name == object[j].Name {
				return unique(append(object[:i:i], object[i+1:]...))
			}
		}
	}
	return object
}

// isHTML says whether a body looks like a page for people, or like XML.
func isHTML(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n\ufeff")
	return len(body) > 0 && body[0] == '<'
}

// tokenHeaders are headers in which some responses carry the token: those of OpenStack's Keystone,
// and of gateways.
var tokenHeaders = []string{"x-subject-token", "x-auth-token", "x-access-token", "authorization"}

// tokenPlace says where in a response without access_token there may be a token, or returns "". Its
// result contains only names, as they are.
func (r *reading) tokenPlace() string {
	if len(r.outcome.Body) > maxExplored {
		return ""
	}
	for _, name := range tokenHeaders {
		if r.outcome.header(name) != "" {
			return "in the header " + name
		}
	}
	body := bytes.Trim(r.outcome.Body, " \t\r\n\ufeff")
	if isHTML(body) {
		for page := string(body); page != ""; {
			var tag string
			tag, page, _ = strings.Cut(page, "<")
			name := tag[:max(strings.IndexAny(tag+">", "> \t\r\n/"), 0)]
			if isTokenName(name[strings.IndexByte(name, ':')+1:]) {
				return "in the element " + name
			}
		}
		return ""
	}
	if text, _ := jsonobject.Text(body); len(text) > 8 && !strings.Contains(text, " ") {
		return "as the whole body, which is one text"
	}
	path := pathToToken(body, true, 0)
	if path == "" {
		if path = pathToToken(body, false, 0); path == "" {
			return ""
		}
	}
	return "at " + path[1:]
}

// isTokenName says whether a member with that name may be the access token.
func isTokenName(name string) bool {
	plain := plainName(name)
	return strings.HasSuffix(plain, "token") && !hasOneOf(plain, "refresh|csrf|page") &&
		plain != "idtoken" ||
		plain == "jwt"
}

// pathToToken returns the path to the first text that may be the token, with a dot before each
// name. If best, its name must be that of an access token.
func pathToToken(value jsontext.Value, best bool, depth int) string {
	if value.Kind() == '[' {
		if path := pathToToken(element(value), best, depth+1); path != "" {
			return ".0" + path
		}
		return ""
	}
	if value.Kind() != '{' || depth > 2*maxContainers {
		return ""
	}
	object, _ := jsonobject.ParseLoose(value)
	for _, m := range object {
		if text, _ := jsonobject.Text(m.Value); text != "" && isTokenName(m.Name) &&
			(!best || plainName(m.Name) == "accesstoken") {
			return "." + m.Name
		}
	}
	for _, m := range object {
		if path := pathToToken(m.Value, best, depth+1); path != "" {
			return "." + m.Name + path
		}
	}
	return ""
}

const (
	// maxExcerpt is how many characters of an unknown body an error shows. They come from its first
	// maxLooked bytes.
	maxExcerpt = 160
	maxLooked  = 8 << 10
)

// headings are the elements with the message of a page or of XML: the first that is there counts.
var headings = []string{"h1", "message", "error_description", "faultstring", "error", "p"}

// excerpt returns the beginning of an unknown body in words: the title and the heading of a page,
// or the message of XML. It leaves out everything that may be a token, a key or an id of any
// client.
func (r *reading) excerpt(success bool) string {
	body := string(r.outcome.Body[:min(len(r.outcome.Body), maxLooked)])
	if strings.Contains(body, "\x00") ||
		strings.Contains(string([]rune(body[:min(len(body), 8)])), "\ufffd") {
		// UTF-16, or compressed
		return ""
	}
	if isHTML(r.outcome.Body) {
		heading := ""
		for _, name := range headings {
			heading = first(heading, elementText(body, name))
		}
		body = join(elementText(body, "title"), heading)
	}
	return redact.Clean(hideTokens(r.mask(body), success), maxExcerpt)
}

// elementText returns the text of the first element with that name, up to the first element in it.
func elementText(page, name string) string {
	for page != "" {
		var tag string
		tag, page, _ = strings.Cut(page, "<")
		if len(tag) > len(name) && strings.EqualFold(tag[:len(name)], name) {
			_, text, _ := strings.Cut(tag[len(name):], ">")
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// hideTokens puts redact.Mark in place of everything in a text that is no plain word and no short
// number. It also hides the word after a name such as "token" and a colon or an equals sign. Where
// there can be no token, a colon and a blank may also begin a sentence: "the client assertion: it
// has no kid".
func hideTokens(text string, mayBeToken bool) string {
	var out []byte
	word, hide := "", false
	for text != "" {
		end := 0
		for end < len(text) && !isBetween(text[end]) {
			end++
		}
		if end > 0 {
			word, text = text[:end], text[end:]
			if (hide || !isPlain(word)) && word != "redacted" {
				out = append(out, redact.Mark...)
			} else {
				out = append(out, word...)
			}
			continue
		}
		for end < len(text) && isBetween(text[end]) {
			end++
		}
		between := text[:end]
		out, text = append(out, between...), text[end:]
		name := strings.ToLower(word)
		hide = name == "bearer" || name == "basic" ||
			hasOneOf(name, tokenNames) && strings.ContainsAny(between, ":=>") &&
				(mayBeToken || between != ": " || !startsSentence(text))
	}
	return string(out)
}

const tokenNames = "token|secret|passw|key|assertion|authorization|jwt|signature|cookie|session"

// isBetween says whether a character separates words.
func isBetween(c byte) bool { return c <= ' ' || strings.IndexByte("\"'<>()[]{},;:=&|!?", c) >= 0 }

// startsSentence says whether a text begins with a word of lower-case letters and another word.
func startsSentence(text string) bool {
	word, _, found := strings.Cut(text, " ")
	return found && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
}

// isPlain says whether a word belongs to human language: its parts consist of letters, or of a few
// digits.
func isPlain(word string) bool {
	letters, digits := 0, 0
	for i := 0; i <= len(word); i++ {
		c := byte('.')
		if i < len(word) {
			c = word[i]
		}
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80:
			letters++
		default:
			if letters+digits > 40 || digits > 6 || digits > 0 && letters > 0 && letters+digits > 6 {
				return false
			}
			letters, digits = 0, 0
		}
	}
	return len(word) <= 80
}

// hasOneOf says whether a text contains one of the words, which "|" separates.
//
//go:noinline
func hasOneOf(text, words string) bool {
	for more := true; more; {
		var word string
		if word, words, more = strings.Cut(words, "|"); strings.Contains(text, word) {
			return true
		}
	}
	return false
}
