module github.com/fetchtoken/fetchtoken/extra/simulate

go 1.26.0

toolchain go1.26.8

require github.com/fetchtoken/fetchtoken v0.0.0

require (
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/google/uuid v1.6.0 // indirect
)

replace github.com/fetchtoken/fetchtoken => ../..
