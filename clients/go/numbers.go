package keyvaluedb

import "math"

// toInt32 stops at the ends of 32 bits, so that what is far too much is refused by the server, and not taken for less.
func toInt32(number int) int32 {
	return int32(min(max(number, math.MinInt32), math.MaxInt32))
}
