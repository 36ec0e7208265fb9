// The agent of the conformance cases: it reads commands as lines of JSON, does each with the public layer of this client,
// and writes an answer for each. clients/conformance/README.md is its contract.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// lineBytesMax bounds a command: a value of the largest size that a server can be configured to take, in base64.
const lineBytesMax = 256 << 20

func main() {
	agent := newAgent(os.Stdout)
	if err := agent.run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

// run does commands until the input ends.
func (a *agent) run(input io.Reader) error {
	var underWay sync.WaitGroup
	lines := bufio.NewScanner(input)
	lines.Buffer(make([]byte, 64<<10), lineBytesMax)
	for lines.Scan() {
		var command command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			a.say(reply{Fault: "no command: " + err.Error()})
			continue
		}
		// What changes the agent itself is done before the next line is read.
		switch command.Do {
		case "open", "close", "go":
			a.answer(command)
		default:
			underWay.Go(func() { a.answer(command) })
		}
	}
	a.end()
	underWay.Wait()
	return lines.Err()
}

// answer does a command, and says what came of it.
func (a *agent) answer(command command) {
	ok, err := a.do(command)
	var fault faultError
	switch {
	case err == nil && command.Do == "go":
	case err == nil:
		a.say(reply{ID: command.ID, OK: ok})
	case errors.As(err, &fault):
		a.say(reply{ID: command.ID, Fault: fault.Error()})
	default:
		a.say(reply{ID: command.ID, Error: toErrorReply(err)})
	}
}

// faultError is a fault of the agent or of who commands it, not of the client.
type faultError string

func (f faultError) Error() string { return string(f) }

func faultf(format string, values ...any) error {
	return faultError(fmt.Sprintf(format, values...))
}
