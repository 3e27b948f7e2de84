package fetchtoken

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/provider"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// An exchanger carries out token requests with one configuration.
type exchanger struct {
	exchange *core.Exchange
	options  Options
	client   *http.Client // follows no redirect
}

// newExchanger makes an exchanger; nil options mean the defaults. The error says what is wrong with the configuration or the options.
func newExchanger(config Config, options *Options) (*exchanger, error) {
	settled, err := options.settle()
	if err != nil {
		return nil, err
	}
	config.HostSigns = settled.Sign != nil
	exchange, err := provider.Resolve(config)
	if err != nil {
		return nil, err
	}
	client := *settled.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &exchanger{exchange, settled, &client}, nil
}

// renew gets one token by what package renewal decides. hear is told of each action before it is carried out.
// When ctx is done first, the error is the cause of that.
func (x *exchanger) renew(
	ctx context.Context, limits renewal.Limits, hear func(*renewal.Action),
) (*renewal.Action, error) {
	limits.Timeout, limits.MaxBody = x.options.Timeout.Milliseconds(), x.options.MaxBody
	r := renewal.New(x.exchange, limits)
	for told := (renewal.Input{}); ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		random, err := x.random(renewal.RandomSize)
		if err != nil {
			return nil, err
		}
		told.Now, told.Random = x.options.Clock.Now().UnixMilli(), random
		do := r.Next(told)
		hear(&do)
		told = renewal.Input{}
		switch {
		case do.Sign != nil:
			told.Signature, told.Failure, told.Detail = x.sign(ctx, do.Sign, milliseconds(do.Timeout))
		case do.Send != nil:
			told.Outcome = x.send(ctx, do.Send, milliseconds(do.Timeout), do.MaxBody)
		case !do.Done:
			x.options.Clock.Sleep(ctx, milliseconds(do.Wait)) // ends early with ctx
		case do.Err != nil:
			return nil, do.Err
		default:
			return &do, nil
		}
	}
}

func (x *exchanger) random(size int) ([]byte, error) {
	bytes := make([]byte, size)
	if _, err := io.ReadFull(x.options.Random, bytes); err != nil {
		return nil, core.ConfigError("Options.Random", "has no more bytes to give")
	}
	return bytes, nil
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// send sends a request and says what became of it.
func (x *exchanger) send(
	ctx context.Context, request *core.Request, timeout time.Duration, maxBody int64,
) core.Outcome {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, request.Method, request.URL, strings.NewReader(request.Body))
	if err != nil {
		return failure(ctx, err)
	}
	for _, h := range request.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	response, err := x.client.Do(req)
	if err != nil {
		return failure(ctx, err)
	}
	defer response.Body.Close()
	outcome := core.Outcome{Status: response.StatusCode, Header: response.Header.Get}
	switch outcome.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		outcome.Failure = core.FailureRedirect
		return outcome
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return outcome // without a body; the http.Client of github.com/syumai/workers panics when it reads none
	}
	outcome.Body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return failure(ctx, err)
	}
	if int64(len(outcome.Body)) > maxBody {
		outcome.Failure = core.FailureTooLarge
	}
	return outcome
}

// failure says why there is no whole response.
func failure(ctx context.Context, err error) core.Outcome {
	var late interface{ Timeout() bool }
	if ctx.Err() != nil || errors.As(err, &late) && late.Timeout() {
		return core.Outcome{Failure: core.FailureTimeout}
	}
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err // without the method and the URL
	}
	return core.Outcome{Failure: core.FailureNetwork, Detail: err.Error()}
}
