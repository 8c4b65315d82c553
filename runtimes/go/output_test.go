package tributary

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestEveryLineBearsTheIDOfItsInvocation(t *testing.T) {
	cases := []struct{ name, written, want string }{
		{"one line", "hello\n", "[r-1] hello\n"},
		{"without its end", "hello", "[r-1] hello\n"},
		{"several lines", "a\n\nb\n", "[r-1] a\n[r-1] \n[r-1] b\n"},
		{"an empty line", "\n", "[r-1] \n"},
		{"nothing", "", ""},
		{"bytes", "\xff\n", "[r-1] \xff\n"},
		{"the id of another", "[r-2] hello\n", "[r-1] [r-2] hello\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got bytes.Buffer
			if size, err := stampedOutput(&got, "r-1").Write([]byte(c.written)); err != nil || size != len(c.written) {
				t.Errorf("wrote %d, %v", size, err)
			}
			if got.String() != c.want {
				t.Errorf("got %q", got.String())
			}
		})
	}
}

func TestALineThatTheHostWouldCutIsSeveralLinesWithTheID(t *testing.T) {
	text := strings.Repeat("é", 70000)
	var got bytes.Buffer
	if _, err := stampedOutput(&got, "r-1").Write([]byte(text + "\n")); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(got.String(), "\n"), "\n")
	whole := ""
	for _, line := range lines {
		if len(line) > maxLine || !strings.HasPrefix(line, "[r-1] ") {
			t.Errorf("a line of %d bytes begins with %q", len(line), line[:10])
		}
		whole += strings.TrimPrefix(line, "[r-1] ")
	}
	if whole != text || len(lines) != 3 {
		t.Errorf("%d bytes in %d lines", len(whole), len(lines))
	}
}

func TestWithoutAnInvocationALineBearsNoID(t *testing.T) {
	if stamp := Output(context.Background()).(output).stamp; stamp != nil {
		t.Errorf("got %q", stamp)
	}
	ctx, cancel := newContext(Context{RequestID: "r-1"})
	defer cancel()
	if stamp := Output(ctx).(output).stamp; string(stamp) != "[r-1] " {
		t.Errorf("got %q", stamp)
	}
}
