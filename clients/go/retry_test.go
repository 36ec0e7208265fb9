package keyvaluedb

import (
	"testing"
	"time"
)

func TestWaitDoublesFromHalfToTheWhole(t *testing.T) {
	least := func(time.Duration) time.Duration { return 0 }
	most := func(bound time.Duration) time.Duration { return bound - 1 }
	for failures, whole := range map[int]time.Duration{
		1:    50 * time.Millisecond,
		2:    100 * time.Millisecond,
		6:    1600 * time.Millisecond,
		7:    2 * time.Second,
		1000: 2 * time.Second,
	} {
		policy := defaultRetryPolicy()
		policy.random = least
		if got := policy.wait(failures, nil); got != whole/2 {
			t.Errorf("after %d failures it waits at least %v, not %v", failures, got, whole/2)
		}
		policy.random = most
		if got := policy.wait(failures, nil); got != whole {
			t.Errorf("after %d failures it waits at most %v, not %v", failures, got, whole)
		}
	}
}

func TestWaitIsRandom(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		wait := defaultRetryPolicy().wait(3, nil)
		if wait < 100*time.Millisecond || wait > 200*time.Millisecond {
			t.Fatalf("%v is not between 100 ms and 200 ms", wait)
		}
		seen[wait] = true
	}
	if len(seen) < 50 {
		t.Errorf("of 100 waits, only %d differ", len(seen))
	}
}

func TestWaitIsAsLongAsTheServerSaid(t *testing.T) {
	said := &Error{RetryAfter: 1234 * time.Millisecond, saidWhen: true}
	if got := defaultRetryPolicy().wait(1, said); got != 1234*time.Millisecond {
		t.Errorf("it waits %v", got)
	}
}
