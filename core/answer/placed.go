package answer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// placeable are the members that may be elsewhere, in the order of a core.Response.
var placeable = []string{"access_token", "expires_in", "scope"}

// maxElements is how many elements of an array a path can name.
const maxElements = 64

// placed returns all members of a response. It puts the members for which the configuration has a
// path where RFC 6749 has them. For the lifetime and the scope only the path counts. If there is
// also a token where the RFC has it, both must be equal.
func (r *reading) placed(all jsonobject.Object) jsonobject.Object {
	paths := r.exchange.Response
	var out jsonobject.Object
	for _, m := range all {
		at := slices.Index(placeable, first(wireName(m.Name), m.Name))
		if at < 0 || paths[at] == "" || at == 0 && len(r.tokens) > 0 {
			out = append(out, m)
		}
	}
	for i, path := range paths {
		for _, value := range valuesAt(all, path) {
			name := placeable[i]
			if seconds, ok := secondsOf(value); i == 1 && ok && seconds >= minMoment {
				name = "expires_at"
			}
			out = append(out, jsonobject.Member{Name: name, Value: value})
		}
	}
	return out
}

// valuesAt returns the values at a path: none, or more than one if a name is repeated. null counts
// as none. The names in an array are numbers.
func valuesAt(object jsonobject.Object, path string) (found []jsontext.Value) {
	name, rest, isDeeper := strings.Cut(path, ".")
	for _, m := range object {
		if m.Name != name || m.Value.Kind() == 'n' || path == "" {
			continue
		}
		if !isDeeper {
			found = append(found, m.Value)
			continue
		}
		members, _ := jsonobject.ParseLoose(m.Value)
		elements, _ := jsonobject.ElementsLoose(m.Value)
		for i, e := range elements[:min(len(elements), maxElements)] {
			members = append(members, jsonobject.Member{Name: strconv.Itoa(i), Value: e})
		}
		found = append(found, valuesAt(members, rest)...)
	}
	return found
}

// named returns the fault of a token, with the path of the token.
func (r *reading) named(problem string) string {
	path := r.exchange.Response[0]
	if path == "" {
		return problem
	}
	return strings.Replace(problem, "access_token", "access_token at "+r.redact(path), 1)
}
