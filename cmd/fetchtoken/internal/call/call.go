// Package call is fetchtoken call: it sends a request to an API with the token, and prints the
// answer. js/cli/call.js does the same.
package call

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/configuration"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core/provider/apis"
	"github.com/fetchtoken/fetchtoken/internal/origin"
)

// notYours are the headers that the command, or the connection, sets.
var notYours = []string{
	"accept-encoding", "authorization", "connection", "content-length", "dpop", "expect", "host",
	"keep-alive", "transfer-encoding", "upgrade",
}

// A Call is a request to an API. Its methods are called in their order here.
type Call struct {
	// Files is FILE of the command line, or none.
	Files []string
	// Inputs are the files that the body is read from, by the options that name them.
	Inputs []configuration.Input

	url     *url.URL
	method  string
	headers http.Header
	origins []string // of --origin
	given   bodyOptions
	body    body
	include bool
}

// New reads a command line: URL and FILE in either order, and the values of the options. It reads
// no file.
func New(positionals []string, values map[string][]string) (*Call, error) {
	c := &Call{
		origins: values["origin"],
		given:   bodyOptions{values["data"], values["form"], values["json"]},
		include: len(values["include"]) > 0,
	}
	if err := c.sort(positionals); err != nil {
		return nil, err
	}
	var err error
	if c.headers, err = headersOf(values["api-header"]); err != nil {
		return nil, err
	}
	if c.Inputs, err = c.given.inputs(); err != nil {
		return nil, err
	}
	c.method, err = methodOf(strings.Join(values["request"], ""), c.given.any())
	return c, err
}

var isURL = regexp.MustCompile(`(?i)^https?://`)

// sort sorts the URL and FILE, which may come in either order.
func (c *Call) sort(positionals []string) error {
	var urls []string
	for _, given := range positionals {
		if isURL.MatchString(given) {
			urls = append(urls, given)
		} else {
			c.Files = append(c.Files, given)
		}
	}
	wrong := &usage.Error{
		Message: "call wants one URL, such as https://api.example.com/path",
		Hint:    "quote it, because the shell reads & and ? itself",
	}
	if len(urls) != 1 || len(c.Files) > 1 {
		return wrong
	}
	u, err := url.Parse(urls[0])
	if err != nil || u.Hostname() == "" || !isPort(u.Port()) {
		return wrong
	}
	if u.User != nil {
		return &usage.Error{
			Message: "the URL holds a user or a password",
			Hint:    "leave them out",
		}
	}
	c.url = u.ResolveReference(u) // without . and ..
	return nil
}

// isPort reports whether a port is possible; "" is the scheme's own.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

var headerLine = regexp.MustCompile(
	"^([!#$%&'*+.^`|~0-9A-Za-z_-]+):([\t -~\u0080-\u00ff]*)$")

// headersOf reads the values of -H.
func headersOf(lines []string) (http.Header, error) {
	headers := http.Header{}
	for _, line := range lines {
		parts := headerLine.FindStringSubmatch(line)
		if parts == nil {
			return nil, &usage.Error{Message: "-H wants 'NAME: VALUE'"}
		}
		name := strings.ToLower(parts[1])
		if slices.Contains(notYours, name) {
			return nil, &usage.Error{
				Message: "-H can't set " + name + ": the command does that itself",
				Hint:    "leave it out",
			}
		}
		value := string(latin1Bytes(strings.Trim(parts[2], "\t ")))
		if already := headers.Values(name); len(already) > 0 {
			separator := ", "
			if name == "cookie" {
				separator = "; "
			}
			value = already[0] + separator + value
		}
		headers.Set(name, value)
	}
	return headers, nil
}

// latin1Bytes returns a text of characters up to U+00FF as bytes of ISO-8859-1, as HTTP has them.
func latin1Bytes(text string) []byte {
	bytes := make([]byte, 0, len(text))
	for _, r := range text {
		bytes = append(bytes, byte(r))
	}
	return bytes
}

var methodName = regexp.MustCompile("^[!#$%&'*+.^`|~0-9A-Za-z_-]{1,32}$")

