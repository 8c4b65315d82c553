package tributary

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// request is what the host sends.
type request struct {
	Event       json.RawMessage `json:"event"`
	Context     Context         `json:"context"`
	HandlerName string          `json:"handlerName"`
}

// gateway turns requests into calls of handlers, and what these return into answers.
type gateway struct {
	find finder
}

func (g gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readAll(r)
	if err != nil {
		// The client has gone before its request was complete.
		panic(http.ErrAbortHandler)
	}
	req := request{Event: json.RawMessage("null")}
	if err := json.Unmarshal(body, &req); err != nil {
		write(w, failure(http.StatusBadRequest, "that is no invocation: "+err.Error()))
		return
	}
	result, err := g.invoke(req)
	if err != nil {
		write(w, failure(http.StatusInternalServerError, err.Error()))
		return
	}
	write(w, result)
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

// invoke does not end with the connection: a client that goes away ends the wait, not the invocation.
func (g gateway) invoke(req request) (result answer, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			logLines(req.Context.RequestID, fmt.Sprintf("panic: %v\n%s", panicked, debug.Stack()))
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	handle, err := g.find(req.HandlerName)
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := newContext(req.Context)
	defer cancel()
	returned, err := handle(ctx, req.Event)
	if err != nil {
		logLines(req.Context.RequestID, err.Error())
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

// logLines writes to stderr. Each line bears the id of the invocation, by which the host knows what it belongs to.
func logLines(requestID, text string) {
	prefix := ""
	if requestID != "" {
		prefix = "[" + requestID + "] "
	}
	text = strings.TrimRight(text, "\n")
	fmt.Fprintln(os.Stderr, prefix+strings.ReplaceAll(text, "\n", "\n"+prefix))
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
