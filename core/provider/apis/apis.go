// Package apis knows the APIs of the presets. It is for the command only, so no module of
// WebAssembly has it. js/cli/api_origins.js reads the same table.
package apis

import (
	_ "embed"
	"encoding/json"
)

//go:embed apis.json
var table []byte

// Origins returns the origins of a preset's APIs. environment may be empty, which stands for each.
func Origins(provider, environment string) []string {
	var apis []struct {
		Provider, Environment string
		Origins               []string
	}
	if err := json.Unmarshal(table, &apis); err != nil {
		panic(err) // the table is a part of the program
	}
	var origins []string
	for _, api := range apis {
		isFor := api.Environment == "" || environment == "" || api.Environment == environment
		if api.Provider == provider && isFor {
			origins = append(origins, api.Origins...)
		}
	}
	return origins
}
