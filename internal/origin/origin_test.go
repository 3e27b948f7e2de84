package origin_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/fetchtoken/fetchtoken/internal/origin"
)

func TestRead(t *testing.T) {
	var table struct {
		Origins []struct{ Given, Origin, What, Advice string }
	}
	text, err := os.ReadFile(filepath.FromSlash("../../core/testdata/command/origins.json"))
	if err == nil {
		err = json.Unmarshal(text, &table)
	}
	if err != nil || len(table.Origins) == 0 {
		t.Fatal(err, len(table.Origins))
	}
	for _, c := range table.Origins {
		got, fault := origin.Read(c.Given)
		switch {
		case fault == nil && got == c.Origin:
		case fault != nil && fault.What == c.What && fault.Advice(`"`) == c.Advice:
		default:
			t.Errorf("%q: %q %+v, want %+v", c.Given, got, fault, c)
		}
	}
}
