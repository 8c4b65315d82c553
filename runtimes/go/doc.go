// Package tributary makes a Go program a sub-runtime: the handler is compiled into it, and the host runs it with
// SCW_HANDLER_IS_BINARY=true and SCW_HANDLER_PATH set to the program.
//
//	package main
//
//	import tributary "tributary.dev/runtime"
//
//	func handle(event tributary.Event) (tributary.Response, error) {
//		return tributary.Response{StatusCode: 200, Body: "Hello from " + event.Path}, nil
//	}
//
//	func main() { tributary.Start(handle) }
//
// What goes over the wire is written in docs/wire-protocol.md of the host.
package tributary
