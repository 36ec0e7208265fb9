package keyvaluedb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errorDomain is how the server marks the reasons that are its own.
const errorDomain = "keyvaluedb"

// Error is what every call of this package fails with. Use [errors.Is] with a [Reason] to find out which it is, and
// [errors.As] for the rest.
type Error struct {
	// Reason says what happened, for programs. There may be others than those that this package names.
	Reason Reason
	// Code is the status of the call in gRPC. What this client found out by itself has the nearest one.
	Code codes.Code
	// Message says what happened, for people.
	Message string
	// Metadata has what is known about it: `field`, `key`, `revision`, `oldest_revision`, `resume_token`, `segment`, `offset`,
	// each where it helps.
	Metadata map[string]string
	// RetryAfter is after how long to try again. 0: the server did not say.
	RetryAfter time.Duration

	// saidWhen tells a RetryAfter of 0 from none.
	saidWhen bool
	cause    error
}

// Error says what happened, with the reason at the end.
func (e *Error) Error() string {
	return fmt.Sprintf("keyvaluedb: %s (%s)", e.Message, e.Reason)
}

// Unwrap gives what was behind it: an error of gRPC, of a codec, or the cause of a context's end.
func (e *Error) Unwrap() error {
	return e.cause
}

// Is makes a [Reason] a target of [errors.Is], and [context.Canceled] and [context.DeadlineExceeded] for the reasons
// that mean the same.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Reason == ErrCancelled
	case context.DeadlineExceeded:
		return e.Reason == ErrDeadlineExceeded
	}
	reason, isReason := target.(Reason)
	return isReason && reason == e.Reason
}

// GRPCStatus lets [status.FromError] and [status.Code] read it.
func (e *Error) GRPCStatus() *status.Status {
	return status.New(e.Code, e.Message)
}

// Retryable reports whether the same call may be made again, if it was a read or had a request id: nobody answered, or
// the server asks to come again later.
func (e *Error) Retryable() bool {
	return e.Code == codes.Unavailable || (e.Code == codes.ResourceExhausted && e.saidWhen)
}

// toError reads an error of gRPC with the details that the server sent.
func toError(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	// A context that ended between two calls has met no server.
	sent := status.FromContextError(err)
	if sent.Code() == codes.Unknown {
		sent = status.Convert(err)
	}
	code := sent.Code()
	if isReset(sent) {
		code = codes.Unavailable
	}
	failed := &Error{
		Reason:  reasonOf(code),
		Code:    code,
		Message: sent.Message(),
		cause:   err,
	}
	for _, detail := range sent.Details() {
		failed.read(detail)
	}
	return failed
}

// isReset reports whether something on the way, such as a proxy whose server is gone, has reset the stream. That is
// grpc-go's word for it; a server's own INTERNAL says what failed.
func isReset(sent *status.Status) bool {
	return sent.Code() == codes.Internal && len(sent.Details()) == 0 && strings.Contains(sent.Message(), "RST_STREAM")
}

// read takes over one of the details of a status.
func (e *Error) read(detail any) {
	switch known := detail.(type) {
	case *errdetails.ErrorInfo:
		if known.GetDomain() == errorDomain && known.GetReason() != "" {
			e.Reason = Reason(known.GetReason())
			e.Metadata = maps.Clone(known.GetMetadata())
		}
	case *errdetails.RetryInfo:
		e.RetryAfter = known.GetRetryDelay().AsDuration()
		e.saidWhen = true
	}
}

func closedError(cause error) *Error {
	return &Error{
		Reason:  ErrClosed,
		Code:    codes.Canceled,
		Message: "this client was closed",
		cause:   cause,
	}
}

func invalidField(field, problem string) *Error {
	return &Error{
		Reason:   ErrInvalidField,
		Code:     codes.InvalidArgument,
		Message:  field + ": " + problem,
		Metadata: map[string]string{"field": field},
	}
}
