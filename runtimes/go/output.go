package tributary

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"strings"
	"sync"
)

// maxLine is where the host cuts a line; the second half would lack the stamp.
const maxLine = 65536

// maxRecord is the longest record that the host takes for one, with room for the id.
const maxRecord = 65000

// Logger gives a logger whose lines the host knows to be of the invocation whose handler was called with ctx: they have
// its id as requestId in the host's log. What is written in any other way, by fmt or by the functions of log, bears no
// id: Go does not say which invocation a goroutine belongs to.
//
//	tributary.Logger(ctx).Printf("paid %d", amount)
//
// With another ctx its lines bear no id.
func Logger(ctx context.Context) *log.Logger {
	return log.New(Output(ctx), "", 0)
}

// Output gives a writer to standard output for other loggers, such as slog's, whose lines are known in the same way:
//
//	slog.New(slog.NewJSONHandler(tributary.Output(ctx), nil))
//
// Of a JSON object with a "msg" or "message" the host reads the "level", too. Each Write is one or more whole lines; the
// end of the last one is added where it is missing. It may be used from many goroutines.
func Output(ctx context.Context) io.Writer {
	invocation, _ := FromContext(ctx)
	return stampedOutput(os.Stdout, invocation.RequestID)
}

func stampedOutput(to io.Writer, requestID string) io.Writer {
	if requestID == "" {
		return output{to, nil}
	}
	return output{to, []byte("[" + requestID + "] ")}
}

type output struct {
	to    io.Writer
	stamp []byte
}

// writing keeps lines of more than a pipe takes at once from being mixed with others.
var writing sync.Mutex

func (o output) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	var lines bytes.Buffer
	for _, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		o.appendLine(&lines, line)
	}
	writing.Lock()
	defer writing.Unlock()
	if _, err := o.to.Write(lines.Bytes()); err != nil {
		return 0, err
	}
	return len(data), nil
}

// appendLine makes several lines of one that the host would cut.
func (o output) appendLine(lines *bytes.Buffer, line []byte) {
	for room := maxLine - len(o.stamp); len(line) > room; {
		end := endOfCharacter(line, room)
		o.appendLine(lines, line[:end])
		line = line[end:]
	}
	lines.Write(o.stamp)
	lines.Write(line)
	lines.WriteByte('\n')
}

// endOfCharacter gives the nearest place at or before limit that is not inside a character of UTF-8.
func endOfCharacter(text []byte, limit int) int {
	for end := limit; end > limit-4; end-- {
		if text[end]&0xc0 != 0x80 {
			return end
		}
	}
	return limit
}

// logError writes to stderr, as one record, which the host reads; as lines where it is too long for that.
func logError(requestID, text string) {
	text = strings.TrimRight(text, "\n")
	record, err := json.Marshal(map[string]string{"level": "error", "message": text})
	if err != nil || len(record) > maxRecord {
		record = []byte(text)
	}
	_, _ = stampedOutput(os.Stderr, requestID).Write(record)
}
