package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// minSecret is the least length of a secret that is searched for. A shorter one would garble the
	// text, and is no real secret.
	minSecret = 4
	// partSize is the length of a part that must not be shown of a secret with at least minParts
	// characters.
	partSize = 8
	minParts = 12
	// minEnd is the length of a part that must not be shown at an end of a text, where the text may
	// have been cut, unless the part is a word. minShown is that length where the text certainly was
	// cut.
	minEnd   = 6
	minShown = 4
	// cutOff is how many characters before a cut are not shown, because a code may be incomplete
	// there.
	cutOff = 64
)

// A Search searches texts, which may be encoded or cut, for secrets and parts of them. It compares
// texts in the form of comparable.
type Search struct {
	seen   map[string]bool
	short  [minParts][]string // grouped by length
	long   []string
	whole  []string        // the long ones that have a public part
	public string          // public texts
	before bool            // a secret begins with a character that the comparable form drops
	behind bool            // a secret ends with such a character
	parts  map[string]bool // the parts of public texts, which reveal nothing of a secret

	flooded bool // there are too many tokens to search for: nothing is shown
}

// New returns an empty search. Parts of public texts don't count as secret.
func New(public ...string) *Search {
	s := &Search{seen: map[string]bool{}, parts: map[string]bool{}}
	for _, text := range public {
		form, _, _ := comparableForm(text, true)
		s.public += form + "\n"
		for i := 0; i+partSize <= len(form); i++ {
			s.parts[form[i:i+partSize]] = true
		}
	}
	return s
}

// Add adds a secret.
func (s *Search) Add(secret string) {
	for _, plain := range [...]bool{true, false} {
		form, before, behind := comparableForm(secret, plain)
		s.before, s.behind = s.before || before, s.behind || behind
		switch {
		case len(form) < minSecret || s.seen[form]:
			continue
		case len(form) < minParts:
			s.short[len(form)] = append(s.short[len(form)], form)
		default:
			s.long = append(s.long, form)
			if s.hasPublicPart(form) {
				s.whole = append(s.whole, form)
			}
		}
		s.seen[form] = true
	}
}

func (s *Search) hasPublicPart(form string) bool {
	for i := 0; i+partSize <= len(form); i++ {
		if s.parts[form[i:i+partSize]] {
			return true
		}
	}
	return false
}

// AddToken adds a token, and also its base64 and hexadecimal forms if it is not too long.
func (s *Search) AddToken(token string) { s.addToken(token, maxEncoded) }

func (s *Search) addToken(token string, encoded int) {
	if len(token) <= encoded {
		s.AddSecret(token)
	} else {
		s.Add(token)
	}
}

// AddTokensOf adds the tokens of a response.
func (s *Search) AddTokensOf(body []byte) {
	size := 0
	for _, token := range tokensIn(body) {
		s.addToken(token, maxEncoded-size)
		if size += len(token); size > maxTokens {
			s.flooded = true
			return
		}
	}
}

// AddKey adds the long words of a private key except its public id: the lines of PEM, the members
// of a JWK.
func (s *Search) AddKey(text, id string) {
	for _, word := range strings.FieldsFunc(text, isBetweenWords) {
		if len(word) >= minParts && word != id {
			s.Add(word)
		}
	}
}

func isBetweenWords(c rune) bool {
	return !isBase64URL(c) && c != '+' && c != '/' && c != '='
}

// AddSecret adds a secret that may also be repeated in hexadecimal or within base64, where its form
// depends on its offset.
func (s *Search) AddSecret(secret string) {
	s.Add(secret)
	quoted := string(jsonobject.AppendText(nil, secret))
	for i, text := range [...]string{secret, urlencoded.Encode(secret), quoted[1 : len(quoted)-1]} {
		if len(text) < minSecret || i > 0 && text == secret {
			continue
		}
		s.Add(hex.EncodeToString([]byte(text)))
		for before := range 3 {
			padded := append(make([]byte, before, before+len(text)), text...)
			first := (before*8 + 5) / 6 // the first character without bits of the text before
			last := len(padded) * 8 / 6 // the last character may have bits of the text after
			s.Add(base64.RawStdEncoding.EncodeToString(padded)[first:last])
			s.Add(base64.RawURLEncoding.EncodeToString(padded)[first:last])
		}
	}
}

