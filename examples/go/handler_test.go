package main

import (
	"context"
	"testing"

	tributary "tributary.dev/runtime"
)

func TestGreets(t *testing.T) {
	cases := map[string]struct {
		event tributary.Event
		want  string
	}{
		"whoever a request names": {
			tributary.Event{Resource: "http", QueryStringParameters: map[string]string{"name": "Ada"}},
			"Hello Ada, from a function\n",
		},
		"whoever a message names":  {tributary.Event{Resource: "nats", Body: "Ada"}, "Hello Ada, from a function\n"},
		"the world on a schedule": {tributary.Event{Resource: "cron"}, "Hello world, from a function\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response, err := handle(context.Background(), c.event)
			if err != nil || response.Body != c.want {
				t.Errorf("got %q, %v, want %q", response.Body, err, c.want)
			}
		})
	}
}
