package fetchtoken

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/provider"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// An exchanger sends token requests with one configuration.
type exchanger struct {
	config   core.Config
	exchange *core.Exchange
	options  *Options
	// the caller's functions for core.Get, by its Field
	functions map[string]func(context.Context, string) (string, error)
	client    *http.Client // it follows no redirect
	metadata  atomic.Value // a string: the Metadata of package renewal
}

// newExchanger makes an exchanger; nil options mean the defaults. The error says which field or
// option is wrong.
func newExchanger(config Config, options *Options) (*exchanger, error) {
	return newExchangerFor(core.ForToken, config, options)
}

// newExchangerFor does the same as newExchanger, for one kind of request.
func newExchangerFor(
	purpose core.Purpose, config Config, options *Options,
) (*exchanger, error) {
	settled, err := options.settle()
	if err != nil {
		return nil, err
	}
	return exchangerOf(purpose, config, settled)
}

// exchangerOf does the same as newExchangerFor, with settled options.
func exchangerOf(
	purpose core.Purpose, config Config, settled *Options,
) (*exchanger, error) {
	given, err := config.core()
	if err != nil {
		return nil, errorOf(err, nil)
	}
	x, err := resolved(purpose, given, settled)
	if err != nil {
		return nil, err
	}
	for field, source := range map[string]*Source{
		"clientAssertion": &config.ClientAssertionFrom, "subjectToken": &config.SubjectTokenFrom,
		"actorToken": &config.ActorTokenFrom,
	} {
		if source.Func != nil {
			if x.functions == nil {
				x.functions = map[string]func(context.Context, string) (string, error){}
			}
			x.functions[field] = source.Func
		}
	}
	return x, nil
}

// resolved does the same as exchangerOf, with a configuration of package core.
func resolved(
	purpose core.Purpose, given core.Config, settled *Options,
) (*exchanger, error) {
	given.HostSigns = settled.Sign != nil
	exchange, err := provider.ResolveFor(purpose, &given)
	if err != nil {
		return nil, errorOf(err, nil)
	}
	client := *settled.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return &exchanger{config: given, exchange: exchange, options: settled, client: &client}, nil
}

// renew gets one token, as package renewal decides. It tells hear about each action and its error
// before it carries the action out; hear may be nil. If hear returns an error, renew returns it. If
// ctx is done first, the error is the cause of ctx.
func (x *exchanger) renew(
	ctx context.Context, limits renewal.Limits, hear func(*renewal.Action, error) error,
) (*renewal.Action, error) {
	limits.Timeout, limits.MaxBody = x.options.Timeout.Milliseconds(), x.options.MaxBody
	limits.Proves = x.options.DPoP != nil
	limits.Metadata, _ = x.metadata.Load().(string)
	r := renewal.New(x.exchange, limits)
	var why error // the last action failed
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
		x.metadata.Store(do.Metadata)
		var failed error
		if do.Err != nil {
			failed = errorOf(do.Err, why)
		}
		if hear != nil {
			if err := hear(&do, failed); err != nil {
				return nil, err
			}
		}
		told, why = renewal.Input{}, nil
		switch {
		case do.Get != nil:
			told.Text, told.Failure, why = x.get(ctx, do.Get, milliseconds(do.Timeout))
			if why != nil {
				told.Detail = wordsOf(why)
			}
		case do.Sign != nil:
			told.Signature, told.Failure, why = x.sign(ctx, do.Sign, milliseconds(do.Timeout))
			if why != nil {
				told.Detail = wordsOf(why)
			}
		case do.Send != nil:
			told.Outcome, why, err = x.send(ctx, &do)
			if err != nil && ctx.Err() == nil {
				return nil, err
			}
		case !do.Done:
			x.options.Clock.Sleep(ctx, milliseconds(do.Wait)) // ends early if ctx ends
		case failed != nil:
			return nil, failed
		default:
			return &do, nil
		}
	}
}

func (x *exchanger) random(size int) ([]byte, error) {
	bytes := make([]byte, size)
	if _, err := io.ReadFull(x.options.Random, bytes); err != nil {
		return nil, configError("Options.Random", "has no more bytes to give")
	}
	return bytes, nil
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// send sends a request, with a DPoP proof if there is a key. It returns the outcome, and why, the
// error of a failed request. If err is not nil, nothing was sent.
func (x *exchanger) send(
	ctx context.Context, do *renewal.Action,
) (outcome answer.Outcome, why, err error) {
	request, maxBody := do.Send, do.MaxBody
	ctx, cancel := context.WithTimeout(ctx, milliseconds(do.Timeout))
	defer cancel()
	req, err := http.NewRequestWithContext(
		ctx, request.Method, request.URL, strings.NewReader(request.Body))
	if err != nil {
		return failure(ctx, err), err, nil
	}
	for _, h := range request.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	key := x.options.DPoP
	if do.Attempt == 0 {
		key = nil // a request for the server's time or metadata needs no proof
	}
	if key != nil {
		at := x.options.Clock.Now().Add(milliseconds(do.Ahead))
		proof, err := x.prove(ctx, request.Method, req.URL, "", at)
		if err != nil {
			return outcome, nil, err
		}
		req.Header.Set("DPoP", proof)
	}
	response, err := x.client.Do(req)
	if err != nil {
		return failure(ctx, err), err, nil
	}
	defer response.Body.Close()
	if key != nil {
		key.learn(req.URL, response.Header)
	}
	outcome = answer.Outcome{Status: response.StatusCode, Header: response.Header.Get}
	switch outcome.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		outcome.Failure = answer.FailureRedirect
		return outcome, nil, nil
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		// a GET must have no body: github.com/syumai/workers panics on an empty one
		return outcome, nil, nil
	}
	outcome.Body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return failure(ctx, err), err, nil
	}
	if int64(len(outcome.Body)) > maxBody {
		outcome.Failure = answer.FailureTooLarge
	}
	return outcome, nil, nil
}

// failure returns the reason why there is no whole response.
func failure(ctx context.Context, err error) answer.Outcome {
	var late interface{ Timeout() bool }
	if ctx.Err() != nil || errors.As(err, &late) && late.Timeout() {
		return answer.Outcome{Failure: answer.FailureTimeout}
	}
	if named, ok := errors.AsType[*url.Error](err); ok {
		err = named.Err // without the method and the URL
	}
	return answer.Outcome{Failure: answer.FailureNetwork, Detail: withCondition(err)}
}
