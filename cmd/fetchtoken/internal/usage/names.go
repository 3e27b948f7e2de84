package usage

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// names are the names of options in messages of package core, which has JavaScript's names.
var names = read[struct {
	Nouns   map[string]string // fields without an option, in a sentence
	Members map[string]string // the options of the members of assertion
	Words   []string          // fields that are also words
	Phrases [][2]string       // the advice for users of JavaScript, and for users of the command
	Quoted  []string          // the codes whose messages quote a server or a host
}]("names.json")

// phrases are the phrases, after those that are about Node.
var phrases = func() *strings.Replacer {
	pairs := []string{
		"(Node: NODE_USE_ENV_PROXY=1 and HTTPS_PROXY, or a fetch of your own)", "(by HTTPS_PROXY)",
		"name its file in NODE_EXTRA_CA_CERTS", "name its file in SSL_CERT_FILE",
	}
	for _, pair := range names.Phrases {
		pairs = append(pairs, pair[0], pair[1])
	}
	return strings.NewReplacer(pairs...)
}()

// name matches a quotation, a URL or a placeholder, which stay as they are, or a name with its
// value.
var name = regexp.MustCompile(`"[^"]*"|\bhttps?://\S+|\{\w+\}|` +
	`((?:\b(?:a|its|set) )?)\b((?:parameters|headers|assertion|response)\.[\w.-]*\w|[a-z]\w*)` +
	`(?:(?::| is) '([^']*)')?`)

// NameForCommand returns a text of package core with options instead of fields.
func NameForCommand(text string) string {
	text = phrases.Replace(text)
	var out strings.Builder
	end := 0
	for _, at := range name.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[end:at[0]])
		end = at[1]
		if at[4] < 0 {
			out.WriteString(text[at[0]:end])
			continue
		}
		before, field := text[at[2]:at[3]], text[at[4]:at[5]]
		isField := before == "set " || at[0] == 0 && before == "" || !slices.Contains(names.Words, field)
		option := ""
		if isField {
			option = optionOf(field)
		}
		switch noun := names.Nouns[field]; {
		case noun != "" && (before == "a " || before == "its "):
			out.WriteString(before + noun)
		case noun != "":
			out.WriteString(before + "the " + noun)
		case option == "":
			out.WriteString(text[at[0]:end])
		case at[6] >= 0:
			out.WriteString(before + option + " " + text[at[6]:at[7]])
		default:
			out.WriteString(before + option)
		}
	}
	return out.String() + text[end:]
}

// optionOf returns the option of a field, or of a member of parameters, headers or assertion.
func optionOf(name string) string {
	field, member, hasMember := strings.Cut(name, ".")
	switch {
	case !hasMember:
	case field == "parameters", field == "headers":
		return "--" + strings.TrimSuffix(field, "s") + " " + member
	case field == "assertion":
		member, rest, hasRest := strings.Cut(member, ".")
		if option := names.Members[member]; option != "" && hasRest {
			return option + " " + strings.ReplaceAll(rest, ".", " ")
		} else if option != "" {
			return option
		}
	}
	if option := OfField(name); option != nil {
		return "--" + option.Name
	}
	return ""
}

// MessageOf returns the message of an error with the command's names.
func MessageOf(e *core.TokenError) string {
	if slices.Contains(names.Quoted, e.Code) {
		return e.Message
	}
	return NameForCommand(e.Message)
}
