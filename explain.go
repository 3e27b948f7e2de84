package fetchtoken

import (
	"context"
	"strconv"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

func init() {
	inner.ErrorOf = func(err error) *core.TokenError {
		if e, ok := err.(*TokenError); ok {
			return e.core
		}
		return nil
	}
	inner.ConfigOf = func(config core.Config) any { return configOf(config) }
	inner.SchemeFor = schemeFor
	inner.Explain = explain
	inner.Fetch = fetchOnce
	inner.AskForCodes = askForCodes
	inner.SessionOf = func(config, store any) (inner.Session, error) {
		return newKeptSession(config.(Config), &Options{Store: store.(LeasingStore)})
	}
	inner.SignInSealer = func(config core.Config, key []byte) (*inner.Sealer, error) {
		s, err := newSealer(sessionOwner(config), key, "sign-in")
		if err != nil {
			return nil, err
		}
		return &inner.Sealer{Key: s.storeKey, Seal: s.seal, Open: s.open}, nil
	}
}

func fetchOnce(ctx context.Context, config any) (*inner.Renewed, error) {
	x, err := newExchanger(config.(Config), nil)
	if err != nil {
		return nil, err
	}
	return renewedBy(x.once(ctx))
}

func askForCodes(ctx context.Context, config any) (*inner.Codes, error) {
	c := config.(Config)
	device, err := DeviceAuthorization(ctx, c, c.Parameters, nil)
	if err != nil {
		return nil, err
	}
	end := strconv.AppendInt(nil, device.Expiry.Unix(), 10)
	return &inner.Codes{
		Shown: device.shown.Set("expires_at", end),
		Poll: func(ctx context.Context) (*inner.Renewed, error) {
			return renewedBy(device.poll(ctx))
		},
	}, nil
}

func renewedBy(do *renewal.Action, err error) (*inner.Renewed, error) {
	if err != nil {
		return nil, err
	}
	return &inner.Renewed{Token: tokenOf(do.Token), Keep: do}, nil
}

func explain(
	ctx context.Context, config core.Config, showSecrets bool,
) (*core.Explanation, error) {
	settled, err := (*Options)(nil).settle()
	if err != nil {
		return nil, err
	}
	x, err := resolved(core.ForToken, config, settled)
	if err != nil {
		return nil, err
	}
	located := x.exchange
	if config.Issuer != "" && config.TokenEndpoint == "" {
		if located, err = x.locate(ctx); err != nil {
			return nil, err
		}
	}
	random, err := x.random(core.RandomSize)
	if err != nil {
		return nil, err
	}
	// both requests have one time, so that the shown base string is the signed one
	now := x.options.Clock.Now().UnixMilli()
	explanation, err := located.Explain(now, random)
	if err == nil && showSecrets {
		explanation.Request, err = x.build(ctx, located, now, random)
	}
	return explanation, errorOf(err, nil)
}

// locate asks an issuer for its metadata, and returns the exchange with the server's endpoint.
func (x *exchanger) locate(ctx context.Context) (*core.Exchange, error) {
	r := renewal.New(x.exchange, renewal.Limits{
		Attempts: 1, Timeout: x.options.Timeout.Milliseconds(), MaxBody: x.options.MaxBody,
	})
	for told, why := (renewal.Input{}), error(nil); ; {
		random, err := x.random(renewal.RandomSize)
		if err != nil {
			return nil, err
		}
		told.Now, told.Random = x.options.Clock.Now().UnixMilli(), random
		do := r.Next(told)
		switch {
		case do.Err != nil:
			return nil, errorOf(do.Err, why)
		case do.Metadata != "":
			located, err := renewal.Located(x.exchange, do.Metadata)
			return located, errorOf(err, nil)
		}
		told = renewal.Input{}
		if told.Outcome, why, err = x.send(ctx, &do); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// build returns the request with its secrets and its signature.
func (x *exchanger) build(
	ctx context.Context, located *core.Exchange, now int64, random []byte,
) (*core.Request, error) {
	var texts []string
	for i := range located.Gets {
		text, err := x.textFor(ctx, &located.Gets[i])
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if texts != nil {
		located = located.With(texts)
	}
	request, signing, err := located.Build(now, random, nil)
	if err != nil || signing == nil {
		return request, err
	}
	signature, failure, why := x.sign(ctx, signing, time.Duration(x.options.Timeout))
	if why != nil {
		return nil, located.SigningFailed(failure, wordsOf(why), now, random)
	}
	request, _, err = located.Build(now, random, signature)
	return request, err
}

// textFor gets an assertion or a token of somebody else. It sends no request.
func (x *exchanger) textFor(ctx context.Context, get *core.Get) (string, error) {
	if get.Source.URL != "" {
		return "", core.ConfigError("explain",
			"sends nothing, so showSecrets can't show what the url of a source would bring")
	}
	text, failure, why := x.get(ctx, get, x.options.Timeout)
	if why != nil {
		return "", get.Failed(x.exchange, failure, wordsOf(why))
	}
	read, failed := get.Read(text)
	if failed != nil {
		return "", failed
	}
	return read, nil
}
