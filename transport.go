package fetchtoken

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// HTTPClient returns a copy of Options.HTTPClient that adds the token to each request. It sends the
// token to Options.Origins and nowhere else: a request to another origin fails with the code
// invalid_config.
//
// It follows redirects: to Options.Origins with the token, and elsewhere without it. After a
// redirect elsewhere the token is not sent again, not even if the next redirect leads back. The
// caller's own Authorization, Proxy-Authorization and Cookie don't go to another origin, and no
// redirect leads from https to http.
//
// If the response refuses the token, as [Options.RefusesToken] decides, the Client renews the token
// and sends the request once more. It can do so if the request has no body, or a GetBody, as
// [http.NewRequest] gives it to the usual bodies, or a body that is no longer than
// Options.MaxReplay. With Options.DPoP it also sends the request once more if the API wants its
// nonce in the proof.
//
// The copy's Transport can be used by itself, wherever an [http.RoundTripper] can.
func (c *Client) HTTPClient() *http.Client {
	client := *c.options.HTTPClient
	client.Transport = c.transport()
	next := client.CheckRedirect
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if from := via[len(via)-1]; originOf(from.URL) != originOf(req.URL) {
			dropCredentials(req.Header)
			req.Header.Del("Cookie") // the caller's cookies: those of the Jar are added later
		}
		if next != nil {
			return next(req, via)
		}
		if len(via) >= maxRedirects {
			return errors.New("stopped after 10 redirects")
		}
		return nil
	}
	return &client
}

// transport returns the RoundTripper that adds the token to requests.
func (c *Client) transport() *transport {
	base := c.options.HTTPClient.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{c, base}
}

// maxRedirects is the default of net/http.
const maxRedirects = 10

// dropCredentials removes the headers that are meant for one origin.
func dropCredentials(header http.Header) {
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie2", "Dpop"} {
		header.Del(name)
	}
}

// A transport adds the token to requests.
type transport struct {
	client *Client
	base   http.RoundTripper
}

// http.Client.CloseIdleConnections calls this method.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	// A RoundTripper must not change its request, but the caller may change it. So it is copied before
	// anything waits.
	sent := req.Clone(req.Context())
	sent.Trailer = req.Trailer // the caller fills it while the body is read
	response, err := t.roundTrip(sent)
	if response != nil {
		response.Request = req // not every RoundTripper sets it, and trusts needs it
	}
	return response, err
}

func (t *transport) roundTrip(req *http.Request) (*http.Response, error) {
	var token *oauth2.Token
	if req.URL == nil { // as net/http says it
		closeBody(req)
		return nil, errors.New("http: nil Request.URL")
	}
	trusted, err := t.trusts(req)
	if err == nil && trusted {
		token, err = t.client.TokenContext(req.Context())
	}
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if !trusted {
		dropCredentials(req.Header)
		return t.base.RoundTrip(req)
	}
	body := keep(req, t.client.options.MaxReplay)
	renews, takesNonce := true, t.client.options.DPoP != nil
	for {
		response, err := t.send(req, token)
		if err != nil {
			body.release()
			return nil, err
		}
		wanted := t.wanted(response)
		switch {
		case wanted == wantsNonce && takesNonce:
			takesNonce = false
		case wanted == wantsToken && renews && t.client.refuse(token):
			renews = false // for the next request, even if this one can't be sent again
		default:
			body.release()
			return response, nil
		}
		if !body.again(req, !renews && !takesNonce) {
			body.release()
			return response, nil
		}
		response.Body.Close() // not read: a body may have no end
		if wanted == wantsNonce {
			continue
		}
		if token, err = t.client.TokenContext(req.Context()); err != nil {
			body.release()
			closeBody(req)
			return nil, err
		}
	}
}

// closeBody closes the body of a request that is not sent: a RoundTripper must always close it.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// trusts reports whether a request may have the token. After redirects it may have the token only
// if every origin of the chain may have it.
func (t *transport) trusts(req *http.Request) (bool, error) {
	origins := t.client.options.Origins
	origin := originOf(req.URL)
	from := before(req)
	switch {
	case from != nil && from.URL.Scheme == "https" && req.URL.Scheme != "https":
		message := originOf(from.URL) + " redirects to " + origin + ", which is not https"
		return false, &TokenError{Code: CodeRedirect, Message: message}
	case from == nil && !slices.Contains(origins, origin):
		return false, configError("HTTPClient",
			"sends the token to Options.Origins only, and "+origin+" is not among them")
	}
	for ; req != nil; req = before(req) {
		if !slices.Contains(origins, originOf(req.URL)) {
			return false, nil
		}
	}
	return true, nil
}

// before returns the request whose response led to this one.
func before(req *http.Request) *http.Request {
	if req.Response == nil {
		return nil
	}
	return req.Response.Request
}

