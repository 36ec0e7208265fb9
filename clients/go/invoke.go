package keyvaluedb

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// settings is what an option can say about a call, beside what goes into its request.
type settings struct {
	retries retries
}

// invoke makes a call of one request and one reply, again and again until it is answered, refused, or late.
func invoke[Q proto.Message, A any](
	ctx context.Context,
	c *Client,
	method func(context.Context, Q, ...grpc.CallOption) (A, error),
	request Q,
	chosen settings,
) (A, error) {
	var nothing A
	ctx, cancel := c.within(ctx)
	defer cancel()
	answer, failed := again(ctx, c, chosen, func() (A, *Error) {
		answer, err := method(ctx, request)
		if err != nil {
			return nothing, c.refused(ctx, request, err)
		}
		return answer, nil
	})
	// Not `return answer, failed`: a nil *Error in an error is not nil.
	if failed != nil {
		return nothing, failed
	}
	return answer, nil
}

// again makes tries until one succeeds, fails for good, or the next would come after the context's deadline.
func again[A any](ctx context.Context, c *Client, chosen settings, try func() (A, *Error)) (A, *Error) {
	for failures := 1; ; failures++ {
		answer, failed := try()
		if failed == nil || !failed.Retryable() || c.makesOneTry(chosen) {
			return answer, failed
		}
		wait := c.retry.wait(failures, failed)
		if deadline, has := ctx.Deadline(); has && time.Until(deadline) <= wait {
			return answer, failed
		}
		if err := c.sleep(ctx, wait); err != nil {
			return answer, err
		}
	}
}

// refused is the error of a call, which names the field if the request could not even be sent.
func (c *Client) refused(ctx context.Context, request proto.Message, err error) *Error {
	failed := c.failure(ctx, err)
	if failed.Code != codes.Internal || failed.Reason != ErrOther {
		return failed
	}
	if field := malformedText(request.ProtoReflect()); field != "" {
		malformed := invalidField(field, "must be valid UTF-8")
		malformed.cause = err
		return malformed
	}
	return failed
}

// sleep waits, or until the context ends or the client is closed.
func (c *Client) sleep(ctx context.Context, wait time.Duration) *Error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.done:
		return closedError(nil)
	case <-ctx.Done():
		return c.failure(ctx, ctx.Err())
	}
}
