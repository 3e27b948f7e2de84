package core

import (
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/redact"
)

// The limits of foreign names in a message.
const (
	maxName  = 64 // characters of one name
	maxNames = 10 // names of a list
)

// IsPrintable says whether a text consists of printable ASCII only.
func IsPrintable(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Name prepares a foreign name for a message: it removes control and format characters, and cuts it
// to 64 characters.
func Name(name string) string {
	if len(name) <= maxName {
		plain := true
		for i := 0; i < len(name) && plain; i++ {
			plain = ' ' < name[i] && name[i] <= '~'
		}
		if plain {
			return name
		}
	}
	return redact.Clean(name, maxName)
}

// isRepeated says whether an error may repeat an unknown name: only if it consists of a few words
// and nothing follows the name of a secret. Any other name may contain a secret. js/lib/options.js
// has the same rule.
func isRepeated(name string) bool {
	small, capitals, longest := false, 0, 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			capitals++
			longest = max(longest, capitals)
			continue
		case 'a' <= c && c <= 'z':
			small = true
		case c != '_' && c != '-':
			return false
		}
		capitals = 0
	}
	if name == "" || len(name) > 40 || small && longest > 3 {
		return false
	}
	plain := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "-", ""), "_", ""))
	for _, secret := range [...]string{"secret", "password", "passphrase", "privatekey"} {
		if _, behind, _ := strings.Cut(plain, secret); behind != "" {
			return false
		}
	}
	return true
}

// Names prepares a list of foreign names for a message: at most ten of them, each as Name returns
// it, and the number of the others.
func Names(names []string) string {
	shown := names[:min(len(names), maxNames)]
	list := make([]string, len(shown))
	for i, name := range shown {
		list[i] = Name(name)
	}
	text := strings.Join(list, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}
