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

// A line that is no message is answered as JSON-RPC has it, and those behind it are answered as ever.
func TestALineThatIsNoMessageIsAnsweredAndNotTheEnd(t *testing.T) {
	b := newBench(t, benchOptions{})
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended, answered := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- b.server.Run(context.WithoutCancel(t.Context()), mcp.Stdio(in, out))
		_ = out.Close()
	}()
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	go func() {
		defer toServer.Close()
		for _, line := range []string{
			hello, "hello?", `{"jsonrpc":"2.0","id":2,`, "", "\x00\xff", `{"id":3}`, `"text"`, strings.Repeat("x", 5<<20),
			`{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":4,"method":"ping"}`,
		} {
			if _, err := io.WriteString(toServer, line+"\r\n"); err != nil {
				t.Error(err)
			}
		}
		<-answered
		_, _ = io.WriteString(toServer, `{"jsonrpc":"2.0","id":5,"met`) // it leaves in the middle of a line
	}()
	codes := map[string]int{}
	replies := bufio.NewScanner(fromServer)
	replies.Buffer(nil, 1<<20)
	for replies.Scan() {
		var reply struct {
			ID    any                    `json:"id"`
			Error struct{ Code float64 } `json:"error"`
		}
		if err := json.Unmarshal(replies.Bytes(), &reply); err != nil {
			t.Fatalf("%s: %v", replies.Bytes(), err)
		}
		if reply.ID == 4.0 {
			close(answered)
		}
		codes[fmt.Sprint(reply.ID, " ", reply.Error.Code)]++
	}
	if got, want := fmt.Sprint(codes), "map[1 0:1 4 0:1 <nil> -32600:3 <nil> -32700:4]"; got != want {
		t.Errorf("the answers are %s, wanted %s", got, want)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
