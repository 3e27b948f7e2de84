package fetchtoken

import (
	"context"
	"time"
)

// A Clock tells the time and waits. It is for tests. Options.Timeout always counts real time.
type Clock interface {
	Now() time.Time
	// Sleep returns nil after d, or ctx.Err() once ctx is done.
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

// A period begins at a moment and has a length. The system's clock can be set, and the monotonic
// clock stands still while a machine sleeps. So a period is over when either clock says so, and
// when the system's clock is before its beginning.
type period struct {
	since time.Time
	span  time.Duration
}

func (p period) contains(now time.Time) bool {
	wall := now.Round(0).Sub(p.since.Round(0)) // Round drops the monotonic reading
	return p.lasts(wall, now.Sub(p.since))
}

// left returns how long it still lasts.
func (p period) left(now time.Time) time.Duration {
	if !p.contains(now) {
		return 0
	}
	return p.span - max(now.Round(0).Sub(p.since.Round(0)), now.Sub(p.since))
}

func (p period) lasts(wall, monotonic time.Duration) bool {
	return 0 <= wall && wall < p.span && monotonic < p.span
}
