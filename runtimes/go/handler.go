package tributary

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// function is what every form of handler becomes.
type function struct {
	// input is the type of the event, nil where the handler does not take it.
	input reflect.Type
	call  func(ctx context.Context, input reflect.Value) (any, error)
}

// newInput gives a pointer to what the event is read into, nil where it is not read.
func (f *function) newInput() reflect.Value {
	if f.input == nil {
		return reflect.Value{}
	}
	return reflect.New(f.input)
}

// functions are those that a program serves: the only one, whatever the name, or several by name.
type functions struct {
	only  *function
	named map[string]*function
}

func (f functions) find(name string) (*function, error) {
	if f.only != nil {
		return f.only, nil
	}
	if found, ok := f.named[name]; ok {
		return found, nil
	}
	names := make([]string, 0, len(f.named))
	for known := range f.named {
		names = append(names, known)
	}
	sort.Strings(names)
	return nil, fmt.Errorf("there is no handler %q; there are %s", name, strings.Join(names, ", "))
}

var (
	contextType = reflect.TypeOf((*context.Context)(nil)).Elem()
	errorType   = reflect.TypeOf((*error)(nil)).Elem()
)

func byName(handlers map[string]any) (functions, error) {
	named := make(map[string]*function, len(handlers))
	for name, handler := range handlers {
		found, err := newFunction(handler)
		if err != nil {
			return functions{}, fmt.Errorf("handler %q: %w", name, err)
		}
		named[name] = found
	}
	return functions{named: named}, nil
}

// newFunction looks at the form of a handler once, so that calls need not.
func newFunction(handler any) (*function, error) {
	value := reflect.ValueOf(handler)
	if handler == nil || value.Kind() != reflect.Func || value.IsNil() {
		return nil, fmt.Errorf("a handler is a function, not %T", handler)
	}
	takesContext, input, err := parameters(value.Type())
	if err != nil {
		return nil, err
	}
	read, err := results(value.Type())
	if err != nil {
		return nil, err
	}
	call := func(ctx context.Context, pointer reflect.Value) (any, error) {
		arguments := make([]reflect.Value, 0, 2)
		if takesContext {
			arguments = append(arguments, reflect.ValueOf(ctx))
		}
		if input != nil {
			arguments = append(arguments, pointer.Elem())
		}
		return read(value.Call(arguments))
	}
	return &function{input, call}, nil
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
