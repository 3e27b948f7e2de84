package core

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A Response says where a response has the members that RFC 6749 section 5.1 calls access_token,
// expires_in and scope. Each is a path of names with dots between them, such as result.accessToken.
// An empty path means the member of the RFC.
type Response [3]string

// ResponseNames are the names of the members of a [Response] from outside.
var ResponseNames = []string{"response.token", "response.expiresIn", "response.scope"}

// The limits of a path.
const (
	maxPath      = 256 // bytes
	maxPathNames = 16
)

func (c *Config) setResponse(v Value) error {
	members, err := objectOf("response", v)
	for _, m := range members {
		name := "response." + m.Name
		at := slices.Index(ResponseNames, name)
		if at < 0 {
			return UnknownKey("member of response", m.Name, ResponseNames)
		}
		if c.Response[at], err = textOf(name, valueOf(m.Value)); err != nil {
			return err
		}
	}
	return err
}

// checkResponse rejects invalid paths.
func (c *Config) checkResponse() error {
	for i, path := range c.Response {
		if err := checkText(ResponseNames[i], path); err != nil {
			return err
		}
		if path != "" && (strings.Contains("."+path+".", "..") || strings.ContainsAny(path, "[]") ||
			len(path) > maxPath || strings.Count(path, ".") >= maxPathNames) {
			return ConfigError(
				ResponseNames[i],
				"is no path: write at most 16 names with dots between them, such as result.accessToken",
			)
		}
	}
	return nil
}

// responseObject returns the paths that are set, or nil.
func (c *Config) responseObject() (members jsonobject.Object) {
	for i, path := range c.Response {
		if path != "" {
			members = append(members, jsonobject.Member{
				Name: ResponseNames[i][len("response."):], Value: jsonobject.AppendText(nil, path),
			})
		}
	}
	return members
}