// Mask returns the text, or the beginning of a long one, with Mark in place of secrets, of their
// parts, and of every possible JWT.
func (s *Search) Mask(text string) string {
	switch {
	case text == "":
		return ""
	case s.flooded:
		return Mark
	}
	cut := len(text) > maxSearched
	if cut {
		end := maxSearched
		for !utf8.RuneStart(text[end]) && end > maxSearched-utf8.UTFMax {
			end--
		}
		text = text[:end]
	}
	hidden, shown := make([]bool, len(text)), len(text)
	for _, decoded := range readings(text) {
		findJWTs(decoded, hidden)
		form, at := comparable(decoded)
		least := minEnd
		if cut {
			least = 1
			end := max(len(form)-cutOff, 0)
			if end < len(form) {
				shown = min(shown, at[end].start)
			}
			form = form[:end]
		}
		found := make([]bool, len(form))
		s.findParts(form, found)
		s.findEnds(form, least, found)
		bridge(found)
		s.hide(found, at, hidden)
	}
	return redacted(text[:shown], hidden)
}

// readings returns a text both decoded and as it is (for most texts the same), and each of them
// with its lines joined.
func readings(text string) [][]character {
	decoded, _ := characters(text, false)
	all := [][]character{decoded}
	// the text has characters outside ASCII, but no escape and no backslash
	if len(decoded) != len(text) {
		plain, _ := characters(text, true)
		all = append(all, plain)
	}
	for _, reading := range all {
		if lines := wrapped(reading); lines != nil {
			all = append(all, lines)
		}
	}
	return all
}

// hide marks in the text the places that were found in its comparable form.
func (s *Search) hide(found []bool, at []character, hidden []bool) {
	for i, f := range found {
		if !f {
			continue
		}
		start, end := at[i].start, at[i].end
		if s.before && (i == 0 || !found[i-1]) {
			if start = 0; i > 0 {
				start = at[i-1].end
			}
		}
		switch {
		case i+1 < len(found) && found[i+1]: // including the dropped characters between them
			end = at[i+1].start
		case s.behind && i+1 < len(at):
			end = at[i+1].body
		case s.behind:
			end = len(hidden)
		}
		mark(hidden, start, end-start)
	}
}

// redacted returns the text with Mark in place of hidden characters.
func redacted(text string, hidden []bool) string {
	var out []byte
	from := 0
	for i := 0; i < len(text); i++ {
		if hidden[i] {
			out = append(append(out, text[from:i]...), Mark...)
			for i < len(text) && hidden[i] {
				i++
			}
			from = i
		}
	}
	if from == 0 {
		return text
	}
	return string(append(out, text[from:]...))
}

// For returns the search for one secret.
func For(secret string) *Search {
	s := New()
	s.AddSecret(secret)
	return s
}

// Fit prepares a text of a server or a host for an error: masked, cleaned, and limited.
func (s *Search) Fit(text string) string { return Clean(s.Mask(text), maxText) }

// MaskWhole returns a text of any length with Mark in place of the whole secrets in it.
func (s *Search) MaskWhole(text string) string {
	if len(s.seen) == 0 {
		return text
	}
	hidden := make([]bool, len(text))
	for _, decoded := range readings(text) {
		form, at := comparable(decoded)
		found := make([]bool, len(form))
		for secret := range s.seen {
			findWhole(form, secret, found)
		}
		s.hide(found, at, hidden)
	}
	return redacted(text, hidden)
}

// MaskObject does the same for the names and the values of an object. A value that would not be
// JSON any more, such as a number, becomes a string.
func (s *Search) MaskObject(object jsonobject.Object) jsonobject.Object {
	masked := make(jsonobject.Object, len(object))
	for i, m := range object {
		value := jsontext.Value(s.MaskWhole(string(m.Value)))
		if len(m.Value) > 0 && !jsonobject.Valid(value) {
			value = jsonobject.AppendText(nil, Mark)
		}
		masked[i] = jsonobject.Member{Name: s.MaskWhole(m.Name), Value: value}
	}
	return masked
}

// bridge hides single characters between two finds, because each may be a misread escape.
func bridge(found []bool) {
	for i := 2; i < len(found); i++ {
		found[i-1] = found[i-1] || found[i-2] && found[i]
	}
}

// mark marks the finds from there on.
func mark(found []bool, from, size int) {
	for i := from; i < from+size; i++ {
		found[i] = true
	}
}

// findParts finds whole short secrets, and the parts of long ones.
func (s *Search) findParts(form string, found []bool) {
	for size := minSecret; size < minParts && size <= len(form); size++ {
		isPart := size == partSize && len(s.long) > 0
		if len(s.short[size]) == 0 && !isPart {
			continue
		}
		parts := make(map[string]bool, len(form)) // whether a secret contains it
		for i := 0; i+size <= len(form); i++ {
			parts[form[i:i+size]] = false
		}
		note := func(part string) {
			if has, there := parts[part]; there && !has {
				parts[part] = true
			}
		}
		for _, secret := range s.short[size] {
			note(secret)
		}
		for _, secret := range s.long {
			for i := 0; isPart && i+size <= len(secret); i++ {
				if part := secret[i : i+size]; !s.parts[part] {
					note(part)
				}
			}
		}
		for i := 0; i+size <= len(form); i++ {
			if parts[form[i:i+size]] {
				mark(found, i, size)
			}
		}
	}
	for _, secret := range s.whole {
		findWhole(form, secret, found)
	}
}

func findWhole(form, secret string, found []bool) {
	for from := 0; ; {
		i := strings.Index(form[from:], secret)
		if i < 0 {
			return
		}
		mark(found, from+i, len(secret))
		from += i + len(secret)
	}
}

// findEnds finds the beginning of a secret at the end of the text, and the end of a secret at its
// beginning, because the text may have been cut there, without a mark or with dots or asterisks. At
// the end of the text, least characters are enough.
func (s *Search) findEnds(form string, least int, found []bool) {
	var ends, begins []int
	for i := 0; i < len(form); i++ {
		if end := endOfCut(form, i); end > i {
			ends = append(ends, len(strings.TrimRight(form[:i], " ")))
			begins = append(begins, len(form)-len(strings.TrimLeft(form[end:], " ")))
			i = end
		}
	}
	for size := 1; size < partSize && size <= len(form); size++ {
		heads, tails := map[string]bool{}, map[string]bool{}
		if begin := form[:size]; size >= minEnd && !isWord(begin) {
			tails[begin] = false
		}
		if end := form[len(form)-size:]; size >= least && (least < minEnd || !isWord(end)) {
			heads[end] = false
		}
		for _, i := range ends {
			if size >= minShown && i >= size {
				heads[form[i-size:i]] = false
			}
		}
		for _, i := range begins {
			if size >= minShown && i+size <= len(form) {
				tails[form[i:i+size]] = false
			}
		}
		if len(heads)+len(tails) == 0 {
			continue
		}
		note := func(parts map[string]bool, part string) {
			if has, there := parts[part]; there && !has &&
				(size < minShown || !strings.Contains(s.public, part)) {
				parts[part] = true
			}
		}
		for secret := range s.seen {
			if size < len(secret) {
				note(heads, secret[:size])
				note(tails, secret[len(secret)-size:])
			}
		}
		if tails[form[:size]] {
			mark(found, 0, size)
		}
		if heads[form[len(form)-size:]] {
			mark(found, len(form)-size, size)
		}
		for _, i := range ends {
			if i >= size && heads[form[i-size:i]] {
				mark(found, i-size, size)
			}
		}
		for _, i := range begins {
			if i+size <= len(form) && tails[form[i:i+size]] {
				mark(found, i, size)
			}
		}
	}
}

// isWord says whether a text consists of letters and blanks. Such a text is at an end by chance, if
// the secret consists of words.
func isWord(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c != ' ' && (c < 'a' || 'z' < c) {
			return false
		}
	}
	return true
}

// ellipsis is the comparable form of U+2026.
const ellipsis = utf8.RuneSelf | 0x2026&0x7f

// endOfCut returns the end of the mark at i that shows that text was left out: an ellipsis, or two
// or more dots or asterisks.
func endOfCut(form string, i int) int {
	end := i
	switch form[i] {
	case ellipsis:
		return i + 1
	case '.', '*':
		for end < len(form) && form[end] == form[i] {
			end++
		}
	}
	if end < i+2 {
		return i
	}
	return end
}

// findJWTs finds every text in the form of a JWT, which begins with the encoding of {". It may be
// the assertion or a token.
func findJWTs(decoded []character, hidden []bool) {
	for i := 0; i+3 <= len(decoded); i++ {
		if decoded[i].r != 'e' || decoded[i+1].r != 'y' || decoded[i+2].r != 'J' {
			continue
		}
		start := i
		for i < len(decoded) && (isBase64URL(decoded[i].r) || decoded[i].r == '.') {
			i++
		}
		if i-start > 20 {
			from := decoded[start].start
			mark(hidden, from, decoded[i-1].end-from)
		}
	}
}

func isBase64URL(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
