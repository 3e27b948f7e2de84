// Package coretest is for tests of core and of the packages above it.
package coretest

import (
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// Resolve resolves a configuration. It fills in a missing endpoint and client id.
func Resolve(t *testing.T, config core.Config) *core.Exchange {
	t.Helper()
	if config.TokenEndpoint == "" {
		config.TokenEndpoint = "https://as.example.com/token"
	}
	if config.ClientID == "" {
		config.ClientID = "client"
	}
	x, err := provider.Resolve(config)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
