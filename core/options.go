package core

import "strconv"

// Options are the caller's options for sending one request that the core checks.
type Options struct {
	timeout int64 // milliseconds
	maxBody int64 // bytes
}

// The limits of a request: milliseconds until its whole response has arrived, and bytes of a
// response's body.
const (
	DefaultTimeout = 30_000
	maxTimeout     = 1<<31 - 1 // the longest timer of JavaScript
	defaultMaxBody = 1 << 20
	maxMaxBody     = 1 << 30
)

// The names of the options. The host itself uses fetch, signal, clock and random. It passes one of
// them on only if its value is wrong.
var optionNames = []string{"fetch", "signal", "timeout", "maxBody", "clock", "random"}

var optionTypes = map[string]string{
	"fetch":  "a function like the global fetch",
	"signal": "an AbortSignal",
	"clock":  "an object with a function now, which returns milliseconds since the epoch",
	"random": "a function that returns as many random bytes as it is asked for, as a Uint8Array",
}

// Set sets the option of that name.
func (o *Options) Set(name string, v Value) error {
	switch name {
	case "timeout":
		return setBound(&o.timeout, name, v, "milliseconds", maxTimeout)
	case "maxBody":
		return setBound(&o.maxBody, name, v, "bytes", maxMaxBody)
	}
	if want := optionTypes[name]; want != "" {
		return ConfigError("options."+name, "must be "+want+", not "+v.What())
	}
	return UnknownKey("option", name, optionNames)
}

// Timeout returns how many milliseconds the request may take.
func (o *Options) Timeout() int64 { return orDefault(o.timeout, DefaultTimeout) }

// MaxBody returns how many bytes a response's body may have after decompression.
func (o *Options) MaxBody() int64 { return orDefault(o.maxBody, defaultMaxBody) }

func setBound(bound *int64, name string, v Value, unit string, most int) error {
	n, ok := WholeNumber(v.Text)
	if v.Kind != KindJSON || !ok || n < 1 || n > int64(most) {
		return ConfigError(
			"options."+name,
			"must be a whole number of "+unit+" from 1 to "+strconv.Itoa(most),
		)
	}
	*bound = n
	return nil
}

func orDefault(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return n
}
