package tributary

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Event is what a trigger of any kind produced. An event in another format (TRIGGER_<KIND>_FORMAT) is read into a type of
// your own: a string where it is raw.
type Event struct {
	// Resource is the kind of trigger: http, cron or nats.
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	// Body is text, or base64 where IsBase64Encoded; Bytes gives it either way.
	Body            string         `json:"body"`
	IsBase64Encoded bool           `json:"isBase64Encoded"`
	RequestContext  RequestContext `json:"requestContext"`
	// Cron is there for the ticks of a schedule.
	Cron *Cron `json:"cron,omitempty"`
	// NATS is there for messages.
	NATS *NATS `json:"nats,omitempty"`
	// CloudEvent is there where the request or message is one, as JSON: read it into a type of your own or of an SDK.
	CloudEvent json.RawMessage `json:"cloudEvent,omitempty"`
}

// Bytes is the body as its source sent it.
func (e Event) Bytes() ([]byte, error) {
	if e.IsBase64Encoded {
		return base64.StdEncoding.DecodeString(e.Body)
	}
	return []byte(e.Body), nil
}

// RequestContext says where an event comes from.
type RequestContext struct {
	EventType   string `json:"eventType"`
	TriggerName string `json:"triggerName"`
	// RequestID is the same for every delivery of the same event.
	RequestID  string `json:"requestId"`
	Stage      string `json:"stage"`
	HTTPMethod string `json:"httpMethod"`
	Path       string `json:"path"`
	// RequestTimeEpoch is in milliseconds.
	RequestTimeEpoch int64 `json:"requestTimeEpoch"`
	// Authorizer has the claims of a token that was verified, under "claims".
	Authorizer map[string]any `json:"authorizer,omitempty"`
	Identity   *Identity      `json:"identity,omitempty"`
}

// Identity is who sent an HTTP request.
type Identity struct {
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// Cron is the tick of a schedule.
type Cron struct {
	Schedule string `json:"schedule"`
	TimeZone string `json:"timeZone"`
	// ScheduledAt is the instant planned, not that of the run.
	ScheduledAt time.Time `json:"scheduledAt"`
	Attempt     int       `json:"attempt"`
}

// NATS is where a message comes from; the fields from Stream on are those of JetStream.
type NATS struct {
	Subject       string     `json:"subject"`
	Reply         string     `json:"reply"`
	Queue         string     `json:"queue"`
	Stream        string     `json:"stream"`
	Consumer      string     `json:"consumer"`
	Sequence      uint64     `json:"sequence"`
	DeliveryCount int        `json:"deliveryCount"`
	PublishedAt   *time.Time `json:"publishedAt"`
}

// Context is what the host says of an invocation.
type Context struct {
	MemoryLimitInMb int    `json:"memoryLimitInMb"`
	FunctionName    string `json:"functionName"`
	FunctionVersion string `json:"functionVersion"`
	RequestID       string `json:"requestId"`
	// Deadline is in milliseconds since 1970; nobody waits for the answer after it.
	Deadline int64 `json:"deadline"`
	// Attempt is the how many-th run of the same event this is, from 1.
	Attempt int `json:"attempt"`
}

// DeadlineTime is the deadline as a time.
func (c Context) DeadlineTime() time.Time {
	return time.UnixMilli(c.Deadline)
}

type contextKey struct{}

// FromContext gives what the host says of the invocation whose handler was called with ctx.
func FromContext(ctx context.Context) (Context, bool) {
	invocation, ok := ctx.Value(contextKey{}).(Context)
	return invocation, ok
}
