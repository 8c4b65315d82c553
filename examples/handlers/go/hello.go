// go build -o hello . && SCW_HANDLER_PATH=$PWD/hello SCW_HANDLER_IS_BINARY=true
package main

import (
	"context"
	"fmt"

	tributary "tributary.dev/runtime"
)

// handle answers an HTTP request, a tick of a schedule and a message alike: the event says where it comes from.
func handle(ctx context.Context, event tributary.Event) (tributary.Response, error) {
	tributary.Logger(ctx).Println("reached by", event.RequestContext.EventType)
	who, function := "world", "a function"
	if event.Body != "" {
		who = event.Body
	}
	if host, ok := tributary.FromContext(ctx); ok && host.FunctionName != "" {
		function = host.FunctionName
	}
	return tributary.Response{Body: fmt.Sprintf("Hello %s, from %s\n", who, function)}, nil
}

func main() {
	tributary.Start(handle)
}
