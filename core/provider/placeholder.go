package provider

import "strings"

const placeholder = "holds a placeholder, which nobody has replaced: put the value in its place"

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
