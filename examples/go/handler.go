package main

import (
	"context"
	"fmt"

	tributary "tributary.dev/runtime"
)

// handle greets whoever an HTTP request or a message names. A tick of a schedule is an event like any other: the event
// says where it comes from.
func handle(ctx context.Context, event tributary.Event) (tributary.Response, error) {
	tributary.Logger(ctx).Println("reached by", event.RequestContext.EventType)
	name, function := event.Body, "a function"
	if name == "" {
		name = event.QueryStringParameters["name"]
	}
	if name == "" {
		name = "world"
	}
	if host, ok := tributary.FromContext(ctx); ok && host.FunctionName != "" {
		function = host.FunctionName
	}
	return tributary.Response{Body: fmt.Sprintf("Hello %s, from %s\n", name, function)}, nil
}

func main() {
	tributary.Start(handle)
}
