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
	"golang.org/x/oauth2"
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

// token carries out one exchange, by a clock that is ahead of ours. It returns by how much the server's clock is ahead of that one, too, if the
// server says so.
func (x *exchanger) token(ctx context.Context, timeout, ahead time.Duration) (*oauth2.Token, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	sentAt := x.options.Clock.Now().Add(ahead).UnixMilli()
	random, err := x.random(core.RandomSize)
	if err != nil {
		return nil, 0, err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := x.build(limited, sentAt, random)
	if err == nil {
		var token *core.Token
		if token, err = x.exchange.Parse(x.send(limited, request), sentAt, random); err == nil {
			return tokenOf(token, ahead), time.Duration(token.ClockOffset) * time.Second, nil
		}
	}
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	return nil, 0, err
}

// askTime asks a server for its time. It returns by how many seconds its clock is ahead of one that is ahead of ours, or 0 if it doesn't tell.
func (x *exchanger) askTime(ctx context.Context, endpoint string, timeout, ahead time.Duration) int {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	sentAt := x.options.Clock.Now().Add(ahead).UnixMilli()
	request := &core.Request{Method: http.MethodGet, URL: endpoint, Headers: []core.Header{{Name: "Accept", Value: "application/json"}}}
	return x.exchange.ReadTime(x.send(ctx, request), sentAt)
}

// build makes the request, with the signature that it may need.
func (x *exchanger) build(ctx context.Context, sentAt int64, random []byte) (*core.Request, error) {
	request, signing, err := x.exchange.Build(sentAt, random, nil)
	if signing == nil {
		return request, err
	}
	signature, err := x.sign(ctx, signing, sentAt, random)
	if err != nil {
		return nil, err
	}
	request, _, err = x.exchange.Build(sentAt, random, signature)
	return request, err
}

func (x *exchanger) random(size int) ([]byte, error) {
	bytes := make([]byte, size)
	if _, err := io.ReadFull(x.options.Random, bytes); err != nil {
		return nil, core.ConfigError("Options.Random", "has no more bytes to give")
	}
	return bytes, nil
}

// send sends a request and says what became of it.
func (x *exchanger) send(ctx context.Context, request *core.Request) core.Outcome {
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
	outcome.Body, err = io.ReadAll(io.LimitReader(response.Body, x.options.MaxBody+1))
	if err != nil {
		return failure(ctx, err)
	}
	if int64(len(outcome.Body)) > x.options.MaxBody {
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
