package faults

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// program is dogwatch, built for the first test that looks at its screen.
var program = sync.OnceValues(func() (string, error) { return tests.Build() })

// screen starts the program itself, which shows what the tests watch.
func (p *place) screen(user string, env ...string) *terminal.Terminal {
	p.Helper()
	path, err := program()
	if err != nil {
		p.Fatal(err)
	}
	kubeconfig := p.kubeconfig(user, &clientcmdapi.AuthInfo{Token: p.plane.Token(user)})
	tty, err := terminal.Start(p.Context(), terminal.Options{
		Path: path, Args: []string{configMaps}, Width: 140, Height: 45,
		Env: append(env, "HOME="+p.TempDir(), "KUBECONFIG="+kubeconfig),
	})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(tty.Close)
	tty.WaitForText(p, Patience, "1 live", objectName(1))
	return tty
}

// asLongAs is how long the sleeping test sleeps: as long as is taken for sleep, or as a laptop does.
func asLongAs() time.Duration {
	if os.Getenv("DOGWATCH_FAULTS_FOR") != "" {
		return 2 * time.Minute
	}
	return 17 * time.Second
}

// A router on the way forgets the connections of a machine that sleeps. Pings would tell of that after half a minute; they
// are off here.
func TestLaptopSleeps(t *testing.T) {
	p := newPlace(t)
	p.pave()
	tty := p.screen(controlplane.Reader, "HTTP2_READ_IDLE_TIMEOUT_SECONDS=3600", "HTTP2_PING_TIMEOUT_SECONDS=3600")
	if err := tty.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	asleep := time.NewTimer(asLongAs())
	p.road.swallow(true)
	p.changeSome()
	<-asleep.C
	p.road.swallow(false)
	before := tty.Screen()
	awake := time.Now()
	if err := tty.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	tty.WaitFor(t, Patience, "the trouble, or its end", func(screen string) bool {
		return strings.Contains(screen, "rows as of") || strings.Contains(screen, objectName(objects+1))
	})
	noticed := time.Since(awake)
	tty.WaitForText(t, Patience, "1 live", objectName(objects+1))
	p.tell(noticed, time.Since(awake))
	if strings.Contains(before, objectName(objects+1)) {
		t.Errorf("it was not asleep:\n%s", before)
	}
}

func TestScreenTellsOfRightsThatWereTakenAway(t *testing.T) {
	p := newPlace(t)
	p.pave()
	p.allow(subject)
	tty := p.screen(subject)
	p.deny(subject)
	p.road.cut()
	tty.WaitForText(t, Patience, "1 forbidden", "rows as of", "cannot watch", objectName(1))
	p.changeSome()
	p.allow(subject)
	tty.WaitForText(t, Patience, "1 live", objectName(objects+1))
	tty.WaitForNoText(t, Patience, "rows as of")
}
