package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// A secret's field hides it, even if it is too short to be searched for elsewhere.
func TestShortSecretIsNotPrinted(t *testing.T) {
	config := core.Config{
		ClientID:     "client",
		ClientSecret: "abc",
		PrivateKey:   "def",
		Passphrase:   "ghi",
	}
	if text := fmt.Sprintf("%v %#v", config, config); strings.Contains(text, "abc") ||
		strings.Contains(text, "def") ||
		strings.Contains(text, "ghi") {
		t.Error(text)
	}
}

// A configuration that was read from its printed form has lost its secrets, and the error says so.
func TestPrintedConfigIsNone(t *testing.T) {
	for name, config := range map[string]core.Config{
		"clientSecret": {ClientSecret: core.Redacted}, "privateKey": {PrivateKey: core.Redacted},
	} {
		config.TokenEndpoint, config.ClientID = "https://as.example/token", "client"
		_, err := provider.Resolve(config)
		if err == nil ||
			!strings.HasPrefix(
				err.Error(),
				name+" is '[redacted]', which a configuration shows in its place when it is printed",
			) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A Config that Go code filled in is checked as strictly as one from outside.
func TestLineBreaksAreRefusedInAConfigOfGo(t *testing.T) {
	for field, config := range map[string]core.Config{
		"clientId":                {ClientID: "a\nb"},
		"scope":                   {Scope: []string{"a", "b\r"}},
		"resource":                {Resource: []string{"a\x00"}},
		"audience":                {Audience: []string{"\n"}},
		"assertion.type":          {Assertion: core.Assertion{Type: "a\nb"}},
		"parameters.p":            {Parameters: []core.Parameter{{Name: "p", Values: []string{"a\nb"}}}},
		"the name of a parameter": {Parameters: []core.Parameter{{Name: "p\nq", Values: []string{"a"}}}},
	} {
		if err := config.Check(); err == nil ||
			!strings.HasPrefix(err.Error(), field+" contains a line break") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestLifetimeOfAnAssertionIsADayAtMost(t *testing.T) {
	for lifetime, isTaken := range map[string]bool{
		"1":     true,
		"86400": true,
		"86401": false,
		"0":     false,
		"-1":    false,
		"1.5":   false,
	} {
		var config core.Config
		err := config.Set(
			"assertion",
			core.Value{Kind: core.KindJSON, Text: `{"lifetime":` + lifetime + `}`},
		)
		if (err == nil) != isTaken {
			t.Errorf("%s: %v", lifetime, err)
		}
	}
}
