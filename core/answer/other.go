package answer

import (
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// What a server that doesn't say it means, in seconds (RFC 8628 section 3.2 for the interval).
const (
	deviceInterval = 5
	deviceLifetime = 600
)

// readOther reads a success of another purpose than a token, as the members of a Token.
func (r *reading) readOther(body jsonobject.Object) (*Token, string) {
	if r.exchange.Purpose == core.ForRevocation {
		return &Token{}, ""
	}
	result, problem := r.readDevice(body)
	return &Token{Rest: result}, problem
}

// readDevice reads a device authorization, or says what is wrong with it.
func (r *reading) readDevice(body jsonobject.Object) (result jsonobject.Object, problem string) {
	add := func(name, text string) {
		result = append(result, jsonobject.Member{Name: name, Value: jsonobject.AppendText(nil, text)})
	}
	for _, name := range []string{
		"device_code", "user_code", "verification_uri", "verification_uri_complete",
	} {
		text := body.Text(name)
		isURL := strings.HasPrefix(name, "verification")
		if isURL && text == "" {
			text = body.Text(strings.Replace(name, "uri", "url", 1)) // Google
		}
		usable := text != "" && core.IsPrintable(text)
		if isURL && usable {
			url, err := oauth1.ParseURL(text)
			usable = err == nil && (url.Scheme == "https" || url.Loopback())
		}
		switch {
		case usable:
			add(name, text)
		case name != "verification_uri_complete":
			return nil, "holds no " + name + " that can be used"
		}
	}
	for _, n := range []struct {
		name      string
		otherwise int64
	}{{"expires_in", deviceLifetime}, {"interval", deviceInterval}} {
		seconds, ok := secondsOf(body.Get(n.name))
		if !ok || seconds < 1 {
			seconds = n.otherwise
		}
		result = append(result, jsonobject.Member{
			Name: n.name, Value: strconv.AppendInt(nil, seconds, 10),
		})
	}
	return result, ""
}
