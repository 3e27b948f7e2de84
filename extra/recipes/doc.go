// Package recipes uses fetchtoken with other packages of Go. docs/recipes.md quotes its files.
package recipes
