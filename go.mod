module github.com/fetchtoken/fetchtoken

go 1.26.0

toolchain go1.26.8

require (
	github.com/go-jose/go-jose/v4 v4.1.9
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3
	github.com/google/uuid v1.6.0
	github.com/tetratelabs/wazero v1.12.0
	golang.org/x/oauth2 v0.37.0
	golang.org/x/term v0.34.0
)

require golang.org/x/sys v0.49.0 // indirect
