package terminal

import "syscall"

// childAttributes makes the pseudo-terminal the child's own and has the kernel hang up when the test is gone.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
}
