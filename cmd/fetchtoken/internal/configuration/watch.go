package configuration

import (
	"context"
	"sync"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/core"
)

// Watch returns a function that reads the configuration again. If that fails, the function says
// why, and returns the last configuration. It may be called by several goroutines at once.
func (r *Reader) Watch(last core.Config) func(context.Context) core.Config {
	again := Reader{
		Files: r.Files, Values: r.Values, Inputs: r.Inputs, Asks: r.Asks, Again: true,
		In: r.In, Errout: r.Errout,
	}
	var reading sync.Mutex
	return func(ctx context.Context) core.Config {
		reading.Lock()
		defer reading.Unlock()
		reader := again // each reading begins anew
		config, err := reader.Read(ctx)
		if err == nil {
			last = config
		} else {
			report.Complain(r.Errout, "the credentials can't be read again, so the last ones count: "+
				report.ReasonOf(err), "")
		}
		return last
	}
}
