package keyvaluedb

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestErrorHasWhatTheServerSaid(t *testing.T) {
	info := &errdetails.ErrorInfo{Reason: "KEY_EXISTS", Metadata: map[string]string{"key": "a", "revision": "7"}}
	err := fmt.Errorf("in a program: %w", toError(refusal(t, codes.AlreadyExists, info)))
	if !errors.Is(err, ErrKeyExists) || errors.Is(err, ErrKeyAbsent) {
		t.Errorf("errors.Is finds the wrong reason in %v", err)
	}
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("errors.As finds nothing in %v", err)
	}
	if failed.Code != codes.AlreadyExists || failed.Metadata["key"] != "a" || failed.Metadata["revision"] != "7" {
		t.Errorf("it has %+v", failed)
	}
	if failed.Retryable() {
		t.Error("it may not be made again")
	}
	if status.Code(failed) != codes.AlreadyExists {
		t.Errorf("gRPC reads %v", status.Code(failed))
	}
	if want := "keyvaluedb: refused (KEY_EXISTS)"; failed.Error() != want {
		t.Errorf("it says %q, not %q", failed.Error(), want)
	}
}

func TestErrorKeepsAReasonThatItDoesNotKnow(t *testing.T) {
	failed := toError(refusal(t, codes.FailedPrecondition, &errdetails.ErrorInfo{Reason: "OF_TOMORROW"}))
	if failed.Reason != "OF_TOMORROW" || !errors.Is(failed, Reason("OF_TOMORROW")) {
		t.Errorf("it has the reason %q", failed.Reason)
	}
}

func TestErrorOfAnotherDomainIsNotOurs(t *testing.T) {
	sent, err := status.New(codes.Unavailable, "proxy").WithDetails(&errdetails.ErrorInfo{Reason: "KEY_EXISTS", Domain: "proxy.example"})
	if err != nil {
		t.Fatal(err)
	}
	if failed := toError(sent.Err()); failed.Reason != ErrUnreachable {
		t.Errorf("it has the reason %q", failed.Reason)
	}
}

func TestErrorWithoutDetails(t *testing.T) {
	for code, want := range map[codes.Code]Reason{
		codes.DeadlineExceeded: ErrDeadlineExceeded,
		codes.Canceled:         ErrCancelled,
		codes.Unavailable:      ErrUnreachable,
		codes.Internal:         ErrOther,
		codes.Unauthenticated:  ErrOther,
	} {
		failed := toError(status.Error(code, "plain"))
		if failed.Reason != want || failed.Code != code {
			t.Errorf("%v is told as %s, %v", code, failed.Reason, failed.Code)
		}
	}
}

func TestErrorOfAStreamThatAProxyResetIsUnreachable(t *testing.T) {
	reset := status.Error(codes.Internal, "stream terminated by RST_STREAM with error code: INTERNAL_ERROR")
	failed := toError(reset)
	if failed.Reason != ErrUnreachable || failed.Code != codes.Unavailable || !failed.Retryable() {
		t.Errorf("it is told as %s, %v", failed.Reason, failed.Code)
	}
}

func TestErrorOfContextMatchesThatOfContext(t *testing.T) {
	if !errors.Is(toError(status.Error(codes.DeadlineExceeded, "")), context.DeadlineExceeded) {
		t.Error("DEADLINE_EXCEEDED is not context.DeadlineExceeded")
	}
	if !errors.Is(toError(context.Canceled), context.Canceled) || !errors.Is(toError(context.Canceled), ErrCancelled) {
		t.Error("CANCELLED is not context.Canceled")
	}
	if errors.Is(toError(errAway), context.Canceled) {
		t.Error("UNREACHABLE is context.Canceled")
	}
}

func TestRetryable(t *testing.T) {
	if failed := toError(comeBack(t, time.Second)); !failed.Retryable() || failed.RetryAfter != time.Second {
		t.Errorf("%+v may be made again after a second", failed)
	}
	info := &errdetails.ErrorInfo{Reason: string(ErrNoSpace)}
	if failed := toError(refusal(t, codes.ResourceExhausted, info)); failed.Retryable() {
		t.Errorf("%+v may not be made again: the server did not say when", failed)
	}
	if failed := toError(errAway); !failed.Retryable() {
		t.Errorf("%+v may be made again", failed)
	}
}
