//go:build !compact

package main

import (
	"os" // only for Args; fmt, which uuid needs, links it anyway
	"slices"
	"strings"
	"syscall/js"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/provider"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// main sets one global object, globalThis.fetchtoken, and keeps running. The first argument can
// choose another name: go.argv[1].
//
// The object's function fetchToken(config, options?) needs only Go's wasm_exec.js. js/ has a sender
// of its own, which is faster.
func main() {
	name := "fetchtoken"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	js.Global().Set(name, map[string]any{"fetchToken": js.FuncOf(fetchToken)})
	select {}
}

// fetchToken returns a Promise of a token response. It runs in callbacks of the request's own
// Promises, because a goroutine or a Go timer would make overlapping requests in a Cloudflare
// Worker hang.
func fetchToken(_ js.Value, arguments []js.Value) any {
	return newPromise(func(resolve, reject func(any)) {
		e := &exchange{resolve: resolve, reject: reject}
		defer e.recover()
		e.start(argument(arguments, 0), argument(arguments, 1))
	})
}

// An exchange is a running call of fetchToken.
type exchange struct {
	resolve, reject func(any)
	options         js.Value
	exchange        *core.Exchange
	renewal         *renewal.Renewal
}

// recover rejects the Promise, so that a panic doesn't end the instance. Every callback from
// JavaScript defers it.
func (e *exchange) recover() {
	switch r := recover().(type) {
	case nil:
	case js.Error: // a function of the caller threw it
		e.reject(r.Value)
	default:
		e.fail(core.InternalError())
	}
}

func (e *exchange) start(config, options js.Value) {
	e.options = options
	var user core.Config
	if err := readObject("config", config, func(name string, v core.Value) error {
		hosts := v.Text == "a function" &&
			(name == "sign" || slices.Contains(core.SourceNames(), name)) ||
			name == "privateKey" && v.Text == "a CryptoKey"
		if v.Kind == core.KindOther && hosts {
			return core.ConfigError(name, "is "+v.Text+", which only fetchToken of the npm package takes: "+
				"give the raw module the key or the text itself")
		}
		return user.Set(name, v)
	}); err != nil {
		e.fail(err)
		return
	}
	var bounds core.Options
	if !options.IsUndefined() {
		if err := readObject("options", options, func(name string, v core.Value) error {
			if usable(name, get(options, name)) {
				return nil
			}
			return bounds.Set(name, v)
		}); err != nil {
			e.fail(err)
			return
		}
	}
	var err error
	if e.exchange, err = provider.Resolve(user); err != nil {
		e.fail(err)
		return
	}
	e.renewal = renewal.New(e.exchange, renewal.Limits{
		Timeout: bounds.Timeout(), MaxBody: bounds.MaxBody(), Attempts: 1,
	})
	e.step(renewal.Input{})
}

// step carries out the core's next step, after the last one's outcome.
func (e *exchange) step(in renewal.Input) {
	var err error
	if in.Now, err = e.now(); err == nil {
		in.Random, err = e.random()
	}
	if err != nil {
		e.fail(err)
		return
	}
	switch do := e.renewal.Next(in); {
	case do.Get != nil:
		e.step(renewal.Input{Failure: core.GetThrew, Detail: "the raw module reads no files"})
	case do.Sign != nil:
		signature, err := assertion.Sign(do.Sign.Alg, e.exchange.Key, []byte(do.Sign.Data))
		if err != nil {
			e.fail(core.KeyError(err.Error()))
			return
		}
		e.step(renewal.Input{Signature: signature})
	case do.Send != nil:
		send(&do, e.option("fetch"), e.option("signal"), func(outcome answer.Outcome) {
			defer e.recover()
			e.step(renewal.Input{Outcome: outcome})
		}, e.reject)
	case do.Token != nil:
		e.resolve(js.Global().Get("JSON").Call("parse", string(do.Token.Append(nil))))
	default:
		e.fail(do.Err)
	}
}
func (e *exchange) option(name string) js.Value {
	if e.options.IsUndefined() || !js.Global().Get("Object").Call("hasOwn", e.options, name).Bool() {
		return js.Undefined()
	}
	return get(e.options, name)
}

func (e *exchange) now() (int64, error) {
	clock := e.option("clock")
	if clock.IsUndefined() {
		clock = js.Global().Get("Date")
	}
	now := clock.Call("now")
	if !js.Global().Get("Number").Call("isFinite", now).Bool() {
		return 0, new(core.Options).Set("clock", valueOf(now))
	}
	return int64(now.Float()), nil
}

func (e *exchange) random() ([]byte, error) {
	array := js.Global().Get("Uint8Array")
	var source js.Value
	if random := e.option("random"); random.IsUndefined() {
		source = array.New(renewal.RandomSize)
		js.Global().Get("crypto").Call("getRandomValues", source)
	} else if source = random.Invoke(renewal.RandomSize); tagOf(source) != "Uint8Array" {
		// by its tag, so that one of another realm counts too
		return nil, new(core.Options).Set("random", valueOf(source))
	}
	bytes := make([]byte, source.Length())
	js.CopyBytesToGo(bytes, source)
	return bytes, nil
}

func (e *exchange) fail(err error) { e.reject(tokenError(err)) }

// tokenError makes the JavaScript error for a *core.TokenError, with the same members as on the
// wire.
func tokenError(err error) js.Value {
	answer := appendError(nil, err)
	object := js.Global().Get("Error").New("")
	object.Set("name", "TokenError")
	object.Set("retryable", false)
	for len(answer) > 0 {
		f, rest, _ := next(answer)
		answer = rest
		text := string(f.value)
		name := string(f.name)
		switch name {
		case "status", "retryAfter", "clockOffset":
			object.Set(name, js.Global().Call("Number", text))
		case "retryable":
			object.Set(name, true)
		case "cause":
			object.Set(name, js.Global().Get("Error").New(text))
		default:
			object.Set(name, text)
		}
	}
	return object
}

// readObject passes the members of a JavaScript object to set, without undefined ones.
func readObject(what string, object js.Value, set func(string, core.Value) error) error {
	if isBigInt(object) || object.Type() != js.TypeObject ||
		js.Global().Get("Array").Call("isArray", object).Bool() {
		return notAnObject(what, valueOf(object))
	}
	keys := js.Global().Get("Object").Call("keys", object)
	for i := range keys.Length() {
		name := keys.Index(i).String()
		if value := get(object, name); !value.IsUndefined() {
			if err := set(name, valueOf(value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// valueOf turns a JavaScript value into a value of the wire.
func valueOf(v js.Value) core.Value {
	if isBigInt(v) {
		return core.Value{Kind: core.KindOther, Text: "a bigint"}
	}
	switch v.Type() {
	case js.TypeString:
		if !js.Global().Get("String").Get("prototype").Get("isWellFormed").Call("call", v).Bool() {
			return core.Value{Kind: core.KindOther, Text: "text with half a character (a lone surrogate)"}
		}
		return core.Value{Kind: core.KindText, Text: v.String()}
	case js.TypeObject:
		tag := tagOf(v)
		if tag == "Uint8Array" && js.Global().Get("ArrayBuffer").Call("isView", v).Bool() {
			// a copy, because CopyBytesToGo accepts none of another realm
			array := js.Global().Get("Uint8Array").New(v)
			bytes := make([]byte, array.Length())
			js.CopyBytesToGo(bytes, array)
			return core.Value{Kind: core.KindBytes, Text: string(bytes)}
		}
		if tag != "Object" && tag != "Array" {
			return core.Value{Kind: core.KindOther, Text: "a " + tag}
		}
		text, ok := try(func() js.Value { return js.Global().Get("JSON").Call("stringify", v) })
		if !ok || text.Type() != js.TypeString {
			return core.Value{Kind: core.KindOther, Text: "an object that JSON can't hold"}
		}
		return core.Value{Kind: core.KindJSON, Text: text.String()}
	case js.TypeNull:
		return core.Value{Kind: core.KindJSON, Text: "null"}
	case js.TypeBoolean, js.TypeNumber:
		text := js.Global().Call("String", v).String()
		if v.Type() == js.TypeNumber && !js.Global().Call("isFinite", v).Bool() {
			return core.Value{Kind: core.KindOther, Text: text}
		}
		return core.Value{Kind: core.KindJSON, Text: text}
	case js.TypeUndefined:
		return core.Value{Kind: core.KindOther, Text: "undefined"}
	default:
		return core.Value{Kind: core.KindOther, Text: "a " + v.Type().String()}
	}
}

// usable says whether an option is one that the host uses itself, with the right type.
func usable(name string, v js.Value) bool {
	if isBigInt(v) {
		return false
	}
	switch name {
	case "fetch", "random":
		return v.Type() == js.TypeFunction
	case "signal":
		return v.Type() == js.TypeObject && get(v, "aborted").Type() == js.TypeBoolean &&
			get(v, "addEventListener").Type() == js.TypeFunction
	case "clock":
		return v.Type() == js.TypeObject && get(v, "now").Type() == js.TypeFunction
	}
	return false
}

// isBigInt is called first, because syscall/js knows no bigint and Type panics.
func isBigInt(v js.Value) bool { return tagOf(v) == "BigInt" }

// tagOf returns the tag that Object.prototype.toString gives v.
func tagOf(v js.Value) string {
	tag := js.Global().Get("Object").Get("prototype").Get("toString").Call("call", v).String()
	return strings.TrimSuffix(strings.TrimPrefix(tag, "[object "), "]")
}

func argument(arguments []js.Value, i int) js.Value {
	if i < len(arguments) {
		return arguments[i]
	}
	return js.Undefined()
}

// get reads a property of the caller's object. js.Value's own Get must not be used: an error of a
// getter would pass through Go's frames and end the instance.
func get(object js.Value, name string) js.Value {
	return js.Global().Get("Reflect").Call("get", object, name)
}

func newPromise(start func(resolve, reject func(any))) js.Value {
	executor := js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		resolve, reject := arguments[0], arguments[1]
		start(func(v any) { resolve.Invoke(v) }, func(v any) { reject.Invoke(v) })
		return nil
	})
	defer executor.Release()
	return js.Global().Get("Promise").New(executor)
}

// try returns the result of f, or false and the error that JavaScript threw.
func try(f func() js.Value) (result js.Value, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			thrown, isError := r.(js.Error)
			if !isError {
				panic(r)
			}
			result, ok = thrown.Value, false
		}
	}()
	return f(), true
}
