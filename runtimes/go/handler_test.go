package tributary

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

type greeting struct {
	Name string `json:"name"`
}

// call runs a handler as the gateway does, once alone and once as one of several.
func call(t *testing.T, handler any, event string) (any, error) {
	t.Helper()
	only, err := newFunction(handler)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"event":` + event + `,"handlerName":"it"}`)
	alone, aloneErr := returned(gateway{functions{only: only}}, body)
	named, namedErr := returned(gateway{functions{named: map[string]*function{"it": only}}}, body)
	if !reflect.DeepEqual(alone, named) || (aloneErr == nil) != (namedErr == nil) {
		t.Fatalf("alone %v, %v; by name %v, %v", alone, aloneErr, named, namedErr)
	}
	return alone, aloneErr
}

func returned(g gateway, body []byte) (any, error) {
	called, err := g.read(body)
	if err != nil {
		return nil, err
	}
	return called.function.call(context.Background(), called.input)
}

func TestEveryFormOfHandlerIsCalled(t *testing.T) {
	forms := map[string]any{
		"event to result and error":   func(g greeting) (string, error) { return g.Name, nil },
		"event to result":             func(g greeting) string { return g.Name },
		"pointer to the event":        func(g *greeting) string { return g.Name },
		"context and event":           func(_ context.Context, g greeting) (string, error) { return g.Name, nil },
		"a map":                       func(event map[string]any) any { return event["name"] },
		"the bytes of the event":      func(event json.RawMessage) string { return string(event)[9:12] },
		"context alone":               func(context.Context) (string, error) { return "Ada", nil },
		"nothing to result and error": func() (string, error) { return "Ada", nil },
		"an error that is nil, and no result": func(g greeting) error {
			if g.Name != "Ada" {
				return errors.New("wrong name")
			}
			return nil
		},
		"no result": func(greeting) {},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			got, err := call(t, form, `{"name":"Ada"}`)
			if err != nil {
				t.Fatal(err)
			}
			if got != nil && got != "Ada" {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAnErrorIsGivenOn(t *testing.T) {
	_, err := call(t, func(greeting) (string, error) { return "ignored", errors.New("no stock") }, `{}`)
	if err == nil || err.Error() != "no stock" {
		t.Errorf("got %v", err)
	}
}

func TestAnEventOfAnotherShapeIsRefusedByTheNameOfTheType(t *testing.T) {
	_, err := call(t, func(Event) string { return "" }, `"raw text"`)
	if err == nil || !strings.Contains(err.Error(), "the event does not fit tributary.Event") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoHandlerIsRefused(t *testing.T) {
	for name, value := range map[string]any{
		"nil":               nil,
		"no function":       42,
		"two events":        func(greeting, greeting) string { return "" },
		"variadic":          func(...greeting) string { return "" },
		"two results":       func(greeting) (string, string) { return "", "" },
		"an error in front": func(greeting) (error, string) { return nil, "" },
	} {
		if _, err := newFunction(value); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestAnUnknownNameIsRefusedWithThoseThatThereAre(t *testing.T) {
	named, err := byName(map[string]any{"report": func() {}, "handle": func() {}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = named.find("repport")
	if err == nil || err.Error() != `there is no handler "repport"; there are handle, report` {
		t.Errorf("got %v", err)
	}
}

func TestANamedValueThatIsNoHandlerIsNamed(t *testing.T) {
	_, err := byName(map[string]any{"report": 42})
	if err == nil || !strings.Contains(err.Error(), `handler "report"`) {
		t.Errorf("got %v", err)
	}
}
