package cli

import "golang.org/x/sys/unix"

// preferLargePages has the kernel back memory that was not used yet with large pages. It is a wish.
func preferLargePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) }