// methodOf returns the method: POST with a body, else GET.
func methodOf(asked string, hasBody bool) (string, error) {
	method := asked
	switch {
	case asked == "" && hasBody:
		method = http.MethodPost
	case asked == "":
		method = http.MethodGet
	}
	upper := strings.ToUpper(method)
	switch upper {
	case "CONNECT", "TRACE", "TRACK": // fetch never sends them
		method = ""
	case "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT": // as fetch writes them
		method = upper
	}
	if !methodName.MatchString(method) {
		return "", &usage.Error{Message: "-X wants a method such as GET, POST or DELETE"}
	}
	if hasBody && (method == http.MethodGet || method == http.MethodHead) {
		return "", &usage.Error{
			Message: "a GET and a HEAD have no body",
			Hint:    "leave -d, -F and --json, or -X, out",
		}
	}
	return method, nil
}

// Origins returns the origins that may have the token of a configuration: the APIs of its preset,
// and those of --origin. It refuses the call if its API is not among them.
func (c *Call) Origins(preset, environment string) ([]string, error) {
	origins := apis.Origins(preset, environment)
	for _, given := range c.origins {
		known, fault := origin.Read(given)
		if fault != nil {
			return nil, &usage.Error{Message: "--origin " + fault.What, Hint: fault.Advice("")}
		}
		origins = append(origins, known)
	}
	if own := origin.Of(c.url); !slices.Contains(origins, own) {
		return nil, &usage.Error{
			Message: "the token of this client isn't sent to " + own,
			Hint:    "if that API may have it: --origin " + own,
		}
	}
	return origins, nil
}

// Open opens the body of the request.
func (c *Call) Open(in io.Reader) (err error) {
	c.body, err = c.given.open(in)
	return err
}

// Run sends the request, prints the answer while it comes, and returns the exit status. client may
// send the token to the Origins.
func (c *Call) Run(
	ctx context.Context, client *fetchtoken.Client, out, errout io.Writer,
) (exit int, err error) {
	req, err := c.request(ctx)
	if err != nil {
		return 0, err
	}
	httpClient := client.HTTPClient()
	follows := httpClient.CheckRedirect
	httpClient.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if err := checkRedirect(req, via); err != nil {
			return err
		}
		return follows(req, via)
	}
	response, err := httpClient.Do(req)
	if err != nil {
		return 0, failure(err, "the request to "+origin.Of(c.url)+" failed: "+cause.Of(err))
	}
	defer response.Body.Close()
	return printAnswer(response, origin.Of(c.url), c.include, out, errout)
}

func (c *Call) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, c.method, c.url.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header = c.headers
	c.body.give(req)
	usual := map[string]string{"Accept": "*/*", "User-Agent": "fetchtoken"}
	for _, headers := range []map[string]string{c.body.headers, usual} {
		for name, value := range headers {
			if len(req.Header.Values(name)) == 0 {
				req.Header.Set(name, value)
			}
		}
	}
	// The transport would decompress the answer, too, but then its headers are not complete.
	req.Header.Set("Accept-Encoding", "gzip")
	return req, nil
}

// mostRedirects is the limit of net/http.
const mostRedirects = 10

// checkRedirect refuses a redirect. The client of package fetchtoken decides who gets the token.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from := origin.Of(via[len(via)-1].URL)
	req.Header.Del("Referer") // no other origin learns the URL
	why := ""
	switch {
	case len(via) >= mostRedirects:
		why = " redirects too often"
	case req.URL.User != nil:
		why = " redirects to " + origin.Of(req.URL) + " with credentials in the URL"
	default:
		return nil
	}
	return &fetchtoken.TokenError{Code: fetchtoken.CodeRedirect, Message: from + why}
}

// failure returns the TokenError that ended a request, or else one of the network.
func failure(err error, message string) error {
	if failed, ok := errors.AsType[*fetchtoken.TokenError](err); ok {
		return failed
	}
	return &fetchtoken.TokenError{Code: fetchtoken.CodeNetwork, Message: message}
}
