package tributary

import (
	"encoding/json"
	"testing"
)

func TestWhatAHandlerReturnsIsAnsweredByItsType(t *testing.T) {
	var noResponse *Response
	cases := []struct {
		name, contentType, body string
		returned                any
	}{
		{"text", typeText, "Grüße", "Grüße"},
		{"bytes", typeBytes, "\x00\xff", []byte{0, 255}},
		{"nothing", "", "", nil},
		{"a pointer to nothing", "", "", noResponse},
		{"a number", typeJSON, "42", 42},
		{"a struct", typeJSON, `{"name":"<Ada & Bob>"}`, greeting{"<Ada & Bob>"}},
		{"a list", typeJSON, `[1,2]`, []int{1, 2}},
		{"a response", typeJSON, `{"statusCode":201,"headers":{"X-A":"1"},"body":"made"}`,
			Response{StatusCode: 201, Headers: map[string]string{"X-A": "1"}, Body: "made"}},
		{"a response without a status", typeJSON, `{"statusCode":200,"body":"ok"}`, &Response{Body: "ok"}},
		{"a response of bytes", typeJSON, `{"statusCode":200,"body":"AP8=","isBase64Encoded":true}`, Response{Body: []byte{0, 255}}},
		{"a response of JSON", typeJSON, `{"statusCode":200,"body":{"name":"Ada"}}`, Response{Body: greeting{"Ada"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := answerOf(c.returned)
			if err != nil {
				t.Fatal(err)
			}
			if got.status != 200 || got.contentType != c.contentType || string(got.body) != c.body {
				t.Errorf("got %d %q %q", got.status, got.contentType, got.body)
			}
		})
	}
}

func TestWhatIsNoJSONIsAnError(t *testing.T) {
	if _, err := answerOf(map[string]any{"f": func() {}}); err == nil {
		t.Error("a function was sent as JSON")
	}
}

func TestTheBodyOfAnEventIsDecoded(t *testing.T) {
	text, _ := Event{Body: "Ada"}.Bytes()
	binary, _ := Event{Body: "AP8=", IsBase64Encoded: true}.Bytes()
	if string(text) != "Ada" || string(binary) != "\x00\xff" {
		t.Errorf("got %q and %q", text, binary)
	}
}

func TestACloudEventIsHandedOnAsItsJSON(t *testing.T) {
	var event Event
	if err := json.Unmarshal([]byte(`{"body":"x","cloudEvent":{"id":"A-1","data":[1]}}`), &event); err != nil {
		t.Fatal(err)
	}
	if got := string(event.CloudEvent); got != `{"id":"A-1","data":[1]}` {
		t.Errorf("got %s", got)
	}
}
