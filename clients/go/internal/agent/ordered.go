package main

import (
	"bytes"
	"encoding/json"
)

// member is a name with its value, in the order of the text.
type member[T any] struct {
	name  string
	value T
}

// addends and texts are objects whose order matters.
type (
	addends []member[int64]
	texts   []member[string]
)

func (a *addends) UnmarshalJSON(text []byte) (err error) {
	*a, err = members[int64](text)
	return err
}

func (t *texts) UnmarshalJSON(text []byte) (err error) {
	*t, err = members[string](text)
	return err
}

func members[T any](text []byte) ([]member[T], error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	opening, err := decoder.Token()
	if err != nil || opening == nil {
		return nil, err
	}
	if opening != json.Delim('{') {
		return nil, faultf("an object is expected, not %s", text)
	}
	var all []member[T]
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		one := member[T]{name: name.(string)}
		if err := decoder.Decode(&one.value); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
