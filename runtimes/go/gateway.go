package tributary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
)

// request is what the host sends.
type request struct {
	// Event is a pointer to what it is read into.
	Event       any     `json:"event"`
	Context     Context `json:"context"`
	HandlerName string  `json:"handlerName"`
}

// invocation is a request with the function that it is for.
type invocation struct {
	context  Context
	function *function
	input    reflect.Value
}

// gateway turns requests into calls of functions, and what these return into answers.
type gateway struct {
	functions functions
}

func (g gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readAll(r)
	if err != nil {
		// The client has gone before its request was complete.
		panic(http.ErrAbortHandler)
	}
	called, err := g.read(body)
	if isNoJSON(err) {
		write(w, failure(http.StatusBadRequest, "that is no invocation: "+err.Error()))
		return
	}
	var result answer
	if err == nil {
		result, err = called.run()
	}
	if err != nil {
		logError(called.context.RequestID, err.Error())
		result = failure(http.StatusInternalServerError, err.Error())
	}
	write(w, result)
}

// read reads the event at once into the type that the function takes, where it is known which one that is: with several
// functions, the name comes behind the event, which is then read twice.
func (g gateway) read(body []byte) (called invocation, err error) {
	called.function = g.functions.only
	var event json.RawMessage
	req := request{Event: &event}
	if called.function != nil {
		called.input = called.function.newInput()
	}
	if called.input.IsValid() {
		req.Event = called.input.Interface()
	}
	err = json.Unmarshal(body, &req)
	called.context = req.Context
	if called.function == nil && err == nil {
		err = called.choose(g.functions, req.HandlerName, event)
	}
	if err != nil && !isNoJSON(err) && called.input.IsValid() {
		err = fmt.Errorf("the event does not fit %s: %w", called.function.input, err)
	}
	return called, err
}

func (i *invocation) choose(from functions, name string, event json.RawMessage) (err error) {
	if i.function, err = from.find(name); err != nil {
		return err
	}
	i.input = i.function.newInput()
	if !i.input.IsValid() || event == nil {
		return nil
	}
	return json.Unmarshal(event, i.input.Interface())
}

func isNoJSON(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax)
}

// readAll allocates once where the length is known.
func readAll(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(r.Body)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// run does not end with the connection: a client that goes away ends the wait, not the invocation.
func (i invocation) run() (result answer, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
			logError(i.context.RequestID, string(debug.Stack()))
		}
	}()
	ctx, cancel := newContext(i.context)
	defer cancel()
	returned, err := i.function.call(ctx, i.input)
	if err != nil {
		return answer{}, err
	}
	return answerOf(returned)
}

func newContext(invocation Context) (context.Context, context.CancelFunc) {
	ctx := context.WithValue(context.Background(), contextKey{}, invocation)
	if invocation.Deadline == 0 {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, invocation.DeadlineTime())
}

func write(w http.ResponseWriter, a answer) {
	header := w.Header()
	header["Date"] = nil
	// An empty answer has no type; nil keeps net/http from guessing one.
	header["Content-Type"] = nil
	if a.contentType != "" {
		header["Content-Type"] = []string{a.contentType}
	}
	header["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	w.WriteHeader(a.status)
	// An error here means that nobody waits any more.
	_, _ = w.Write(a.body)
}
