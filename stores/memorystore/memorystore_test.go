package memorystore_test

import (
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/storetest"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

func TestStore(t *testing.T) {
	storetest.Test(t, memorystore.New())
}

// The store is bounded: it drops the record that was set longest ago.
func TestStoreKeepsAThousand(t *testing.T) {
	store := memorystore.New()
	keys := make([]string, 1001)
	for i := range keys {
		keys[i] = storetest.Key()
		if err := store.Set(t.Context(), keys[i], "record", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]string{0: "", 1: "record", 1000: "record"} {
		if got, _, _ := store.Get(t.Context(), keys[i]); got != want {
			t.Errorf("record %d is %q", i, got)
		}
	}
}
