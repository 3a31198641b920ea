package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/mcp"
)

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"%s","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// spoken has a client say lines, the last of which is answered, and leave in the middle of one. It gives the answers.
func (b *bench) spoken(last string, said ...string) (answers []json.RawMessage) {
	b.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended, answered := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- b.server.Run(context.WithoutCancel(b.Context()), mcp.Stdio(in, out))
		_ = out.Close()
	}()
	go func() {
		defer toServer.Close()
		for _, line := range append(said, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, last)) {
			if _, err := io.WriteString(toServer, line+"\r\n"); err != nil {
				b.Error(err)
			}
		}
		<-answered
		_, _ = io.WriteString(toServer, `{"jsonrpc":"2.0","id":5,"met`)
	}()
	replies := bufio.NewScanner(fromServer)
	replies.Buffer(nil, 1<<20)
	for replies.Scan() {
		answers = append(answers, []byte(replies.Text()))
		if strings.Contains(replies.Text(), `"id":`+last+`,"result"`) {
			close(answered)
		}
	}
	if err := <-ended; err != nil {
		b.Errorf("it ends with %v", err)
	}
	return answers
}

// codesOf are the IDs of answers, each with the code of its error, 0 for none.
func codesOf(t *testing.T, answers []json.RawMessage) string {
	t.Helper()
	codes := map[string]int{}
	for _, raw := range answers {
		var reply struct {
			ID    json.RawMessage `json:"id"`
			Error struct{ Code float64 }
		}
		if err := json.Unmarshal(raw, &reply); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		codes[fmt.Sprint(string(reply.ID), " ", reply.Error.Code)]++
	}
	return fmt.Sprint(codes)
}

// A line that is no message is answered as JSON-RPC has it, and those behind it are answered as ever.
func TestALineThatIsNoMessageIsAnsweredAndNotTheEnd(t *testing.T) {
	b := newBench(t, benchOptions{})
	answers := b.spoken("4",
		fmt.Sprintf(hello, "2025-06-18"), "hello?", `{"jsonrpc":"2.0","id":2,`, "", "\x00\xff", `{"id":3}`, `"text"`, strings.Repeat("x", 5<<20),
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
	)
	if got, want := codesOf(t, answers), "map[1 0:1 3 -32600:1 4 0:1 null -32600:2 null -32700:4]"; got != want {
		t.Errorf("the answers are %s, wanted %s", got, want)
	}
}

// What the protocol's library would answer by another ID, not at all, or with the end of the session, is refused; what is no question is not answered.
func TestMessagesThatWouldBeTakenForOthersAreRefused(t *testing.T) {
	b := newBench(t, benchOptions{})
	ping := func(id string) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, id) }
	answers := b.spoken("4",
		fmt.Sprintf(hello, "2025-06-18"), ping("1.5"), ping("1e3"), ping("9007199254740993"), ping("1"+strings.Repeat("0", 30)), ping("null"), ping("true"), ping("{}"), ping("[]"),
		ping("9007199254740992"), ping("-7"), ping(`"x"`), ping(`""`), ping("0"), "["+ping("20")+"]", "[]", `{"jsonrpc":"2.0","id":21,"Method":"ping"}`, `{"jsonrpc":"2.0","id":22,"method":5}`,
		`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}`, `{"jsonrpc":"2.0","id":99,"result":{}}`, `{"jsonrpc":"2.0","method":"ping"}`,
		`{"jsonrpc":"2.0","id":23,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","id":24,"method":"prompts/get","params":{"name":"x"}}`, `{"jsonrpc":"2.0","id":25,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"a","value":"b"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
	)
	want := "map[\"\" 0:1 \"x\" 0:1 -7 0:1 0 0:1 1 0:1 1.5 -32600:1 1000000000000000000000000000000 -32600:1 1e3 -32600:1 21 -32600:1 22 -32600:1 23 -32600:1 24 -32602:1 25 -32601:1 4 0:1 " +
		"9007199254740992 0:1 9007199254740993 -32600:1 null -32600:5 null -32700:1 true -32600:1]"
	if got := codesOf(t, answers); got != want {
		t.Errorf("the answers are\n%s, wanted\n%s", got, want)
	}
}

// The versions of the protocol that have several messages in a line get the answers so.
func TestSeveralMessagesAtOnceAreTakenWhereTheProtocolHasThem(t *testing.T) {
	b := newBench(t, benchOptions{})
	answers := b.spoken("4", fmt.Sprintf(hello, "2025-03-26"), `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`[{"jsonrpc":"2.0","id":2,"method":"ping"},{"jsonrpc":"2.0","id":3,"method":"ping"}]`, `[]`, `[1]`, `[{"jsonrpc":"2.0","id":5,"method":"ping"},{"jsonrpc":"2.0","id":5,"method":"ping"}]`,
	)
	refused := 0
	both := ""
	for _, answer := range answers {
		if strings.Contains(string(answer), "-32600") {
			refused++
		}
		if answer[0] == '[' {
			both += string(answer)
		}
	}
	if refused != 3 || !strings.Contains(both, `"id":2`) || !strings.Contains(both, `"id":3`) {
		t.Errorf("%d are refused, and the answers are %s", refused, answers)
	}
}
