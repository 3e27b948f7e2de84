//go:build !compact

package main

import (
	"strings"
	"syscall/js"

	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// A sending is one running HTTP request. js/token/send.js does the same, and the same tests run
// against both.
type sending struct {
	controller js.Value
	outcome    answer.Outcome
	maxBody    int64
	cleanups   []func()
	report     func(answer.Outcome)
}

// send sends the request. It then calls report once with the outcome, or abort with the reason of
// the caller's signal. The time limit covers the request from its start to the end of the
// response's body. The size is limited, too. No redirect is followed.
func send(
	do *renewal.Action, fetch, signal js.Value, report func(answer.Outcome), abort func(any),
) {
	request := do.Send
	s := &sending{
		controller: js.Global().Get("AbortController").New(),
		maxBody:    do.MaxBody,
		report:     report,
	}
	if !signal.IsUndefined() {
		if get(signal, "aborted").Bool() {
			abort(get(signal, "reason"))
			return
		}
		s.on(signal, func() {
			if s.end() {
				s.controller.Call("abort")
				abort(get(signal, "reason"))
			}
		})
	}
	s.after(do.Timeout, func() { s.fail(answer.FailureTimeout, "") })

	headers := map[string]any{}
	for _, h := range request.Headers {
		headers[h.Name] = h.Value
	}
	// it inherits no member that fetch would read
	init := js.Global().Get("Object").Call("create", nil)
	init.Set("method", request.Method)
	init.Set("headers", headers)
	if request.Method != "GET" { // fetch takes none, not even an empty one
		init.Set("body", request.Body)
	}
	init.Set("redirect", "manual")
	init.Set("signal", s.controller.Get("signal"))
	if !js.Global().Get("document").IsUndefined() {
		init.Set("cache", "no-store")
		init.Set("credentials", "omit")
	}
	if fetch.IsUndefined() {
		fetch = js.Global().Get("fetch")
	}
	response, ok := try(func() js.Value {
		return js.Global().Get("Promise").Call("resolve", fetch.Invoke(request.URL, init))
	})
	if !ok {
		s.fail(answer.FailureNetwork, reason(response))
		return
	}
	s.then(response, s.receive)
}

// receive checks the status and the headers, and starts to read the body.
func (s *sending) receive(response js.Value) {
	s.outcome.Status = get(response, "status").Int()
	switch status := s.outcome.Status; {
	case status == 301, status == 302, status == 303, status == 307, status == 308,
		get(response, "type").Equal(js.ValueOf("opaqueredirect")), get(response, "redirected").Truthy():
		s.location(response)
		s.fail(answer.FailureRedirect, "")
		return
	case status <= 0:
		s.fail(answer.FailureNetwork, "fetch returned no response")
		return
	}
	if headers := get(response, "headers"); headers.Truthy() {
		values := map[string]string{}
		each := js.FuncOf(func(_ js.Value, arguments []js.Value) any {
			values[strings.ToLower(arguments[1].String())] = arguments[0].String()
			return nil
		})
		defer each.Release()
		headers.Call("forEach", each)
		s.outcome.Header = func(name string) string { return values[name] }
	}
	body := get(response, "body")
	if !body.Truthy() {
		s.succeed()
		return
	}
	s.read(body.Call("getReader"))
}

// location keeps the target of a redirect, or the URL to which the caller's own fetch was
// redirected.
func (s *sending) location(response js.Value) {
	target := get(response, "url")
	if headers := get(response, "headers"); headers.Truthy() && !get(response, "redirected").Truthy() {
		target = headers.Call("get", "location")
	}
	if target.Type() == js.TypeString {
		s.outcome.Header = func(name string) string {
			return map[string]string{"location": target.String()}[name]
		}
	}
}

func (s *sending) read(reader js.Value) {
	s.then(reader.Call("read"), func(chunk js.Value) {
		if get(chunk, "done").Bool() {
			s.succeed()
			return
		}
		value := get(chunk, "value")
		start := len(s.outcome.Body)
		if int64(start+value.Length()) > s.maxBody {
			s.fail(answer.FailureTooLarge, "")
			return
		}
		s.outcome.Body = append(s.outcome.Body, make([]byte, value.Length())...)
		js.CopyBytesToGo(s.outcome.Body[start:], value)
		s.read(reader)
	})
}

func (s *sending) succeed() {
	if s.end() {
		s.report(s.outcome)
	}
}

// fail reports a failure and ends all pending work.
func (s *sending) fail(failure, detail string) {
	if s.end() {
		s.controller.Call("abort")
		outcome := answer.Outcome{Failure: failure, Detail: detail}
		if failure == answer.FailureRedirect || failure == answer.FailureTooLarge {
			outcome.Status, outcome.Header = s.outcome.Status, s.outcome.Header
		}
		s.report(outcome)
	}
}

// end says whether the request was still running, and drops every callback. After that nothing is
// reported.
func (s *sending) end() bool {
	if s.cleanups == nil {
		return false
	}
	for _, cleanup := range s.cleanups {
		cleanup()
	}
	s.cleanups = nil
	return true
}

// on calls f when the signal aborts.
func (s *sending) on(signal js.Value, f func()) {
	listener := js.FuncOf(func(js.Value, []js.Value) any {
		f()
		return nil
	})
	signal.Call("addEventListener", "abort", listener)
	s.cleanups = append(s.cleanups, func() {
		signal.Call("removeEventListener", "abort", listener)
		listener.Release()
	})
}

// after calls f when the time is over. It uses a timer, because AbortSignal.timeout doesn't keep
// Node alive.
func (s *sending) after(milliseconds int64, f func()) {
	callback := js.FuncOf(func(js.Value, []js.Value) any {
		f()
		return nil
	})
	timer := js.Global().Call("setTimeout", callback, milliseconds)
	s.cleanups = append(s.cleanups, func() {
		js.Global().Call("clearTimeout", timer)
		callback.Release()
	})
}

// then calls f with the promise's result, and reports a failure if it rejects.
func (s *sending) then(promise js.Value, f func(js.Value)) {
	var resolved, rejected js.Func
	settled := func(react func(js.Value)) js.Func {
		return js.FuncOf(func(_ js.Value, arguments []js.Value) any {
			resolved.Release()
			rejected.Release()
			if s.cleanups == nil {
				return nil
			}
			defer func() {
				if recover() != nil {
					s.fail(answer.FailureNetwork, "the response could not be read")
				}
			}()
			react(arguments[0])
			return nil
		})
	}
	resolved = settled(f)
	rejected = settled(func(thrown js.Value) { s.fail(answer.FailureNetwork, reason(thrown)) })
	promise.Call("then", resolved, rejected)
}

// reason describes the error of a failed fetch in a few words: the system's error code, if there is
// one, and the message.
func reason(thrown js.Value) string {
	if thrown.Type() != js.TypeObject {
		return ""
	}
	if cause := get(thrown, "cause"); cause.Type() == js.TypeObject {
		thrown = cause
	}
	text := func(name string) string {
		if v := get(thrown, name); v.Type() == js.TypeString {
			return v.String()
		}
		return ""
	}
	code, message := text("code"), text("message")
	if code == "" || strings.Contains(message, code) {
		return message
	}
	return strings.TrimSpace(code + " " + message)
}
