package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
)

const (
	// fuzzedAnswer bounds an answer there, and restOfLine what the protocol has around it, and spells twice.
	fuzzedAnswer = 8 << 10
	restOfLine   = 1 << 10
	// hangs is after what time an answer does not come any more.
	hangs = 30 * time.Second
)

// FuzzArguments has any client ask anything, in lines as they come over standard input: each is answered, in bounds, without the value of a
// Secret, and the next one is answered as well.
func FuzzArguments(f *testing.F) {
	tools := slices.Sorted(maps.Keys(questionsOfTools("", "")))
	tools = append(tools, "list_signals", "nothing")
	for i, tool := range tools {
		f.Add(uint8(i), encoded(questionsOfTools("secrets", "db")[tool]), "")
		for _, position := range []string{`{"v":"1","l":-1,"b":-1}`, `{"p":-1}`, `{"t":-1,"n":"x","o":"y","g":-1}`, `{"s":1,"e":0,"f":"2006-01-02T15:04:05Z"}`, `null`} {
			f.Add(uint8(i), encoded(questionsOfTools("pods", "web-7c9d8f6b5d-00000")[tool]), position)
		}
	}
	for tool, questions := range map[string][]string{
		"query_objects": {
			`{"type":"secrets","fields":["..",".data","{.data.password}",".metadata.annotations",".a[0,0][0,0]","[?(@.a==1)]"]}`,
			`{"type":"secrets,pods,all","filter":"object.data.password.contains('4')","match":"hunter -f x -l a=b","health":"unhealthy"}`,
			`{"type":"pods","namespace":"\u202e","name":"[","count_only":true}`,
		},
		"get_object":   {`{"type":"secrets","name":"db","format":"json","at":"now"}`, `{"type":"nodes","name":"node-00","at":"-1h"}`},
		"diff_object":  {`{"type":"secrets","name":"db","from":"0","to":"15m"}`},
		"list_changes": {`{"since":"9999999h","until":"2006-01-02T15:04:05Z","noise":true,"path":"data","manager":"x"}`},
		"list_signals": {`{"state":"open","severity":"info","since":"1h"}`},
		"list_types":   {`{"match":"`, `{"limit":1e99}`, `{"limit":-1}`, `"x"`, `[]`, `null`},
	} {
		for _, question := range questions {
			f.Add(uint8(slices.Index(tools, tool)), question, "")
		}
	}
	b := newBench(f, benchOptions{
		types:   []string{"pods", "deployments", "secrets"},
		mcp:     mcp.Options{AnswerBytes: fuzzedAnswer, Patience: time.Second, FilterCost: 100_000},
		signals: func(b *bench) mcp.Signals { told := newTold(b); told.list.SetReady(); return told },
	})
	b.askAboutSecret() // so that there are changes
	f.Fuzz(func(t *testing.T, tool uint8, arguments, position string) {
		var question args
		if position != "" && json.Unmarshal([]byte(arguments), &question) == nil && question != nil {
			question["cursor"] = madeUp(question, position)
			arguments = encoded(question)
		}
		lines := b.lines(t)
		lines.call(t, tools[int(tool)%len(tools)], arguments)
		if answer := lines.call(t, "list_types", `{"limit":1}`); !strings.Contains(answer, `\"types\":`) {
			t.Errorf("the next question is answered with %s", answer)
		}
	})
}

func encoded(question args) string {
	text, err := json.Marshal(question)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// lines are a client's lines and those that come back.
type lines struct {
	to   io.Writer
	from *json.Decoder
}

// lines is a session with a client that says what it likes.
func (b *bench) lines(t *testing.T) *lines {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*hangs)
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- b.server.Run(ctx, &sdk.IOTransport{Reader: toServer, Writer: fromServer})
		_ = fromServer.Close()
	}()
	t.Cleanup(func() {
		_ = fromClient.Close()
		_ = toClient.Close()
		if err := <-ended; err != nil && !errors.Is(err, io.EOF) {
			t.Logf("the session ends with %v", err)
		}
		cancel()
	})
	l := &lines{to: fromClient, from: json.NewDecoder(toClient)}
	l.say(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	l.hear(t)
	l.say(t, `{"jsonrpc":"2.0","method":"notifications/initialized","params":{}}`)
	return l
}

func (l *lines) say(t *testing.T, line string) {
	if _, err := io.WriteString(l.to, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// call asks, and gives what is answered. What is no JSON is asked as a text.
func (l *lines) call(t *testing.T, tool, arguments string) string {
	if !json.Valid([]byte(arguments)) {
		arguments = encodedText(arguments)
	}
	l.say(t, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":`+encodedText(tool)+`,"arguments":`+oneLine(arguments)+`}}`)
	answer := l.hear(t)
	if n := len(answer); n > 2*fuzzedAnswer+restOfLine { // a text in a text
		t.Errorf("%s %s is answered in %d bytes", tool, arguments, n)
	}
	for _, secret := range []string{canary, canaryBase64, canaryBase64[4:]} {
		if strings.Contains(answer, secret) && !strings.Contains(tool+arguments, secret) {
			t.Errorf("%s %s gives the value of a Secret: %s", tool, arguments, answer)
		}
	}
	return answer
}

// hear gives the next line.
func (l *lines) hear(t *testing.T) string {
	var answer json.RawMessage
	late := time.AfterFunc(hangs, func() { panic("no answer comes") })
	defer late.Stop()
	if err := l.from.Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func encodedText(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// oneLine is JSON without the line ends that it may have between its values.
func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }
