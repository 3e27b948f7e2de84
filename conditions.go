package fetchtoken

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/internal/condition"
)

// wordsOf returns the words of an error. It shortens a URL in them to the scheme and the host,
// because the rest may be secret.
func wordsOf(err error) string {
	words := ""
	for text := err.Error(); ; {
		before, rest, found := strings.Cut(text, "://")
		words += before
		if !found {
			return words
		}
		end := strings.IndexAny(rest+" ", " \t\r\n\"'")
		host := rest[:strings.IndexAny(rest[:end]+"/", "/?#")]
		words += "://" + host[strings.LastIndexByte(host, '@')+1:]
		text = rest[end:]
	}
}

// withCondition returns the words of an error after the name of its condition.
func withCondition(err error) string {
	if name := condition.Of(err); name != "" {
		return name + ": " + wordsOf(err)
	}
	return wordsOf(err)
}

// withoutCondition returns only the words.
func withoutCondition(words string) string {
	for _, name := range condition.Names() {
		if rest, found := strings.CutPrefix(words, name+": "); found {
			return rest
		}
	}
	return words
}
