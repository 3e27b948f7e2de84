package main

import (
	"testing"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// FuzzPerform gives operations whatever a broken host could: they answer, and never with the error of a defect, unless the message itself
// is broken.
func FuzzPerform(f *testing.F) {
	for _, v := range corpus(f) {
		switch v.Op {
		case "build":
			f.Add(opNext, "provider", "oauth2", string(v.Config))
		case "oauth1":
			f.Add(opOAuth1, "params", "", string(v.Input))
		case "parse":
			f.Add(opNext, "scope", v.Outcome.Body, string(v.Config))
		case "credentials":
			f.Add(opCredentials, "", v.Text, "{}")
		}
	}
	f.Fuzz(func(t *testing.T, op int, name, text, config string) {
		if op <= 0 || op >= len(operations) {
			return
		}
		fields := appendField(nil, 's', name, text)
		fields = appendField(fields, 'j', name, text)
		fields = appendField(fields, 'j', "assertion", config)
		message := appendField(nil, kindOptions, "", string(fields))
		if _, err := jsonobject.Parse([]byte(config)); err == nil {
			f, _, _ := next(configMessage(t, []byte(config)))
			fields = append(f.value, fields...)
		}
		message = appendField(message, kindConfig, "", string(fields))
		message = appendField(message, kindArgument, "random", "0123456789abcdef01234")
		message = appendField(message, kindArgument, "status", "200")
		message = appendField(message, kindArgument, "body", text)
		message = appendField(message, kindArgument, "file", text)
		message = appendField(message, kindHeader, "retry-after", text)
		got, failure := answer(t, perform(nil, op, message))
		if op == opNext && got["do"] == "send" {
			_, failure = answer(t, perform(nil, op, appendField(message, kindArgument, "state", got["state"].(string))))
		}
		if failure != nil && failure["code"] == "internal" {
			t.Errorf("operation %d: %v", op, failure)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add(1, appendField(nil, 's', "clientId", "a"))
	f.Fuzz(func(t *testing.T, op int, message []byte) {
		answer(t, perform(nil, op, message))
	})
}
