package provider

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

const placeholder = "holds a placeholder, which nobody has replaced: put the value in its place"

const unset = "holds the text undefined or null, as programs write a value that nobody has set: " +
	"put the value in its place"

// isUnset says whether a text is what JavaScript makes of a value that is not set: `${undefined}`.
func isUnset(text string) bool { return text == "undefined" || text == "null" }

// hasUnset says whether the host or a part of the path of a URL is one.
func hasUnset(url *oauth1.URL) bool {
	return isUnset(url.Host) || slices.ContainsFunc(strings.Split(url.Path, "/"), isUnset)
}

// isTemplate says whether a URL holds a placeholder such as {tenant}, <tenant> or ${TENANT}.
func isTemplate(url string) bool {
	return strings.ContainsAny(url, "{<") || strings.Contains(strings.ToLower(url), "%7b")
}

// isPlaceholder says whether an id or a secret is a placeholder: <ID>, [Client_id], {{secret}},
// ${SECRET}, $SECRET, $your_client_id, YOUR_CLIENT_ID.
func isPlaceholder(text string) bool {
	if len(text) < 3 {
		return false
	}
	inner, last := text[1:], text[len(text)-1]
	switch text[0] {
	case '<':
		return last == '>'
	case '[':
		return last == ']'
	case '{':
		return inner[0] == '{' && last == '}'
	case '$':
		return inner[0] == '{' && last == '}' || isVariable(inner)
	}
	start := strings.ToLower(text[:min(len(text), 5)])
	return (start == "your_" || start == "your-") && isVariable(strings.ReplaceAll(text, "-", "_"))
}

// isVariable says whether a text could be the name of a variable, of letters and low lines only.
func isVariable(text string) bool {
	return strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz_") == ""
}
