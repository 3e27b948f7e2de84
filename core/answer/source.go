package answer

import (
	"strconv"

	"github.com/fetchtoken/fetchtoken/core"
)

// SourceError returns the error of a response that was to bring an assertion or a token of somebody
// else. It is nil if the response brings something.
func SourceError(x *core.Exchange, get *core.Get, o Outcome) *core.TokenError {
	if o.Failure == "" && o.Status == 200 {
		return nil
	}
	e := get.Failed(x, o.Failure, o.Detail)
	switch o.Failure {
	case "":
		e.Status = o.Status
		e.Message += ": its URL answers with status " + strconv.Itoa(o.Status)
		e.Retryable = retryableStatus(o.Status)
	case FailureNetwork:
		e.Retryable = true
	case FailureRedirect:
		e.Message += ": its URL answers with a redirect, which is not followed"
	case FailureTooLarge:
		e.Message += ": the response of its URL is larger than 64 KiB"
	}
	return e
}