// send sends a request with the token.
func (t *transport) send(req *http.Request, token *oauth2.Token) (*http.Response, error) {
	key := t.client.options.DPoP
	scheme, proof, err := "DPoP", "", error(nil)
	if key == nil {
		scheme, err = schemeFor(token.TokenType)
	} else {
		proof, err = t.client.prove(req, token.AccessToken)
	}
	if err != nil {
		closeBody(req)
		return nil, err
	}
	authorized := *req
	if authorized.Header = req.Header.Clone(); authorized.Header == nil {
		authorized.Header = http.Header{}
	}
	if from := before(req); from != nil && originOf(from.URL) != originOf(req.URL) {
		dropCredentials(authorized.Header)
	}
	authorized.Header.Set("Authorization", scheme+" "+token.AccessToken)
	if key == nil {
		return t.base.RoundTrip(&authorized)
	}
	authorized.Header.Set("DPoP", proof)
	response, err := t.base.RoundTrip(&authorized)
	if err == nil {
		key.learn(req.URL, response.Header)
	}
	return response, err
}

// A wish is the demand of an API's response.
type wish int

const (
	wantsNothing wish = iota // the client can't mend the response
	wantsToken               // the API wants another token
	wantsNonce               // the API wants this response's nonce in the proof (RFC 9449 section 9)
)

func (t *transport) wanted(response *http.Response) wish {
	_, errs := readChallenges(strings.Join(response.Header.Values("WWW-Authenticate"), ", "))
	if response.StatusCode == http.StatusUnauthorized && slices.Contains(errs, "use_dpop_nonce") {
		return wantsNonce
	}
	refuses := refusesToken
	if says := t.client.options.RefusesToken; says != nil {
		refuses = says
	}
	if refuses(response) {
		return wantsToken
	}
	return wantsNothing
}

// refusesToken is the default of Options.RefusesToken. The error invalid_token (RFC 6750 section
// 3.1) refuses the token under every scheme and every error status. A 401 refuses it if there is no
// challenge, or one for Bearer or DPoP with no known error. js/client/authorized_fetch.js has the
// same rule.
func refusesToken(response *http.Response) bool {
	challenges := response.Header.Values("WWW-Authenticate")
	ours, errs := readChallenges(strings.Join(challenges, ", "))
	switch {
	case response.StatusCode >= 400 && slices.Contains(errs, "invalid_token"):
		return true
	case response.StatusCode != http.StatusUnauthorized:
		return false
	case len(challenges) == 0:
		return true
	}
	return ours && !slices.ContainsFunc(errs, func(err string) bool {
		return slices.Contains(notTheToken, err)
	})
}

// notTheToken are errors that a new token doesn't mend: RFC 6750 section 3.1, RFC 9449 sections 7.1
// and 9.
var notTheToken = []string{
	"invalid_request", "insufficient_scope", "invalid_dpop_proof", "use_dpop_nonce",
}

// readChallenges reads the challenges of WWW-Authenticate (RFC 9110 section 11.6.1). It returns
// whether one is for Bearer or DPoP, and the values of all parameters named error.
func readChallenges(text string) (ours bool, errs []string) {
	for text != "" {
		name := text[:tokenLength(text)]
		if name == "" {
			text = text[1:]
			continue
		}
		text = text[len(name):]
		name = strings.ToLower(name)
		if value, rest, ok := readValue(text); !ok {
			ours = ours || name == "bearer" || name == "dpop"
		} else if text = rest; name == "error" {
			errs = append(errs, strings.ToLower(value))
		}
	}
	return ours, errs
}

// readValue reads = and a value, in quotes or not.
func readValue(text string) (value, rest string, ok bool) {
	const space = " \t"
	text, ok = strings.CutPrefix(strings.TrimLeft(text, space), "=")
	text = strings.TrimLeft(text, space)
	if !ok || text == "" {
		return "", "", false
	}
	if text[0] != '"' {
		end := strings.IndexAny(text, space+`,"`)
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], end > 0
	}
	var unquoted strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return unquoted.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		unquoted.WriteByte(text[i])
	}
	return "", "", false
}

// tokenLength returns the length of the token (RFC 9110 section 5.6.2) at the beginning of a text.
func tokenLength(text string) int {
	for i := range len(text) {
		if strings.IndexByte(schemeCharacters, text[i]) < 0 {
			return i
		}
	}
	return len(text)
}

// schemeFor returns the scheme of Authorization for a token type. A client must not use a token of
// an unknown type (RFC 6749 section 7.1), so that is an error. js/client/authorized_fetch.js does
// the same.
func schemeFor(tokenType string) (string, error) {
	switch strings.ToLower(tokenType) {
	case "bearer":
		return "Bearer", nil // RFC 6750's spelling: some servers know no other
	case "dpop":
		return "", configError("HTTPClient",
			"can't send the token, which is bound to a key: set Options.DPoP to that key")
	case "", "mac", "pop", "n_a":
		// mac and pop need a signature for each request; n_a is for no API (RFC 8693 section 2.2.1).
	default:
		if len(tokenType) <= 64 && strings.Trim(tokenType, schemeCharacters) == "" {
			return tokenType, nil
		}
	}
	return "", &TokenError{
		Code: CodeInvalidResponse,
		Message: "HTTPClient can't send the token: its token_type is no scheme of HTTP that " +
			"takes a token alone (get it with TokenContext, and send it as the API documents)",
	}
}

// schemeCharacters are the characters of an HTTP token (RFC 9110 section 5.6.2).
const schemeCharacters = "!#$%&'*+-.^_`|~0123456789" +
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
