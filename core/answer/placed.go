package answer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// placeable are the members that may stand elsewhere, in the order of a core.Response.
var placeable = []string{"access_token", "expires_in", "scope"}

// maxElements is how many elements of an array a path can name.
const maxElements = 64

// placed returns all members of an answer as if those stood where RFC 6749 has them that the
// configuration says to stand elsewhere. Of a lifetime and a scope only what stands there counts. A
// token that stands where the RFC has it must be the same.
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

// valuesAt returns what stands at a path: nothing, or more than one value where a name stands more
// than once. null is nothing. An array has members whose names are numbers.
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

// named returns what is wrong with a token, with the path at which it was looked for.
func (r *reading) named(problem string) string {
	path := r.exchange.Response[0]
	if path == "" {
		return problem
	}
	return strings.Replace(problem, "access_token", "access_token at "+r.redact(path), 1)
}
