package cli

import (
	"context"
	"errors"
	"testing"
)

func TestPanicEndsTheProgramWhereverItIs(t *testing.T) {
	out := &output{}
	t.Run("before it begins", func(t *testing.T) {
		var end programEnd
		end.forbid()
		end.now(func() { t.Error("it is ended") }, func() { t.Error("it is killed") }, out)
		go func() { _ = end.of(func() error { t.Error("it begins all the same"); return nil }) }()
	})
	t.Run("at work", func(t *testing.T) {
		var end programEnd
		ctx, cancel := context.WithCancel(t.Context())
		begun, crashed := make(chan struct{}), make(chan struct{})
		go func() {
			_ = end.of(func() error { close(begun); <-ctx.Done(); return nil })
			t.Error("it goes on as if nothing had happened")
		}()
		<-begun
		go func() {
			end.forbid()
			end.now(cancel, func() { t.Error("it is killed, though it ends by itself") }, out)
			close(crashed)
		}()
		<-crashed
	})
	t.Run("where it panics itself", func(t *testing.T) {
		var end programEnd
		begun, killed := make(chan struct{}), false
		go func() { _ = end.of(func() error { close(begun); select {} }) }()
		<-begun
		end.forbid()
		end.now(func() {}, func() { killed = true }, out)
		if !killed {
			t.Error("it is not killed")
		}
	})
	t.Run("after its end", func(t *testing.T) {
		var end programEnd
		want := errors.New("some")
		if err := end.of(func() error { return want }); !errors.Is(err, want) {
			t.Errorf("it ended with %v", err)
		}
		end.forbid()
		end.now(func() { t.Error("it is ended") }, func() { t.Error("it is killed") }, out)
	})
}
