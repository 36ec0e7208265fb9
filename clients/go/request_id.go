package keyvaluedb

import (
	"crypto/rand"
	"fmt"
)

// requestID is the caller's, or a random UUID (RFC 9562, version 4) for a call that may be made again. A call that is
// made once needs none.
func (c *Client) requestID(given string, chosen settings) string {
	if given != "" || c.makesOneTry(chosen) {
		return given
	}
	var id [16]byte
	// It never fails: the program ends where there is no randomness.
	_, _ = rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
