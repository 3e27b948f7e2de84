// Command wasm is the module: the operations of the core behind one export, call, and for JavaScript without js/ the function
// fetchToken of main_js.go.
package main

import (
	"strconv"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// perform carries out one operation on a message and appends the answer to dst. It never panics: a panic would end the instance.
func perform(dst []byte, op int, message []byte) (answer []byte) {
	defer func() {
		if recover() != nil {
			answer = appendError(dst[:0], core.InternalError())
		}
	}()
	var in input
	err := in.read(op, message)
	if err == nil {
		answer, err = operations[op](dst, &in)
	}
	if err != nil {
		return appendError(dst[:0], err)
	}
	return answer
}

var operations = map[int]func(dst []byte, in *input) ([]byte, error){
	opBuild:       build,
	opParse:       parse,
	opSign:        sign,
	opOAuth1:      signOAuth1,
	opCredentials: loadCredentials,
}

// input is a message, sorted.
type input struct {
	config    core.Config
	options   core.Options
	oauth1    core.OAuth1Request
	arguments []field
	headers   []oauth1.Param
}

func (in *input) read(op int, message []byte) error {
	if operations[op] == nil {
		return core.InternalError()
	}
	for len(message) > 0 {
		f, rest, ok := next(message)
		if !ok {
			return core.InternalError()
		}
		message = rest
		var err error
		switch f.kind {
		case kindArgument:
			in.arguments = append(in.arguments, f)
		case kindHeader:
			in.headers = append(in.headers, oauth1.Param{Name: f.name, Value: string(f.value)})
		case 'n':
			err = notAnObject(f.name, core.Value{Kind: core.KindOther, Text: string(f.value)})
		case 'S', 'J', 'T':
			err = in.options.Set(f.name, core.Value{Kind: core.Kind(f.kind - 'A' + 'a'), Text: string(f.value)})
		default:
			value := core.Value{Kind: core.Kind(f.kind), Text: string(f.value)}
			if op == opOAuth1 {
				err = in.oauth1.Set(f.name, value)
			} else {
				err = in.config.Set(f.name, value)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func notAnObject(what string, v core.Value) error {
	return core.ConfigError(what, "must be an object, not "+v.What())
}

func (in *input) bytes(name string) []byte {
	for _, a := range in.arguments {
		if a.name == name {
			return a.value
		}
	}
	return nil
}

func (in *input) text(name string) string { return string(in.bytes(name)) }

func (in *input) number(name string) int64 {
	n, _ := strconv.ParseInt(in.text(name), 10, 64)
	return n
}

// number returns the text of n, or "" where n is the value that stands for none.
func number(n, none int) string {
	if n == none {
		return ""
	}
	return strconv.Itoa(n)
}

func build(dst []byte, in *input) ([]byte, error) {
	x, err := provider.Resolve(in.config)
	if err != nil {
		return nil, err
	}
	request, signing, err := x.Build(in.number("now"), in.bytes("random"), in.bytes("signature"))
	if err != nil {
		return nil, err
	}
	if signing != nil {
		dst = appendField(dst, kindArgument, "alg", signing.Alg)
		return appendField(dst, kindArgument, "data", signing.Data), nil
	}
	dst = appendField(dst, kindArgument, "method", request.Method)
	dst = appendField(dst, kindArgument, "url", request.URL)
	for _, h := range request.Headers {
		dst = appendField(dst, kindHeader, h.Name, h.Value)
	}
	dst = appendField(dst, kindArgument, "body", request.Body)
	dst = appendField(dst, kindArgument, "timeout", strconv.FormatInt(in.options.Timeout(), 10))
	return appendField(dst, kindArgument, "maxBody", strconv.FormatInt(in.options.MaxBody(), 10)), nil
}

func parse(dst []byte, in *input) ([]byte, error) {
	x, err := provider.Resolve(in.config)
	if err != nil {
		return nil, err
	}
	token, err := x.Parse(core.Outcome{
		Failure: in.text("failure"),
		Detail:  in.text("detail"),
		Status:  int(in.number("status")),
		Headers: in.headers,
		Body:    in.bytes("body"),
	}, in.number("sentAt"))
	if err != nil {
		return nil, err
	}
	return appendField(dst, kindArgument, "token", token.Append(nil)), nil
}

func sign(dst []byte, in *input) ([]byte, error) {
	key, err := assertion.ParseKey(in.text("key"))
	if err != nil {
		return nil, core.KeyError(err.Error())
	}
	signature, err := assertion.Sign(in.text("alg"), key, in.bytes("data"))
	if err != nil {
		return nil, core.KeyError(err.Error())
	}
	return appendField(dst, kindArgument, "signature", signature), nil
}

func signOAuth1(dst []byte, in *input) ([]byte, error) {
	signed, err := in.oauth1.Sign()
	if err != nil {
		return nil, err
	}
	dst = appendField(dst, kindArgument, "authorization", signed.Authorization)
	dst = appendField(dst, kindArgument, "signature", signed.Signature)
	return appendField(dst, kindArgument, "baseString", signed.BaseString), nil
}

func loadCredentials(dst []byte, in *input) ([]byte, error) {
	config, err := credentials.Load(in.bytes("file"))
	if err != nil {
		return nil, err
	}
	for name, value := range config.Fields() {
		dst = appendField(dst, byte(core.KindText), name, value)
	}
	return dst, nil
}
