package core

import (
	"strconv"
	"strings"
)

// The bounds of what a message repeats of names that the project didn't choose.
const (
	maxName  = 64 // characters of one name
	maxNames = 10 // names of a list
)

// Name makes a name from outside fit for a message: no control or format characters, and at most 64 characters.
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
	return clean(name, maxName)
}

// Names makes a list of names from outside fit for a message: at most ten of them, each as Name
// returns it, and how many more there are.
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
