//go:build unix

package login

import "syscall"

// ofItsOwn puts a program into a session of its own, without the terminal.
var ofItsOwn = &syscall.SysProcAttr{Setsid: true}
