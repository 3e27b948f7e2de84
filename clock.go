package fetchtoken

import (
	"context"
	"time"
)

// A Clock tells the time and waits. It is there for tests; what bounds a single request, Options.Timeout, is always real time.
type Clock interface {
	Now() time.Time
	// Sleep returns after that time, or with the error of ctx once that is done.
	Sleep(ctx context.Context, d time.Duration) error
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A period is a time that began at a moment. The system's clock can be set, and the monotonic one, which can't, stands still while a machine
// sleeps: so a period is over when either of them says so, and when the system's clock is before its beginning.
type period struct {
	since time.Time
	span  time.Duration
}

func (p period) contains(now time.Time) bool {
	return p.lasts(now.Round(0).Sub(p.since.Round(0)), now.Sub(p.since)) // Round takes the monotonic reading away, by which Sub would go
}

func (p period) lasts(wall, monotonic time.Duration) bool {
	return 0 <= wall && wall < p.span && monotonic < p.span
}
