package main

import (
	"context"
	"errors"
	"testing"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// The commands of the npm package alone say how they are run.
func TestNotInGo(t *testing.T) {
	for _, name := range []string{"console", "login", "logout"} {
		given, err := usage.Parse([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		_, err = answer(context.Background(), given)
		var wrong *usage.Error
		if want := "npx fetchtoken " + name + " is that of the npm package"; !errors.As(err, &wrong) ||
			wrong.Hint != want {
			t.Errorf("%v, want the hint %s", err, want)
		}
	}
}
