package tributary

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// handlerFunc is what every form of handler becomes.
type handlerFunc func(ctx context.Context, event json.RawMessage) (any, error)

// finder gives the handler of a name.
type finder func(name string) (handlerFunc, error)

var (
	contextType = reflect.TypeOf((*context.Context)(nil)).Elem()
	errorType   = reflect.TypeOf((*error)(nil)).Elem()
)

func byName(handlers map[string]any) (finder, error) {
	known := make(map[string]handlerFunc, len(handlers))
	names := make([]string, 0, len(handlers))
	for name, handler := range handlers {
		handle, err := newHandler(handler)
		if err != nil {
			return nil, fmt.Errorf("handler %q: %w", name, err)
		}
		known[name] = handle
		names = append(names, name)
	}
	sort.Strings(names)
	return func(name string) (handlerFunc, error) {
		if handle, ok := known[name]; ok {
			return handle, nil
		}
		return nil, fmt.Errorf("there is no handler %q; there are %s", name, strings.Join(names, ", "))
	}, nil
}

// newHandler looks at the form of a handler once, so that calls need not.
func newHandler(handler any) (handlerFunc, error) {
	function := reflect.ValueOf(handler)
	if handler == nil || function.Kind() != reflect.Func || function.IsNil() {
		return nil, fmt.Errorf("a handler is a function, not %T", handler)
	}
	takesContext, input, err := parameters(function.Type())
	if err != nil {
		return nil, err
	}
	read, err := results(function.Type())
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		arguments := make([]reflect.Value, 0, 2)
		if takesContext {
			arguments = append(arguments, reflect.ValueOf(ctx))
		}
		if input != nil {
			value := reflect.New(input)
			if err := json.Unmarshal(event, value.Interface()); err != nil {
				return nil, fmt.Errorf("the event does not fit %s: %w", input, err)
			}
			arguments = append(arguments, value.Elem())
		}
		return read(function.Call(arguments))
	}, nil
}

// parameters gives whether the first one is the context, and the type of the event, nil where it is not taken.
func parameters(function reflect.Type) (takesContext bool, input reflect.Type, err error) {
	takesContext = function.NumIn() > 0 && function.In(0) == contextType
	rest := function.NumIn()
	if takesContext {
		rest--
	}
	if rest > 1 || function.IsVariadic() {
		return false, nil, fmt.Errorf("a handler takes at most a context.Context and the event, unlike %s", function)
	}
	if rest == 1 {
		input = function.In(function.NumIn() - 1)
	}
	return takesContext, input, nil
}

// results gives how to read what a function of that type returned.
func results(function reflect.Type) (func([]reflect.Value) (any, error), error) {
	switch count := function.NumOut(); {
	case count == 0:
		return func([]reflect.Value) (any, error) { return nil, nil }, nil
	case count == 1 && function.Out(0) == errorType:
		return func(out []reflect.Value) (any, error) { return nil, errorOf(out[0]) }, nil
	case count == 1:
		return func(out []reflect.Value) (any, error) { return out[0].Interface(), nil }, nil
	case count == 2 && function.Out(1) == errorType:
		return func(out []reflect.Value) (any, error) { return out[0].Interface(), errorOf(out[1]) }, nil
	default:
		return nil, fmt.Errorf("a handler returns at most a result and an error, unlike %s", function)
	}
}

func errorOf(value reflect.Value) error {
	err, _ := value.Interface().(error)
	return err
}
