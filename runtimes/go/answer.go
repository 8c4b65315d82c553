package tributary

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
)

const (
	typeText  = "text/plain; charset=utf-8"
	typeJSON  = "application/json"
	typeBytes = "application/octet-stream"
)

// answer is what goes over the wire.
type answer struct {
	status      int
	contentType string
	body        []byte
}

func failure(status int, message string) answer {
	return answer{status, typeText, []byte(message)}
}

// answerOf gives the answer for what a handler returned.
func answerOf(returned any) (answer, error) {
	if isNil(returned) {
		return answer{status: http.StatusOK}, nil
	}
	switch value := returned.(type) {
	case string:
		return answer{http.StatusOK, typeText, []byte(value)}, nil
	case []byte:
		return answer{http.StatusOK, typeBytes, value}, nil
	}
	body, err := marshal(wireForm(returned))
	if err != nil {
		return answer{}, fmt.Errorf("what the handler returned cannot be sent as JSON: %w", err)
	}
	return answer{http.StatusOK, typeJSON, body}, nil
}

func isNil(value any) bool {
	if value == nil {
		return true
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

// marshal writes <, > and & as they are: what is sent is no HTML.
func marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// Response is the answer of a handler, with a status.
type Response struct {
	// StatusCode is 200 to 599; 0 means 200.
	StatusCode int
	Headers    map[string]string
	// MultiValueHeaders are for names with several values; where a name is in both, these count.
	MultiValueHeaders map[string][]string
	// Body goes out as it is where it is a string or []byte, as JSON where it is anything else; nil is empty.
	Body any
}

// response is a Response on the wire.
type response struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Body              any                 `json:"body,omitempty"`
	IsBase64Encoded   bool                `json:"isBase64Encoded,omitempty"`
}

// wire makes base64 of bytes.
func (r Response) wire() response {
	onWire := response{r.StatusCode, r.Headers, r.MultiValueHeaders, r.Body, false}
	if onWire.StatusCode == 0 {
		onWire.StatusCode = http.StatusOK
	}
	if data, ok := r.Body.([]byte); ok {
		onWire.Body = base64.StdEncoding.EncodeToString(data)
		onWire.IsBase64Encoded = true
	}
	return onWire
}

// MarshalJSON gives what goes over the wire.
func (r Response) MarshalJSON() ([]byte, error) {
	return marshal(r.wire())
}

// wireForm spares encoding/json the second look that it takes at what a MarshalJSON gave.
func wireForm(returned any) any {
	switch value := returned.(type) {
	case Response:
		return value.wire()
	case *Response:
		return value.wire()
	}
	return returned
}
