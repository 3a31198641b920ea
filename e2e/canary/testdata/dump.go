package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

// The tests lay this file over the program's main package when they build it; the program itself has nothing like it. On
// SIGUSR1 it writes all memory that is still in use to the file that DOGWATCH_DUMP names.
func init() {
	trigger := make(chan os.Signal, 1)
	signal.Notify(trigger, syscall.SIGUSR1)
	go func() {
		for range trigger {
			dump(os.Getenv("DOGWATCH_DUMP"))
		}
	}()
}

func dump(path string) {
	file, err := os.Create(path + ".part")
	if err != nil {
		panic(err)
	}
	// The first collection moves what pools hold aside, the second drops it.
	runtime.GC()
	runtime.GC()
	debug.WriteHeapDump(file.Fd())
	if err := file.Close(); err != nil {
		panic(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		panic(err)
	}
}
