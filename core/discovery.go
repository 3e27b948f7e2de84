package core

import "strings"

// The places of what a server says about itself, in the order in which they are tried: that of
// RFC 8414 section 3.1, and that of OpenID Connect Discovery 1.0 section 4.
const (
	oauthMetadata  = "/.well-known/oauth-authorization-server"
	openIDMetadata = "/.well-known/openid-configuration"
	MetadataPlaces = 2
)

// A located is an Exchange with what the server says about itself.
type located struct {
	metadata string
	exchange *Exchange
}

// MetadataRequest returns the request for what the server says about itself, for an Exchange that
// has to [Exchange.Locate] its endpoint. It carries no credentials. place counts from 0 to
// MetadataPlaces.
func (x *Exchange) MetadataRequest(place int) *Request {
	path := strings.TrimSuffix(x.URL.Path, "/")
	if place == 0 {
		path = oauthMetadata + path
	} else {
		path += openIDMetadata
	}
	return &Request{
		Method: "GET", URL: x.URL.Origin() + path,
		Headers: []Header{{Name: "Accept", Value: "application/json"}},
	}
}

// MetadataPlaceIn returns the place of metadata that a path contains, or "".
func MetadataPlaceIn(path string) string {
	for _, place := range []string{oauthMetadata, openIDMetadata} {
		if strings.HasPrefix(path, place) || strings.HasSuffix(path, place) {
			return place
		}
	}
	return ""
}

// At returns the Exchange with the endpoint that the metadata names, as answer.ParseMetadata
// returns them. It remembers the last one.
func (x *Exchange) At(metadata string) (*Exchange, error) {
	if x.last == nil {
		return x.Locate(metadata)
	}
	if last := x.last.Load(); last != nil && last.metadata == metadata {
		return last.exchange, nil
	}
	found, err := x.Locate(metadata)
	if err == nil {
		x.last.Store(&located{metadata, found})
	}
	return found, err
}
