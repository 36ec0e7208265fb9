package keyvaluedb

import (
	"math/rand/v2"
	"time"
)

// retryPolicy says how long to wait before the same call is made again. It decides nothing else.
type retryPolicy struct {
	first time.Duration
	most  time.Duration
	// random gives a duration from 0 to before its argument, which is positive.
	random func(time.Duration) time.Duration
}

func defaultRetryPolicy() retryPolicy {
	return retryPolicy{
		first:  50 * time.Millisecond,
		most:   2 * time.Second,
		random: rand.N[time.Duration],
	}
}

// wait is how long after so many failures: as long as the server said; else a random half to the whole of what has
// doubled with each failure.
func (p retryPolicy) wait(failures int, failed *Error) time.Duration {
	if failed != nil && failed.RetryAfter > 0 {
		return failed.RetryAfter
	}
	whole := doubled(p.first, p.most, failures-1)
	return whole/2 + p.random(whole/2+1)
}

// doubled is a duration doubled so many times, up to a bound.
func doubled(first, most time.Duration, times int) time.Duration {
	whole := first
	for range times {
		if whole >= most {
			break
		}
		whole *= 2
	}
	return min(whole, most)
}
