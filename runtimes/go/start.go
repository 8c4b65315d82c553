package tributary

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// Start serves one handler under every name. It returns never: SIGTERM ends the process, with exit code 0, once what is
// in flight is answered. A handler is a function of one of these forms, where In is any type that encoding/json can read
// the event into (Event, a struct, string, json.RawMessage, ...) and Out any that it can write:
//
//	func()
//	func() error
//	func(In)                        func(context.Context, In)
//	func(In) error                  func(context.Context, In) error
//	func(In) Out                    func(context.Context, In) Out
//	func(In) (Out, error)           func(context.Context, In) (Out, error)
//	func() (Out, error)             func(context.Context) (Out, error)
//
// The context ends at the deadline of the invocation; FromContext gives what else is known of it, Logger what
// writes lines that the host knows to be its. What is returned is
// answered by its type: a Response is a response, a string or []byte its own text or bytes, nil an empty answer, anything
// else JSON. An error, or a panic, fails the invocation with its message.
//
// A value that is no such function ends the process with a message and exit code 1.
func Start(handler any) {
	only, err := newFunction(handler)
	if err != nil {
		exit(err)
	}
	run(functions{only: only})
}

// StartNamed serves several handlers; the name in each invocation, SCW_HANDLER_NAME or the trigger's own, chooses.
// See Start.
func StartNamed(handlers map[string]any) {
	named, err := byName(handlers)
	if err != nil {
		exit(err)
	}
	run(named)
}

func run(served functions) {
	listener, err := listen(os.Getenv("SCW_UPSTREAM_SOCKET"), os.Getenv("SCW_UPSTREAM_PORT"))
	if err != nil {
		exit(err)
	}
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serve(terminated, listener, served); err != nil {
		exit(err)
	}
	os.Exit(0)
}

// listen listens on the socket, or without one on the port of the loopback address, 8081 by default.
func listen(socket, port string) (net.Listener, error) {
	if socket != "" {
		return net.Listen("unix", socket)
	}
	if port == "" {
		port = "8081"
	}
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
}

// serve returns once ctx has ended and everything that had begun is answered.
func serve(ctx context.Context, listener net.Listener, served functions) error {
	server := &http.Server{Handler: gateway{served}, MaxHeaderBytes: 1 << 16}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Shutdown(context.Background())
	}
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, "tributary:", err)
	os.Exit(1)
}
