package keyvaluedb

import (
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// malformedText is the path of a field that is no valid UTF-8, such as `then[2].set.key`; empty if there is none. gRPC
// refuses to send such a request, but does not say where it is; so this is for requests that were refused, not for all.
func malformedText(message protoreflect.Message) string {
	found := ""
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.IsMap() {
			return true
		}
		name := string(field.Name())
		if !field.IsList() {
			found = malformedIn(field, value, name)
			return found == ""
		}
		for at := range value.List().Len() {
			found = malformedIn(field, value.List().Get(at), name+"["+strconv.Itoa(at)+"]")
			if found != "" {
				return false
			}
		}
		return true
	})
	return found
}

func malformedIn(field protoreflect.FieldDescriptor, value protoreflect.Value, path string) string {
	switch {
	case field.Message() != nil:
		if below := malformedText(value.Message()); below != "" {
			return path + "." + below
		}
	case field.Kind() == protoreflect.StringKind && !utf8.ValidString(value.String()):
		return path
	}
	return ""
}
