package main

import (
	"os"
	"os/signal"
	"syscall"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// The tests lay this file over the program's main package when they build it; the program itself has nothing like it.
// It is one more goroutine, which ends as every goroutine of the program does that meets a fault.
func init() {
	trigger := make(chan os.Signal, 1)
	signal.Notify(trigger, syscall.SIGUSR1)
	go func() {
		defer utilruntime.HandleCrash()
		<-trigger
		stumble()
	}()
}

func stumble() {
	var rows map[string]int
	rows["web"] = 1
}
