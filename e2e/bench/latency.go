package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// patchers is how many changes may be under way at once.
const patchers = 8

// measureLatency measures, on a real API server, how long after a change has reached another client that watches it is on the
// screen, beside kubectl get --watch. What changes is the status of pods that are in sight, to a word that is used once.
func measureLatency(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("latency", flag.ContinueOnError)
	pods := flags.Int("pods", 10_000, "how many pods there are")
	rate := flags.Int("rate", 100, "changes a second")
	length := flags.Duration("for", 30*time.Second, "for how long")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *pods < height || *rate < 1 || *length < time.Second {
		return errors.New("there must be a screen of pods, some changes and some seconds")
	}
	b, c, stop, err := bedWithCluster(ctx, *program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := c.fill(ctx, *pods); err != nil {
		return err
	}
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{}, "pods", "-A")
	if err != nil {
		return err
	}
	defer tty.Close()
	screen, err := tty.Await(ctx, "all rows", allListed(*pods))
	if err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	names := namesOn(screen)
	changes := int(length.Seconds() * float64(*rate))
	s, err := watchChanges(ctx, c, tty, client,
		func(i int) error { return setReason(ctx, client, names[i%len(names)], word(changes+i)) },
		func(s sightings) error { return s.change(ctx, client, names, *rate, changes) })
	if err != nil {
		return err
	}
	s.print(changes)
	return nil
}

// podName is a pod by its namespace and name.
type podName struct{ namespace, name string }

func namesOn(screen string) (names []podName) {
	for _, match := range regexp.MustCompile(`(?m) (fill-\d+) +(pod-\d+) `).FindAllStringSubmatch(screen, -1) {
		names = append(names, podName{match[1], match[2]})
	}
	return names
}

func word(i int) string { return fmt.Sprintf("C%06d", i) }

// words finds such words.
func words() *regexp.Regexp { return regexp.MustCompile(`C\d{6}`) }

// change gives pods in turn a status that tells each change from all others.
func (s sightings) change(ctx context.Context, client kubernetes.Interface, names []podName, rate, changes int) error {
	todo, failed := make(chan int), make(chan error, patchers)
	var wg sync.WaitGroup
	for range patchers {
		wg.Go(func() {
			for i := range todo {
				if err := setReason(ctx, client, names[i%len(names)], word(i)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer close(todo)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range changes {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		s.sent[word(i)] = time.Now()
		select {
		case todo <- i:
		case err := <-failed:
			return err
		}
	}
	return nil
}

// setReason gives a pod a reason, which stands where its phase would.
func setReason(ctx context.Context, client kubernetes.Interface, pod podName, reason string) error {
	patch := fmt.Appendf(nil, `{"status":{"reason":%q}}`, reason)
	_, err := client.CoreV1().Pods(pod.namespace).Patch(ctx, pod.name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		return fmt.Errorf("changing pod %s/%s: %w", pod.namespace, pod.name, err)
	}
	return nil
}

// sightings are when each word was sent, and seen by whom. Each map belongs to one goroutine.
type sightings struct {
	sent, watch, screen, kubectl map[string]time.Time
}

// watchChanges has all sides watch while change changes, and until the last change was seen or some seconds have passed.
func watchChanges(ctx context.Context, c *cluster, tty *terminal.Terminal, client kubernetes.Interface, warm func(i int) error, change func(sightings) error) (s sightings, err error) {
	watching, cancel := context.WithCancel(ctx)
	s = sightings{sent: map[string]time.Time{}, watch: map[string]time.Time{}, screen: map[string]time.Time{}, kubectl: map[string]time.Time{}}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	list, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return s, err
	}
	events, err := client.CoreV1().Pods("").Watch(watching, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		return s, err
	}
	defer events.Stop()
	wg.Go(func() {
		for event := range events.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				s.watch[pod.Status.Reason] = time.Now()
			}
		}
	})
	lines, stop, err := startKubectl(watching, c, "--watch-only")
	if err != nil {
		return s, err
	}
	ready := make(chan struct{})
	wg.Go(func() {
		defer stop()
		pattern := words()
		begun := sync.OnceFunc(func() { close(ready) })
		for scanner := bufio.NewScanner(lines); scanner.Scan(); begun() {
			s.kubectl[pattern.FindString(scanner.Text())] = time.Now()
		}
	})
	wg.Go(func() { s.readScreen(watching, tty) })
	// kubectl lists all pods before it watches; what changes meanwhile counts for nobody.
	if err := warmUp(ctx, ready, warm); err != nil {
		return s, err
	}
	if err := change(s); err != nil {
		return s, err
	}
	settle := time.NewTimer(3 * time.Second) // what is not seen by then is late beyond all measure
	defer settle.Stop()
	select {
	case <-settle.C:
	case <-ctx.Done():
	}
	cancel()
	events.Stop()
	wg.Wait()
	return s, nil
}

// warmUp makes a change now and then until ready is closed.
func warmUp(ctx context.Context, ready <-chan struct{}, warm func(i int) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-ready:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := warm(i); err != nil {
			return err
		}
	}
}

// startKubectl has kubectl print pods and their changes, or with --watch-only the changes alone. stop waits for its end, which its context brings.
func startKubectl(ctx context.Context, c *cluster, watch string) (lines io.Reader, stop func(), err error) {
	kubeconfig, err := c.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, c.KubectlPath(), "get", "pods", "-A", watch, "--no-headers")
	cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "HOME=" + c.Dir()}
	if lines, err = cmd.StdoutPipe(); err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("starting kubectl: %w", err)
	}
	return lines, func() { _ = cmd.Wait() }, nil // it is killed
}

// readScreen notes which words are on the screen after each change of it.
func (s sightings) readScreen(ctx context.Context, tty *terminal.Terminal) {
	pattern := words()
	for {
		select {
		case <-tty.Changed():
		case <-ctx.Done():
			return
		}
		found := pattern.FindAllString(tty.Screen(), -1)
		now := time.Now() // after reading: what that takes counts too
		for _, w := range found {
			if _, ok := s.screen[w]; !ok {
				s.screen[w] = now
			}
		}
	}
}

// print gives how long after the other watch, and after the change was sent, each side was.
func (s sightings) print(changes int) {
	between := func(from, to map[string]time.Time) (f figures) {
		for i := range changes {
			begin, begun := from[word(i)]
			if end, ended := to[word(i)]; begun && ended {
				f = append(f, end.Sub(begin))
			}
		}
		return f
	}
	ours, theirs := between(s.sent, s.screen), between(s.sent, s.kubectl)
	fmt.Printf("%d changes, %d of them seen by the other watch, %d on the screen before their successors\n", changes, len(between(s.sent, s.watch)), len(ours))
	fmt.Printf("on the screen, after the other watch's event: %s\n", between(s.watch, s.screen).spread())
	fmt.Printf("on the screen, after the change was sent: %s\n", ours.spread())
	fmt.Printf("printed by kubectl, after the change was sent: %s\n", theirs.spread())
	fmt.Printf("ratio to kubectl: of p50 %.2f, of p99 %.2f\n", float64(ours.median())/float64(max(theirs.median(), 1)),
		float64(ours.quantile(0.99))/float64(max(theirs.quantile(0.99), 1)))
}
