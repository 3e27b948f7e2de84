package fetchtoken

import (
	"context"
	"errors"
	"time"
)

// currentConfig calls Options.Config. It waits no longer than most, even if the function ignores
// its context.
func currentConfig(
	ctx context.Context, ask func(context.Context) (Config, error), most time.Duration,
) (Config, error) {
	inner, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	config, err := bounded(inner, func() (Config, error) { return ask(inner) })
	switch {
	case err == nil:
		return config, nil
	case inner.Err() == nil:
		return Config{}, configFailed(err)
	case ctx.Err() != nil:
		return Config{}, context.Cause(ctx)
	}
	const message = "Options.Config did not answer within Options.Deadline"
	return Config{}, &TokenError{
		Code: CodeTimeout, Message: message, Retryable: true,
		cause: causeOf(message, context.DeadlineExceeded),
	}
}

// configFailed returns the error for an error of Options.Config. That error is the cause, but is
// not printed, because it may contain secrets.
func configFailed(err error) error {
	if _, own := errors.AsType[*TokenError](err); own {
		return err
	}
	const message = "Options.Config returned an error"
	return &TokenError{
		Code: CodeInvalidConfig, Message: message, Retryable: true, cause: causeOf(message, err),
	}
}
