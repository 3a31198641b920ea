package process

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// TestNothingListensUnlessAskedFor looks at the sockets of the program: on a cluster there is none to connect to, and what the demo
// needs for itself and what is asked for is on the loopback.
func TestNothingListensUnlessAskedFor(t *testing.T) {
	kubeconfig := nowhere(t)
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"a cluster":              {[]string{"po", "--kubeconfig", kubeconfig}, 0},
		"a cluster and profiles": {[]string{"po", "--kubeconfig", kubeconfig, "--pprof", "0"}, 1},
		"a cluster and metrics":  {[]string{"po", "--kubeconfig", kubeconfig, "--metrics", "0"}, 1},
		"the demo":               {[]string{"demo"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, program, nil, c.args...)
			s.WaitFor(t, patience, "the dashboard", func(string) bool { return s.AltScreen() })
			expectListening(t, s.Pid(), c.want)
			s.press("q")
			s.expectEnd(0)
		})
	}
}

// expectListening waits until a process takes connections on so many addresses, which are all of the loopback.
func expectListening(t *testing.T, pid, want int) {
	t.Helper()
	var found []netip.AddrPort
	await.Success(t, patience, fmt.Sprintf("%d sockets that listen", want), func(context.Context) (err error) {
		if found, err = listening(pid); err == nil && len(found) != want {
			err = fmt.Errorf("it listens on %v", found)
		}
		return err
	})
	for _, at := range found {
		if !at.Addr().Unmap().IsLoopback() {
			t.Errorf("it listens on %s", at)
		}
	}
}

// nowhere is a kubeconfig of a cluster that is not there.
func nowhere(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kubeconfig")
	content := `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// listening gives the addresses on which a process takes connections.
func listening(pid int) ([]netip.AddrPort, error) {
	sockets, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(sockets) == 0 {
		return nil, errors.Join(fmt.Errorf("process %d has no descriptors", pid), err)
	}
	var own []string
	for _, fd := range sockets {
		if target, err := os.Readlink(fd); err == nil { // else it is closed by now
			own = append(own, target)
		}
	}
	var found []netip.AddrPort
	for _, table := range []string{"tcp", "tcp6"} {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			return nil, fmt.Errorf("reading the sockets of process %d: %w", pid, err)
		}
		for line := range strings.Lines(string(content)) {
			const local, state, inode, listens = 1, 3, 9, "0A"
			fields := strings.Fields(line)
			if len(fields) <= inode || fields[state] != listens || !slices.Contains(own, "socket:["+fields[inode]+"]") {
				continue
			}
			at, err := addressOf(fields[local])
			if err != nil {
				return nil, err
			}
			found = append(found, at)
		}
	}
	return found, nil
}

// addressOf reads an address as Linux writes it: words of four bytes in the machine's order, on all machines that the tests run on the
// last byte first.
func addressOf(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	address, err := hex.DecodeString(host)
	number, wrong := hex.DecodeString(port)
	if err := errors.Join(err, wrong); err != nil || len(number) != 2 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address: %w", text, err)
	}
	for word := range slices.Chunk(address, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(address)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", text)
	}
	return netip.AddrPortFrom(addr, uint16(number[0])<<8|uint16(number[1])), nil
}
