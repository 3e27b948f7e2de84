// Command wasm is the module: the operations of the core behind one export, call, and the function
// fetchToken of main_js.go for JavaScript without js/.
package main

import (
	"math"
	"strconv"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/provider"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// perform carries out one operation on a message and appends the answer to dst. It never panics,
// because a panic would end the instance.
func perform(dst []byte, op int, message []byte) (answer []byte) {
	defer func() {
		if recover() != nil {
			answer = appendError(dst[:0], core.InternalError())
		}
	}()
	in := &shared
	if op <= 0 || op >= len(operations) || !in.read(message) {
		return appendError(dst, core.InternalError())
	}
	seedMaps(in.bytes("random"))
	answer, err := operations[op](dst, in)
	if err != nil {
		return appendError(dst, err)
	}
	return answer
}

var operations = [...]func(dst []byte, in *input) ([]byte, error){
	opNext:        nextAction,
	opSign:        sign,
	opOAuth1:      signOAuth1,
	opCredentials: loadCredentials,
	opExplain:     explain,
	opAuthorize:   authorize,
	opCallback:    parseCallback,
}

// input is a sorted message. It points into the message. There is one, because operations don't
// overlap.
type input struct {
	config, options []byte
	arguments       []field
	headers         []field // of HTTP
}

var shared input

func (in *input) read(message []byte) bool {
	*in = input{arguments: in.arguments[:0], headers: in.headers[:0]}
	for len(message) > 0 {
		f, rest, ok := next(message)
		if !ok {
			return false
		}
		message = rest
		switch f.kind {
		case kindConfig:
			in.config = f.value
		case kindOptions:
			in.options = f.value
		case kindHeader:
			in.headers = append(in.headers, f)
		case kindArgument:
			in.arguments = append(in.arguments, f)
		default:
			return false
		}
	}
	return true
}

// readFields passes the fields of one of the caller's messages to set.
func readFields(message []byte, set func(name string, v core.Value) error) error {
	text := string(message) // all names and values are parts of this one copy
	for len(message) > 0 {
		f, rest, ok := next(message)
		if !ok {
			return core.InternalError()
		}
		message = rest
		end := len(text) - len(rest)
		value := text[end-len(f.value) : end]
		name := text[end-len(f.value)-len(f.name) : end-len(f.value)]
		if f.kind == kindNoObject {
			return notAnObject(name, core.Value{Kind: core.KindOther, Text: value})
		}
		if err := set(name, core.Value{Kind: core.Kind(f.kind), Text: value}); err != nil {
			return err
		}
	}
	return nil
}

func notAnObject(what string, v core.Value) error {
	problem := "must be an object, not " + v.What()
	if what == "config" && v.Text == "a string" {
		problem += ": loadCredentials makes one of the content of a credentials file"
	}
	return core.ConfigError(what, problem)
}

// exchanges keeps the exchanges of the last configurations. They only save time: a new instance
// makes them again.
var exchanges = map[string]*core.Exchange{}

// maxExchanges is the number of kept exchanges before the map is cleared.
const maxExchanges = 64

// exchange returns the exchange of the configuration.
func (in *input) exchange() (*core.Exchange, error) {
	key, purpose := in.config, core.ForToken
	if name := in.text("purpose"); name != "" {
		for i := range core.Endpoints {
			if core.Endpoints[i].Name == name {
				purpose = core.Purpose(i)
			}
		}
		key = append([]byte(name), key...)
	}
	if x := exchanges[string(key)]; x != nil {
		return x, nil
	}
	var config core.Config
	if err := readFields(in.config, config.Set); err != nil {
		return nil, err
	}
	x, err := provider.ResolveFor(purpose, &config)
	if err != nil {
		return nil, err
	}
	if len(exchanges) == maxExchanges {
		clear(exchanges)
	}
	exchanges[string(key)] = x
	return x, nil
}

// bounds returns the limits in the options.
func (in *input) bounds() (options core.Options, err error) {
	err = readFields(in.options, options.Set)
	return options, err
}

func find(fields []field, name string) []byte {
	for _, f := range fields {
		if string(f.name) == name {
			return f.value
		}
	}
	return nil
}

func (in *input) bytes(name string) []byte { return find(in.arguments, name) }

func (in *input) header(name string) string { return string(find(in.headers, name)) }

func (in *input) text(name string) string { return string(in.bytes(name)) }

func (in *input) number(name string) int64 {
	n, _ := strconv.ParseInt(in.text(name), 10, 64)
	return n
}

// small returns a number cut to 32 bits, the size of int in the compact module.
func (in *input) small(name string) int {
	return int(min(max(in.number(name), math.MinInt32), math.MaxInt32))
}

// number returns the text of n, or "" if n means none.
func number(n, none int) string {
	if n == none {
		return ""
	}
	return strconv.Itoa(n)
}

// nextAction performs the next step of a renewal: see renewal.Next.
func nextAction(dst []byte, in *input) ([]byte, error) {
	x, err := in.exchange()
	if err != nil {
		return nil, err
	}
	options, err := in.bounds()
	if err != nil {
		return nil, err
	}
	limits := renewal.Limits{
		Timeout:  options.Timeout(),
		MaxBody:  options.MaxBody(),
		Deadline: in.number("deadline"),
		Attempts: in.small("attempts"),
		Ahead:    in.number("ahead"),
		Lifetime: in.number("lifetime"),
		Grant:    in.text("grant"),
		Metadata: in.text("metadata"),
		Interval: in.number("interval"),
		Proves:   in.text("proves") == "true",
	}
	r, ok := renewal.New(x, limits), true
	if state := in.bytes("state"); state != nil {
		r, ok = renewal.Resume(x, limits, string(state))
	}
	if !ok {
		return nil, core.InternalError()
	}
	do := r.Next(renewal.Input{
		Now:       in.number("now"),
		Random:    in.bytes("random"),
		Outcome:   in.outcome(),
		Signature: in.bytes("signature"),
		Text:      in.text("text"),
		Failure:   in.text("failure"),
		Detail:    in.text("detail"),
	})
	dst = appendAction(dst, &do, x)
	dst = appendField(dst, kindArgument, "ahead", strconv.FormatInt(do.Ahead, 10))
	if do.Grant != "" {
		dst = appendField(dst, kindArgument, "grant", do.Grant)
	}
	if do.Metadata != "" {
		dst = appendField(dst, kindArgument, "metadata", do.Metadata)
	}
	if !do.Done {
		dst = appendFieldOf(dst, kindArgument, "state", r.Append)
	}
	return dst, nil
}

func appendAction(dst []byte, do *renewal.Action, x *core.Exchange) []byte {
	text := func(name, value string) { dst = appendField(dst, kindArgument, name, value) }
	whole := func(name string, n int64) { text(name, strconv.FormatInt(n, 10)) }
	switch {
	case do.Get != nil:
		text("do", "get")
		text("field", do.Get.Field)
		text("audience", do.Get.Audience)
		if do.Get.Source.File != "" {
			text("file", do.Get.Source.File)
		}
		whole("timeout", do.Timeout)
	case do.Sign != nil:
		text("do", "sign")
		dst = appendSigning(dst, do.Sign, do.Timeout)
	case do.Send != nil:
		text("do", "send")
		text("method", do.Send.Method)
		text("url", do.Send.URL)
		for _, h := range do.Send.Headers {
			dst = appendField(dst, kindHeader, h.Name, h.Value)
		}
		text("body", do.Send.Body)
		whole("attempt", int64(do.Attempt))
		whole("timeout", do.Timeout)
		whole("maxBody", do.MaxBody)
	case do.Token != nil && x.Purpose != core.ForToken:
		text("do", "done")
		dst = appendFieldOf(dst, kindArgument, "result", do.Token.Rest.Append)
	case do.Token != nil:
		text("do", "keep")
		dst = appendFieldOf(dst, kindArgument, "token", do.Token.Append)
		whole("until", do.Until)
		whole("margin", do.Margin)
		whole("renew", do.Renew)
	case do.Done:
		text("do", "fail")
		whole("hold", do.Hold)
		dst = appendError(dst, do.Err)
	default:
		text("do", "wait")
		whole("attempt", int64(do.Attempt))
		whole("wait", do.Wait)
		if do.Err != nil { // else it is the wait before the first question
			dst = appendError(dst, do.Err)
		}
	}
	return dst
}

func appendSigning(dst []byte, signing *core.Signing, timeout int64) []byte {
	dst = appendField(dst, kindArgument, "alg", signing.Alg)
	dst = appendField(dst, kindArgument, "keyId", signing.KeyID)
	dst = appendField(dst, kindArgument, "data", signing.Data)
	if signing.Fingerprint != "" {
		dst = appendField(dst, kindArgument, "fingerprint", signing.Fingerprint)
	}
	return appendField(dst, kindArgument, "timeout", strconv.FormatInt(timeout, 10))
}

func explain(dst []byte, in *input) ([]byte, error) {
	x, err := in.exchange()
	if err != nil {
		return nil, err
	}
	if _, err := in.bounds(); err != nil {
		return nil, err
	}
	if x, err = renewal.Located(x, in.text("metadata")); err != nil {
		return nil, err
	}
	random := in.bytes("random")
	explanation, err := x.Explain(in.number("now"), random[:min(core.RandomSize, len(random))])
	if err != nil {
		return nil, err
	}
	return appendField(dst, kindArgument, "explanation", string(explanation.Append(nil))), nil
}

func authorize(dst []byte, in *input) ([]byte, error) {
	x, err := in.exchange()
	if err == nil {
		x, err = renewal.Located(x, in.text("metadata"))
	}
	if err != nil {
		return nil, err
	}
	a, err := x.Authorize(in.text("redirectUri"), in.bytes("random"))
	if err != nil {
		return nil, err
	}
	dst = appendField(dst, kindArgument, "url", a.URL)
	dst = appendField(dst, kindArgument, "state", a.State)
	dst = appendField(dst, kindArgument, "codeVerifier", a.CodeVerifier)
	dst = appendField(dst, kindArgument, "nonce", a.Nonce)
	return appendField(
		dst, kindArgument, "issuerRequired", strconv.FormatBool(x.NamesIssuer)), nil
}

func parseCallback(dst []byte, in *input) ([]byte, error) {
	code, err := core.Callback{
		URL: in.text("url"), State: in.text("state"), Issuer: in.text("issuer"),
		IssuerRequired: in.text("issuerRequired") == "true",
	}.Parse()
	if err != nil {
		return nil, err
	}
	return appendField(dst, kindArgument, "code", code), nil
}

func (in *input) outcome() answer.Outcome {
	return answer.Outcome{
		Failure: in.text("failure"),
		Detail:  in.text("detail"),
		Status:  in.small("status"),
		Header:  in.header,
		Body:    in.bytes("body"),
	}
}

func sign(dst []byte, in *input) ([]byte, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	alg := in.text("alg")
	if assertion.HostSigns && key.PKCS8 != nil {
		if err := assertion.Check(alg, key); err != nil {
			return nil, core.KeyError("and alg don't fit each other: alg " + err.Error())
		}
		if key.SPKI != nil {
			dst = appendField(dst, kindArgument, "spki", string(key.SPKI))
		}
		dst = appendField(dst, kindArgument, "fingerprint", key.Fingerprint)
		return appendField(dst, kindArgument, "pkcs8", string(key.PKCS8)), nil
	}
	signature, err := assertion.Sign(alg, key, in.bytes("data"))
	if err != nil {
		return nil, core.KeyError(err.Error())
	}
	return appendField(dst, kindArgument, "signature", string(signature)), nil
}

// key returns the configuration's key, or the key that was given alone.
func (in *input) key() (*assertion.Key, error) {
	if in.config != nil {
		x, err := in.exchange()
		if err == nil && x.Key == nil {
			err = core.ConfigError("privateKey", "is missing")
		}
		if err != nil {
			return nil, err
		}
		return x.Key, nil
	}
	return core.ParseKey(in.text("key"), in.text("passphrase"), in.text("keyId"))
}

func signOAuth1(dst []byte, in *input) ([]byte, error) {
	var request core.OAuth1Request
	if err := readFields(in.config, request.Set); err != nil {
		return nil, err
	}
	if failure := in.text("failure"); failure != "" {
		return nil, request.SigningFailed(failure, in.text("detail"))
	}
	signed, signing, err := request.Sign(in.number("now"), in.bytes("random"), in.bytes("signature"))
	if err != nil {
		return nil, err
	}
	if signing != nil {
		var options core.Options
		return appendSigning(dst, signing, options.Timeout()), nil
	}
	dst = appendField(dst, kindArgument, "authorization", signed.Authorization)
	dst = appendField(dst, kindArgument, "signature", signed.Signature)
	return appendField(dst, kindArgument, "baseString", signed.BaseString), nil
}

func loadCredentials(dst []byte, in *input) ([]byte, error) {
	var options credentials.Options
	if err := readFields(in.options, options.Set); err != nil {
		return nil, err
	}
	if file := in.bytes("isOther"); file != nil {
		return appendField(
			dst,
			kindArgument,
			"isOther",
			strconv.FormatBool(credentials.IsOther(file)),
		), nil
	}
	config, err := in.credentials(options)
	if err != nil {
		return nil, err
	}
	for name, value := range config.Fields() {
		dst = appendField(dst, byte(value.Kind), name, value.Text)
	}
	return dst, nil
}

// credentials reads a file, or an environment that was given as the configuration.
func (in *input) credentials(options credentials.Options) (*core.Config, error) {
	if in.config == nil {
		return credentials.Load(in.bytes("file"), options)
	}
	var environment []string
	if err := readFields(in.config, func(name string, v core.Value) error {
		if v.Kind != core.KindText {
			return core.CredentialsError("the variable " + name + " must be a string, not " + v.What())
		}
		environment = append(environment, name+"="+v.Text)
		return nil
	}); err != nil {
		return nil, err
	}
	return credentials.FromEnvironment(environment)
}
