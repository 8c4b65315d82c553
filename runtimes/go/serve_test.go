package tributary

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served starts a server on a socket of its own; stop ends it as SIGTERM does and waits until it has ended.
func served(t *testing.T, handlers map[string]any) (client *http.Client, stop func()) {
	t.Helper()
	named, err := byName(handlers)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := listen(socket, "1")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, named) }()
	dial := func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(cancel)
	return &http.Client{Transport: &http.Transport{DialContext: dial}}, stop
}

func post(t *testing.T, client *http.Client, body string) (int, string) {
	t.Helper()
	response, err := client.Post("http://localhost/", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestAnInvocationIsAnswered(t *testing.T) {
	client, stop := served(t, map[string]any{"hello": func(e Event) string { return "Hello " + e.Path }})
	defer stop()
	status, body := post(t, client, `{"event":{"path":"/x"},"context":{},"handlerName":"hello","handlerPath":"/p"}`)
	if status != 200 || body != "Hello /x" {
		t.Errorf("got %d %q", status, body)
	}
}

func TestTheOnlyHandlerAnswersToEveryName(t *testing.T) {
	only, err := newFunction(func(e Event) string { return e.Path })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"handle", "other"} {
		if found, err := (functions{only: only}).find(name); err != nil || found != only {
			t.Errorf("%s: got %v, %v", name, found, err)
		}
	}
}

func TestAnEventThatDoesNotFitFailsItsInvocation(t *testing.T) {
	client, stop := served(t, map[string]any{"h": func(e Event) string { return e.Path }})
	defer stop()
	status, body := post(t, client, `{"event":"raw","handlerName":"h"}`)
	if status != 500 || !strings.HasPrefix(body, "the event does not fit tributary.Event") {
		t.Errorf("got %d %q", status, body)
	}
}

func TestTheHandlerKnowsItsContextAndItsDeadline(t *testing.T) {
	deadline := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	handler := func(ctx context.Context) (bool, error) {
		known, _ := FromContext(ctx)
		at, _ := ctx.Deadline()
		return known.RequestID == "r-1" && known.Attempt == 2 && at.Equal(deadline), nil
	}
	client, stop := served(t, map[string]any{"h": handler})
	defer stop()
	request, _ := marshal(map[string]any{
		"context":     map[string]any{"requestId": "r-1", "attempt": 2, "deadline": deadline.UnixMilli()},
		"handlerName": "h",
	})
	if status, body := post(t, client, string(request)); status != 200 || body != "true" {
		t.Errorf("got %d %q", status, body)
	}
}

func TestAPanicFailsItsInvocationAlone(t *testing.T) {
	client, stop := served(t, map[string]any{"boom": func() { panic("no luck") }, "ok": func() string { return "ok" }})
	defer stop()
	if status, body := post(t, client, `{"handlerName":"boom"}`); status != 500 || body != "panic: no luck" {
		t.Errorf("got %d %q", status, body)
	}
	if status, body := post(t, client, `{"handlerName":"ok"}`); status != 200 || body != "ok" {
		t.Errorf("got %d %q", status, body)
	}
}

func TestWhatIsNoInvocationIsRefused(t *testing.T) {
	client, stop := served(t, map[string]any{"ok": func() {}})
	defer stop()
	if status, _ := post(t, client, `{"handlerName":`); status != 400 {
		t.Errorf("got %d", status)
	}
}

func TestALargeBodyArrivesWhole(t *testing.T) {
	client, stop := served(t, map[string]any{"size": func(e Event) int { return len(e.Body) }})
	defer stop()
	var body bytes.Buffer
	body.WriteString(`{"event":{"body":"` + strings.Repeat("x", 8<<20) + `"},"handlerName":"size"}`)
	if _, got := post(t, client, body.String()); got != "8388608" {
		t.Errorf("got %s", got)
	}
}

func TestTheEndWaitsForWhatIsInFlight(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	client, stop := served(t, map[string]any{"wait": func() string {
		close(begun)
		<-finish
		return "done"
	}})
	answered := make(chan string, 1)
	go func() {
		response, err := client.Post("http://localhost/", "application/json", strings.NewReader(`{"handlerName":"wait"}`))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-begun
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	select {
	case <-ended:
		t.Fatal("it ended before the invocation did")
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	if body := <-answered; body != "done" {
		t.Errorf("got %q", body)
	}
	<-ended
}
